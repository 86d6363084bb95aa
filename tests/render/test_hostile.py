"""Whatever a feed says, the mail is whole, says it as text, and keeps its secrets."""

from __future__ import annotations

import json
import re
import socket
from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from digest.model import Item, Link, Section
from digest.render import page
from digest.render.feed import atom, json_feed
from digest.render.inline import inline
from tests.render.conftest import VALUES, receive
from tests.render.newsroom import LEAD, SITE, edition, newsletter, picture

# Surrogates and every control character included: an editor's paste can hold what a cleaned feed cannot.
anything = st.text(st.characters(), max_size=120) | st.sampled_from(
    [
        "</td></table><script>x</script>",
        "<!--[if mso]>",
        "{{ links.unsubscribe }}",
        "__TO__",
        "]]>",
        "&amp;#0;",
        '"><img src=x>',
    ]
)


@st.composite
def items(draw: st.DrawFn) -> Item:
    words = st.sampled_from([draw(anything), draw(anything), draw(anything)])
    return replace(
        LEAD,
        url=draw(st.sampled_from(["https://a.example/x", "javascript:x", ""]) | anything),
        headline=draw(words) or "A headline",
        paper=draw(words),
        kicker=draw(words),
        standfirst=draw(words),
        updated=draw(words),
        wire=draw(words),
        copies=draw(st.integers(0, 3)),
        language=draw(st.sampled_from(["", "ar", "de", "x", "zz-ZZ"])),
        picture=replace(picture("lake"), caption=draw(words), credit=draw(words), alt=draw(words)),
        also_in=(Link("https://b.example/", draw(words), draw(words)),),
        more=(Link("https://c.example/", draw(words), draw(words)),),
    )


@pytest.mark.slow
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(items(), anything)
def test_no_text_breaks_the_mail_or_becomes_markup(item: Item, section: str) -> None:
    letter = receive(edition(Section("", (item,)), Section(section, (LEAD,)), intro=section), newsletter())
    tree = letter.tree
    assert {e.tag for e in tree.iter() if isinstance(e.tag, str)} <= {
        *("html", "head", "meta", "title", "style", "body", "div", "table", "tbody", "tr", "td"),
        *("h1", "h2", "h3", "p", "a", "b", "br", "span", "img"),
    }
    assert letter.html.rstrip().endswith("</html>")
    assert letter.html.count(VALUES["unsubscribe_url"]) == 1
    assert not re.search("[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029]", letter.html + letter.text)
    assert not letter.message.defects
    assert all(re.match("https?://", a.get("href")) for a in tree.iter("a"))
    assert max(map(len, letter.raw.split(b"\r\n"))) <= 998


MARKUP = "<script>alert(1)</script><b title='x\" y'>&lt;i&gt;</b>"
FIELDS = {
    **{
        name: replace(LEAD, **{name: MARKUP})
        for name in ("headline", "paper", "kicker", "standfirst", "updated", "wire")
    },
    **{
        name: replace(LEAD, picture=replace(picture("lake"), **{name: MARKUP}))
        for name in ("caption", "credit", "alt")
    },
    "also in": replace(LEAD, also_in=(Link("https://b.example/", MARKUP, MARKUP),)),
    "more": replace(LEAD, more=(Link("https://c.example/", MARKUP, MARKUP),)),
}


@pytest.mark.parametrize("field", [*FIELDS, "section", "introduction"])
def test_markup_in_any_field_is_words_wherever_it_is_printed(field: str) -> None:
    """Cleaning leaves no tag in what feeds say; what an editor writes, or a feed that was missed, is escaped here."""
    odd = FIELDS.get(field, LEAD)
    more = {"intro": MARKUP} if field == "introduction" else {}
    news = edition(
        Section("", (odd,)),
        Section(MARKUP if field == "section" else "World", (replace(odd, story="b"),)),
        **more,
    )
    letter = receive(
        replace(
            news,
            sections=tuple(
                replace(s, items=tuple(replace(i, copies=2) for i in s.items)) for s in news.sections
            ),
        ),
        newsletter(),
    )
    made = page(news, newsletter(), site_url=SITE)
    feeds = (
        atom([news], newsletter(), site_url=SITE).decode()
        + json.loads(json_feed([news], newsletter(), site_url=SITE))["items"][0]["content_html"]
    )
    for html in (letter.html, made, feeds):
        assert "<script" not in html
        assert "<b title" not in html
    assert MARKUP[:8] in letter.text.lower() or field in {"wire", "alt"}  # plain text has nothing to escape


def test_half_a_surrogate_pair_does_not_stop_the_edition() -> None:
    letter = receive(edition(Section("", (replace(LEAD, headline="Half \ud83d a \x00 pair\x92"),))))
    assert letter.message["Subject"] == "Half a pair"
    assert letter.tree.xpath("string(//h2)").split() == ["Half", "a", "pair"]
    assert "pair [1]" in letter.text


@pytest.mark.parametrize(
    "css",
    ['<style>@import url("{}");</style>', "<style>@import '{}';</style>", "<style>@\\69mport url({});</style>",
     "<link rel=stylesheet href='{}'>", "<style>p{{background:url({})}}</style>", "<p style='background:url({})'>x</p>"],
)  # fmt: skip
def test_inlining_asks_nobody_for_anything(css: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.setblocking(False)
        made = inline(
            f"<html><head>{css.format(f'http://127.0.0.1:{server.getsockname()[1]}/a.css')}</head><body><p>Words</p></body></html>"
        )
        with pytest.raises(BlockingIOError):
            server.accept()
    assert "Words" in made
