"""The preview: the coming edition, its parts and looks, and what happens when something changes."""

from __future__ import annotations

import http.client
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from digest.desk.outlook import as_outlook
from digest.desk.pages import here
from digest.desk.preview import Look, framed, marked
from digest.desk.room import Room
from digest.model import Picture
from tests.desk.conftest import Visitor
from tests.pipeline.conftest import TITLES


def test_the_page_has_the_running_order_and_a_frame_with_the_mail(visitor: Visitor) -> None:
    page = visitor.get("/desk/evening")
    assert page.status == 200
    assert "The Evening" in page.text
    titles = visitor.titles()
    assert len(titles) >= 5
    assert set(titles) <= set(TITLES)
    mail = visitor.get("/desk/evening/frame")
    assert all(title in mail.text for title in titles)


def test_the_first_address_leads_to_the_newsletter_of_the_command_line(visitor: Visitor) -> None:
    assert visitor.get("/").headers["location"] == "/desk/evening"


def test_text_source_and_headers_have_a_tab_each(visitor: Visitor) -> None:
    assert "<pre>" in visitor.get("/desk/evening/frame?view=text").text
    assert "multipart/alternative" in visitor.get("/desk/evening/frame?view=source").text
    assert "List-Unsubscribe-Post" in visitor.get("/desk/evening/frame?view=headers").text


def test_the_mail_in_the_frame_can_run_nothing_and_lead_nowhere(visitor: Visitor) -> None:
    policy = visitor.get("/desk/evening/frame").headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "sandbox allow-same-origin" in policy
    assert "script" not in policy
    assert "script-src 'self'" in visitor.get("/desk/evening").headers["content-security-policy"]


def test_dark_is_emulated_whatever_the_editors_own_scheme() -> None:
    html = '<meta name="color-scheme" content="light dark"><style>@media (prefers-color-scheme: dark) {p{color:red}}</style>'
    dark = framed(html, Look(scheme="dark"), "")
    light = framed(html, Look(), "")
    assert 'content="dark"' in dark
    assert "(min-width: 0)" in dark
    assert "(max-width: 0)" in light


def test_hosted_pictures_come_from_the_desk_itself(visitor: Visitor, room: Room) -> None:
    shown = framed('<img src="https://evening.example/pictures/a.jpg">', Look(), "https://evening.example")
    assert shown == '<img src="/pictures/a.jpg">'
    folder = room.newsroom.path(room.newsroom.config.pictures.folder)
    folder.mkdir(parents=True)
    (folder / "a.jpg").write_bytes(b"picture")
    assert visitor.get("/pictures/a.jpg").text == "picture"
    assert visitor.get("/pictures/..%2Fconfig.yaml").status == 404


def test_a_picture_has_its_place_before_it_comes() -> None:
    kept = Picture("https://a.example/b.jpg?x=1&y=2", "", "", "", 1200, 800)
    image = (
        '<img alt="wider > higher" src="https://a.example/b.jpg?x=1&amp;y=2" width="176" style="height:auto">'
    )
    others = '<img src="https://a.example/c.jpg" width="100"><img src="https://a.example/b.jpg">'
    shown = framed(image + others, Look(), "", [None, kept])
    assert shown == image.replace('auto">', 'auto" height="117">') + others
    assert framed(image, Look(images=False), "", [kept]) == image  # what blocks them sees the mail as it is


def test_pictures_of_the_sample_are_shown_and_nothing_else_of_it(visitor: Visitor) -> None:
    assert here("demo:pictures/cinema.jpg", "https://evening.example") == "/sample/cinema.jpg"
    assert visitor.get("/sample/cinema.jpg").headers["content-type"] == "image/jpeg"
    assert visitor.get("/sample/nothing.jpg").status == 404
    assert visitor.get("/sample/..%2Fnewsroom%2Fla-rive.yaml").status == 404


def test_images_off_is_the_frames_own_policy() -> None:
    assert "img-src 'none'" in Look(images=False).policy


def test_the_line_stands_where_gmail_stops() -> None:
    rows = "".join(f"<tr><td>{number:0100}</td></tr>" for number in range(1200))
    shown = marked(f"<body><table>{rows}</table></body>")
    assert abs(shown.index('data-desk="line"') - 102_400) < 600
    assert "The mail ends here" in marked("<body>short</body>")


def test_outlook_loses_what_word_ignores() -> None:
    html = (
        "<html><head><style>@media (max-width:480px){p{color:red}} p{margin:0}</style></head><body>"
        '<!--[if mso]><p id="mso">Word</p><![endif]-->'
        '<div style="padding:8px;border-radius:4px;color:#111">a</div><img width="176" height="99" style="max-width:100%">'
        "</body></html>"
    )
    shown = as_outlook(html)
    assert "@media" not in shown
    assert 'id="mso"' in shown
    assert "border-radius" not in shown
    assert "padding" not in shown
    assert "color:#111" in shown
    assert "width:176px" in shown


def test_a_foreign_host_name_is_refused(visitor: Visitor) -> None:
    assert visitor.get("/desk/evening", Host="evil.example").status == 403
    assert visitor.get("/desk/evening", Host=f"localhost:{visitor.port}").status == 200


def test_posts_of_other_sites_are_refused(visitor: Visitor) -> None:
    assert visitor.ask("POST", "/desk/evening/undo").status == 403
    visitor.act("undo")
    headers = {"X_Desk_Token": visitor.token, "Origin": "https://evil.example"}
    assert visitor.ask("POST", "/desk/evening/undo", **headers).status == 403


@contextmanager
def events(visitor: Visitor) -> Iterator[Callable[[], str]]:
    """What waits for the next change and tells its kind."""
    connection = http.client.HTTPConnection("127.0.0.1", visitor.port, timeout=5)
    connection.request("GET", "/events")
    stream = connection.getresponse()

    def following() -> str:
        while not (line := stream.readline()).startswith(b"data:"):
            assert line
        return line.decode()[5:].strip()

    yield following
    stream.close()
    connection.close()


def test_a_broken_template_shows_file_line_and_source_and_the_page_comes_back(
    visitor: Visitor, room: Room, tmp_path: Path
) -> None:
    own = tmp_path / "own"
    block = own / "mail" / "blocks" / "masthead.html"
    block.parent.mkdir(parents=True)
    block.write_text("<p>mine</p>")
    config = tmp_path / "config.yaml"
    with events(visitor) as following:
        config.write_text(config.read_text() + f"template_dir: {own}\n")
        assert following() == "files"
        assert "mine" in visitor.get("/desk/evening/frame").text
        began = time.perf_counter()
        block.write_text("<p>\n{{ nonsense.here }}\n</p>")
        assert following() == "files"
        assert time.perf_counter() - began < 0.3
        shown = visitor.get("/desk/evening/frame").text
        assert "masthead.html, line 2" in shown
        assert "nonsense.here" in shown
        assert "A template has a problem" in visitor.get("/desk/evening/panes").data["top"]
        block.write_text("<p>mended</p>")
        assert following() == "files"
    assert "mended" in visitor.get("/desk/evening/frame").text


def test_a_broken_config_shows_every_problem_and_the_desk_lives_on(visitor: Visitor, tmp_path: Path) -> None:
    config = tmp_path / "config.yaml"
    good = config.read_text()
    with events(visitor) as following:
        config.write_text(good.replace("timezone: Europe/Luxembourg", "timezone: Europe/Nowhere"))
        assert following() == "files"
        shown = visitor.get("/desk/evening/frame").text
        assert "Europe/Nowhere" in shown
        assert "timezone" in shown
        config.write_text(good)
        assert following() == "files"
    assert len(visitor.titles()) >= 5
