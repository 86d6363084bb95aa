"""Hostile words through the real path: whatever a feed says, the mail, the page and our own feeds are whole."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence

import pytest
from aiohttp import web

from tests.hostile import payloads
from tests.hostile.mill import Mill, Printed
from tests.pull.conftest import rss

A_NEWSLETTER = 20  # entries an edition can show without being trimmed


def chunks(attacks: Sequence[str], fields: Sequence[str]) -> dict[str, bytes]:
    """Feeds of few entries each, every attack in each of the fields in turn."""
    entries = [{field: attack} for attack in attacks for field in fields]
    return {
        f"f{n}": payloads.feed(items=entries[n : n + A_NEWSLETTER], start=n)
        for n in range(0, len(entries), A_NEWSLETTER)
    }


def wrong(printed: dict[str, Printed], styles: frozenset[str]) -> list[str]:
    return [f"{name}: {w}" for name, one in printed.items() for w in one.wrong(styles)]


@pytest.mark.slow
@pytest.mark.parametrize("layers", [0, 1, 2])
def test_no_markup_of_a_feed_survives(mill: Mill, styles: frozenset[str], layers: int) -> None:
    attacks = [payloads.escaped(p, layers) for p in list(payloads.markup())[layers::4]]
    ground = mill.grind(chunks(attacks, ["title", "description", "content:encoded"]), each=True)
    assert ground.gathered.outcomes == {"new": len(ground.pulled)}
    assert sum(len(p.titles) for p in ground.printed.values()) > len(attacks)
    assert wrong(dict(ground.printed), styles) == []


def test_what_hides_or_turns_words_is_gone_everywhere(mill: Mill, styles: frozenset[str]) -> None:
    attacks = [f"Before {u} after" for u in payloads.UNSEEN]
    ground = mill.grind(chunks(attacks, ["title", "description", "dc:creator", "category"]), each=True)
    assert wrong(dict(ground.printed), styles) == []


@pytest.mark.parametrize("field", ["title", "description"])
def test_template_syntax_is_printed_as_it_stands(mill: Mill, styles: frozenset[str], field: str) -> None:
    texts = [f"{payloads.plain(3 * n)} {t} then" for n, t in enumerate(payloads.TEMPLATES) if "<" not in t]
    ground = mill.grind({"f": payloads.feed(items=[{field: t} for t in texts])})
    assert wrong(dict(ground.printed), styles) == []
    shown = [
        item.headline if field == "title" else item.standfirst for item in ground.only.built.edition.items
    ]
    shown += [link.title for item in ground.only.built.edition.items for link in (*item.also_in, *item.more)]
    told = " ".join(ground.only.text.split())
    assert len(set(texts) & set(shown)) > len(texts) / 2
    assert [t for t in texts if t in shown and t not in told] == []


@pytest.mark.slow
def test_no_title_adds_a_header_or_ends_the_message(mill: Mill, styles: frozenset[str]) -> None:
    feeds = {
        f"f{n}": payloads.feed(items=[{"title": t, "description": t, "dc:creator": t}], start=n)
        for n, t in enumerate(payloads.HEADERS)
    }
    ground = mill.grind(feeds, each=True)
    assert wrong(dict(ground.printed), styles) == []
    for n, attack in enumerate(payloads.HEADERS):
        if re.search(r"\w", attack):  # "." is no headline
            subject = str(ground.printed[f"l-f{n}"].message["Subject"])
            assert len(subject) <= 150
            assert not re.search(r"[\r\n]", subject)
    spelt = next(n for n, attack in enumerate(payloads.HEADERS) if attack.startswith("=?"))
    assert "=?utf-8?q?" in str(
        ground.printed[f"l-f{spelt}"].message["Subject"]
    )  # as it was written, not decoded


def test_words_that_look_like_our_footer_are_words(mill: Mill, styles: frozenset[str]) -> None:
    entries = [{"title": f"{f} {n}", "description": f} for n, f in enumerate(payloads.FOOTERS)]
    entries += [{"description": f"<a href='https://evil.example/u'>{f}</a>"} for f in payloads.FOOTERS]
    printed = mill.grind({"f": payloads.feed(items=entries)}).only
    assert printed.wrong(styles) == []
    hrefs = set(re.findall(r'href="(?:https?:)?//([^/"]+)', printed.html))
    assert hrefs == {
        "paper.example",
        "mill.example",
        "moselle.example",
    }  # the last two are this subscriber's own


def test_an_entrys_link_is_http_or_none(mill: Mill, styles: frozenset[str]) -> None:
    entries = [
        {"link": f"{s}alert(1)", "guid": f"{s}alert({n})", "description": "Words enough."}
        for n, s in enumerate(payloads.SCHEMES)
    ]
    ground = mill.grind({"f": payloads.feed(["A calm one"], entries)})
    assert ground.only.wrong(styles) == []
    assert all(re.match("https?://", item.url) for item in ground.only.built.edition.items)


def test_a_link_shows_the_name_that_is_asked_for(mill: Mill, styles: frozenset[str]) -> None:
    links = [
        "https://раура1.example/login",
        "https://good.example@evil.example/",
        "https://xn--80ak6aa92e.example/",
        "https://evil.example\\@good.example/",
    ]
    ground = mill.grind({"f": payloads.feed(items=[{"link": link} for link in links])})
    assert ground.only.wrong(styles) == []
    hosts = set(re.findall(r'href="https://([^/"]+)', ground.only.html))
    assert all(host.isascii() and "@" not in host for host in hosts)
    assert {"раура1.example".encode("idna").decode(), "xn--80ak6aa92e.example"} <= hosts


def test_pictures_that_count_or_run_are_not_shown(mill: Mill, styles: frozenset[str]) -> None:
    pictures = [
        "<img src='https://count.example/pixel.gif' width=1 height=1>", "<img src='https://count.example/a.jpg' style='display:none'>",
        "<img src='data:image/png;base64," + "A" * 500_000 + "'>", "<img src='https://paper.example/a.svg'>", "<img src='cid:1'>",
        "<img src='file:///etc/passwd'>", "<img src='http://169.254.169.254/latest'>", "<img src='//count.example/1x1.png?b=2'>",
        "<img src='https://paper.example/a\"onerror=alert(1)//.jpg'>", "<img src='javascript:alert(1)'>",
    ]  # fmt: skip
    ground = mill.grind({"f": payloads.feed(items=[{"description": f"Words. {p}"} for p in pictures])})
    assert ground.only.wrong(styles) == []
    assert not re.search(
        r"count\.example|data:|cid:|\.svg|passwd|169\.254", ground.only.html + ground.only.page
    )


EVIL = "a\ud800b\x00c\x1b[31md\u202ee\x85f"  # JSON can spell all of them


def item(**fields: object) -> dict[str, object]:
    given = {
        "id": "1",
        "url": "https://paper.example/1",
        "title": payloads.plain(7),
        "summary": "What it means.",
    }
    return given | fields


JSON_FEEDS = {
    "title": [item(title=EVIL)],
    "summary": [item(summary=EVIL, content_text=EVIL)],
    "id": [item(id=EVIL, url=f"https://paper.example/{EVIL}")],
    "people": [item(authors=[{"name": EVIL}], tags=[EVIL], language=EVIL)],
    "picture": [item(image=f"https://paper.example/{EVIL}.jpg")],
    "attachment": [
        item(attachments=[{"url": "https://paper.example/a.jpg", "mime_type": "image/jpeg", "title": EVIL}]),
        item(
            id="2", attachments=[{"url": "https://p.example/b", "mime_type": f"image/{EVIL}", "title": EVIL}]
        ),
    ],
}


@pytest.mark.parametrize("place", JSON_FEEDS)
def test_what_only_json_can_spell_gets_nowhere(mill: Mill, styles: frozenset[str], place: str) -> None:
    whole = {
        "version": "https://jsonfeed.org/version/1.1",
        "title": EVIL,
        "language": EVIL,
        "items": JSON_FEEDS[place],
    }
    ground = mill.grind({"f": json.dumps(whole).encode(), "calm": payloads.feed(["A calm one"])})
    assert ground.gathered.outcomes == {"new": 2}
    assert ground.only.wrong(styles) == []
    kept = json.dumps(
        [[e.id, e.guid, e.language, e.authors, [p.alt for p in e.pictures]] for e in ground.entries]
    )
    assert not re.search(r"\\ud800|\\u0000|\\u001b|\\u202e|\\u0085", kept)


@pytest.mark.parametrize(
    "header", ["ETag", "Last-Modified", "Cache-Control", "Expires", "Content-Type", "Retry-After"]
)
def test_bytes_in_a_header_that_are_no_text_are_not_kept(mill: Mill, header: str) -> None:
    async def odd(request: web.Request) -> web.Response:
        assert request.transport is not None
        head = f"HTTP/1.1 200 OK\r\nConnection: close\r\n{header}: text\xff\xfe\r\n\r\n".encode("latin-1")
        request.transport.write(head + rss("An odd one").encode())
        request.transport.close()
        return web.Response()

    ground = mill.grind({"odd": odd, "calm": rss("A calm one")})
    assert ground.gathered.outcomes == {
        "new": 2
    }  # no database takes such a string: it stopped the whole pull
    assert ground.pulled["odd"].state.etag == ground.pulled["odd"].state.last_modified == ""
