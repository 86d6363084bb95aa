"""Attacks on the desk: it stands on loopback, where every page that the editor visits could reach it."""

from __future__ import annotations

import json
import re

import pytest

from digest.desk.acts import Acts
from digest.desk.room import Room
from digest.pipeline.newsroom import Newsroom
from digest.store import decisions
from tests.desk.conftest import Answer, Visitor, hand, newsroom, room, visitor
from tests.hostile.checker import Tokens
from tests.pipeline.conftest import MORNING, entry, publish

__all__ = ["hand", "newsroom", "room", "visitor"]

PAGES = ("/", "/desk/evening", "/desk/evening/panes", "/desk/evening/near?entry=x", "/desk/evening/decisions.yaml", "/desk/evening/frame",
         "/desk.css", "/desk.js", "/pictures/none.jpg", "/nowhere")  # fmt: skip
MARKUP = (
    "<script>alert(1)</script>",
    "'\"><img src=x onerror=alert(1)>",
    "</title><svg/onload=alert(1)>",
    "--><iframe srcdoc=x>",
    "{{7*7}}",
)
ODD = ({}, {"entry": None}, {"entry": 7}, {"entry": ["x"]}, {"entry": {"a": 1}}, {"entry": "\x00"}, {"entry": "' OR 1=1 --"},
       {"entry": "x" * 100_000}, {"entry": "x", "value": "y", "field": "__class__"}, {"decisions": "!!python/object/apply:os.system [id]"})  # fmt: skip


def acts(room: Room) -> list[str]:
    return [*Acts(room, "me").table(), "test", "links", "spam"]


def known(newsroom: Newsroom) -> list[object]:
    with newsroom.store.read() as connection:
        return list(decisions.history(connection, "evening"))


def token(visitor: Visitor) -> str:
    found = re.search('name="desk-token" content="([^"]+)"', visitor.get("/desk/evening").text)
    assert found
    return found[1]


# --- other sites ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "headers",
    [{}, {"X_Desk_Token": ""}, {"X_Desk_Token": "guess"}, {"X_Desk_Token": "é"}, {"Cookie": "token=x"}, {"Authorization": "Bearer x"}],
)  # fmt: skip
def test_no_act_without_the_token_of_our_own_page(
    visitor: Visitor, room: Room, headers: dict[str, str]
) -> None:
    for act in acts(room):
        assert visitor.ask("POST", f"/desk/evening/{act}", "{}", **headers).status == 403
    assert known(room.newsroom) == []


@pytest.mark.parametrize(
    ("name", "value"),
    [("Origin", "https://evil.example"), ("Origin", "null"), ("Origin", "http://127.0.0.1"), ("Origin", "http://localhost.evil.example"),
     ("Sec_Fetch_Site", "cross-site"), ("Sec_Fetch_Site", "same-site"), ("Host", "evil.example"), ("Host", "127.0.0.1.evil.example"),
     ("Host", "evil.example:80"), ("Host", "127.0.0.1@evil.example")],
)  # fmt: skip
def test_another_site_with_the_token_is_refused_too(
    visitor: Visitor, room: Room, name: str, value: str
) -> None:
    good = {"X_Desk_Token": token(visitor)}
    for act in acts(room):
        assert visitor.ask("POST", f"/desk/evening/{act}", "{}", **good, **{name: value}).status == 403
    assert known(room.newsroom) == []


@pytest.mark.parametrize("method", ["GET", "HEAD", "PUT", "DELETE", "PATCH", "OPTIONS"])
def test_only_post_acts(visitor: Visitor, room: Room, method: str) -> None:
    good = {"X_Desk_Token": token(visitor)}
    assert {visitor.ask(method, f"/desk/evening/{act}", "{}", **good).status for act in acts(room)} <= {
        200,
        404,
        405,
    }
    assert known(room.newsroom) == []


def test_a_foreign_host_gets_no_page(visitor: Visitor) -> None:
    """DNS rebinding: a page elsewhere whose name has come to mean this machine."""
    for page in PAGES:
        assert visitor.get(page, Host="rebound.example").status == 403


# --- what every answer says ------------------------------------------------------------------------------


def test_nothing_inline_but_in_the_frame_that_runs_nothing(visitor: Visitor) -> None:
    for page in PAGES:
        answer = visitor.get(page)
        policy = answer.headers.get("content-security-policy", "")
        if page.endswith("/frame"):
            assert "sandbox allow-same-origin" in policy
            assert "script-src" not in policy
            assert "allow-scripts" not in policy
            assert "default-src 'none'" in policy
        elif answer.status == 200:
            assert "default-src 'none'" in policy
            assert "unsafe" not in policy
        assert "access-control-allow-origin" not in answer.headers
        assert "set-cookie" not in answer.headers


def test_the_page_has_no_inline_script_or_handler(visitor: Visitor) -> None:
    tags = Tokens(visitor.get("/desk/evening").text).tags
    assert [a for tag, a in tags if tag == "script" and "src" not in a] == []
    assert [
        name for _, attributes in tags for name in attributes if name.startswith("on") or name == "style"
    ] == []


@pytest.mark.parametrize("attack", MARKUP)
def test_what_a_feed_or_an_editor_says_is_text(visitor: Visitor, room: Room, attack: str) -> None:
    odd = entry(
        90,
        attack,
        MORNING,
        standfirst=f"{attack} and more words than that.",
        kicker=attack[:28],
        authors=(attack,),
    )
    publish(room.newsroom, [odd], MORNING)
    visitor.act("add", title=attack, url="https://paper.example/added")
    for name in ("headline", "standfirst", "kicker"):
        visitor.act("field", entry=f"{90:016x}", field=name, value=attack)
    answers = [visitor.get("/desk/evening"), visitor.get(f"/desk/evening?entry={90:016x}&tab=history"), visitor.get(f"/desk/evening/near?entry={90:016x}")]  # fmt: skip
    panes = visitor.get(f"/desk/evening/panes?entry={90:016x}").data
    for html in [
        *(a.text for a in answers),
        *(str(p) for p in panes.values()),
        visitor.get("/desk/evening/frame").text,
    ]:
        tags = Tokens(html).tags
        assert [
            tag
            for tag, a in tags
            if tag in {"iframe", "svg"} and a.get("class") is None and "srcdoc" in str(a)
        ] == []
        assert [a for tag, a in tags if tag == "script" and "src" not in a] == []
        assert [a for _, a in tags if any(name.startswith("on") for name in a)] == []


# --- files, sizes, nonsense -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "path", ["/pictures/..%2fconfig.yaml", "/pictures/%2e%2e%2fconfig.yaml", "/pictures/config.yaml%00.jpg", "/desk.css/..%2fconfig.yaml",
             "/desk/..%2f..%2fconfig.yaml", "/../config.yaml", "/pictures/digest.sqlite3", "//evil.example/desk"]
)  # fmt: skip
def test_no_path_leads_out(visitor: Visitor, path: str) -> None:
    answer: Answer = visitor.get(path)
    assert "postal_address" not in answer.text
    assert answer.status in {307, 404}
    assert answer.headers.get("location", "/desk/evening") == "/desk/evening"


def test_a_path_with_a_slash_too_many_leads_to_no_other_host(visitor: Visitor) -> None:
    assert "location" not in visitor.get("/desk/evening/").headers


@pytest.mark.parametrize("data", ODD)
def test_nonsense_from_a_page_is_an_answer_not_a_defect(visitor: Visitor, room: Room, data: object) -> None:
    good = {"X_Desk_Token": token(visitor)}
    for act in acts(room):
        answer = visitor.ask("POST", f"/desk/evening/{act}", json.dumps(data), **good)
        assert answer.status in {200, 400}, (act, answer.text)
        assert "Traceback" not in answer.text
    assert len(visitor.titles()) > 3


LAUGHS = "a: &a0 [x]\n" + "".join(f"b{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]\n" for n in range(1, 10))


@pytest.mark.parametrize(
    "yaml",
    [
        f"{LAUGHS}decisions: [{{verb: hide, entry: x, value: *a9}}]",
        "[" * 90_000,
        "{a: " * 20_000,
        "decisions: &d [*d]",
        "!!python/name:os.system",
    ],
)
def test_decisions_from_elsewhere_that_blow_up_are_refused(visitor: Visitor, room: Room, yaml: str) -> None:
    answer = visitor.ask(
        "POST", "/desk/evening/replay", json.dumps({"yaml": yaml}), X_Desk_Token=token(visitor)
    )
    assert answer.status == 400
    assert known(room.newsroom) == []


def test_a_link_in_the_pictures_folder_to_elsewhere_is_not_shown(visitor: Visitor, room: Room) -> None:
    newsroom = room.newsroom
    folder = newsroom.path(newsroom.config.pictures.folder)
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "a.jpg").write_bytes(b"a picture")
    (folder / "b.jpg").symlink_to(newsroom.path("config.yaml"))
    assert visitor.get("/pictures/a.jpg").status == 200
    assert visitor.get("/pictures/b.jpg").status == 404


@pytest.mark.parametrize(
    "body", ["", "[]", "null", "7", "{", "[" * 50_000, '{"entry":"x"', "\x00", '{"a":' * 20_000]
)
def test_a_body_that_is_no_object_does_nothing(visitor: Visitor, room: Room, body: str) -> None:
    good = {"X_Desk_Token": token(visitor)}
    assert visitor.ask("POST", "/desk/evening/hide", body, **good).status in {200, 400}
    assert visitor.ask("POST", "/desk/evening/hide", " " * 300_000, **good).status == 413
