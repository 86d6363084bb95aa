"""A plain feed is read without feedparser; the two readings are the same."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree

from digest.pull import feedparsed, plain, xmlfeed
from digest.pull.plain import Told

NAMESPACES = (
    'xmlns:content="http://purl.org/rss/1.0/modules/content/" xmlns:dc="http://purl.org/dc/elements/1.1/"'
    ' xmlns:atom="http://www.w3.org/2005/Atom" xmlns:feedburner="http://rssnamespace.org/feedburner/ext/1.0"'
    ' xmlns:media="http://search.yahoo.com/mrss/" xmlns:own="https://paper.example/ns"'
)


def rss(items: str, head: str = "<title>The Paper</title>", root: str = "") -> str:
    return f'<rss version="2.0" {NAMESPACES} {root}><channel>{head}{items}</channel></rss>'


def atom(entries: str, head: str = "<title>The Paper</title>", root: str = "") -> str:
    return f'<feed xmlns="http://www.w3.org/2005/Atom" {NAMESPACES} {root}>{head}{entries}</feed>'


def read(text: str, entries: int = 1) -> Told | None:
    return plain.read(etree.fromstring(text), entries)


def by_feedparser(text: str) -> Told:
    """What feedparser reads in the lean document that it is given of a feed that is not plain."""
    return feedparsed.read(xmlfeed._lean(etree.fromstring(text)), "https://paper.example/feed")[0]


PLAIN = {
    "RSS": rss("<item><title> A &amp; B </title><link>https://p.example/a?x=1&amp;y=2</link>"
               "<description><![CDATA[<p>One.</p>]]></description></item>"),
    "RSS with its whole text": rss("<item><title>A</title><description>One.</description>"
                                   "<content:encoded>&lt;p&gt;One. Two.&lt;/p&gt;</content:encoded></item>"),
    "whole text alone": rss("<item><title>A</title><content:encoded>One. Two.</content:encoded></item>"),
    "whole text before an empty description": rss(
        "<item><content:encoded>One.</content:encoded><description/></item>"),
    "its own and its server's address": rss(
        "<item><title>A</title></item>", '<title>P</title><link>https://p.example/</link>'
        '<atom:link rel="self" type="application/rss+xml" href="https://p.example/feed"/>'
        '<atom:link rel="hub" href="https://hub.example/"/><language>en-gb</language>'),
    "an atom:link in an RSS item": rss(
        '<item><link>https://p.example/a</link><atom:link href="https://p.example/other"/></item>'),
    "FeedBurner": rss("<item><link>https://feeds.example/~r/1</link>"
                      "<feedburner:origLink>https://p.example/a</feedburner:origLink></item>"),
    "a language of the document": rss("<item><title>A</title></item>", root='xml:lang="de_LU"'),
    "two languages": rss("<item><title>A</title></item>", "<language>fr</language>", 'xml:lang="de"'),
    "an address with too many slashes": rss("<item><link>https:///p.example/a</link></item>"),
    "UTF-8 taken for ISO-8859-1": rss("<item><title>BrÃ¼cke gesperrt</title></item>"),
    "quotation marks of Windows": rss("<item><title>The \x93bridge\x94 is \u20acclosed</title></item>"),
    "words beside pictures": rss(
        '<item><title>A</title><media:content url="https://p.example/a.jpg"><media:title>No</media:title>'
        "</media:content><own:title>No</own:title><dc:creator>Ana Ruiz</dc:creator></item>"),
    "Atom": atom('<entry><title type="html">A &amp;amp; B</title><link rel="alternate" href="https://p.example/a"/>'
                 '<link rel="replies" href="https://p.example/a#replies"/><summary>One.</summary>'
                 '<content type="html">&lt;p&gt;One. Two.&lt;/p&gt;</content></entry>'),
    "Atom with its text alone": atom("<entry><title>A</title><content>One.</content></entry>", root='xml:lang="fr"'),
    "Atom with two pages": atom('<entry><link href="https://p.example/a"/>'
                                '<link rel="related" href="https://q.example/b"/></entry>'),
}  # fmt: skip


@pytest.mark.parametrize("name", PLAIN)
def test_both_readings_of_a_plain_feed_are_the_same(name: str) -> None:
    found = read(PLAIN[name])
    assert found is not None
    assert found == by_feedparser(PLAIN[name])


ODD = {
    "markup in a title": rss("<item><title>A <b>B</b></title></item>"),
    "two titles": rss("<item><title>A</title><title>B</title></item>"),
    "another title": rss("<item><title>A</title><dc:title>B</dc:title></item>"),
    "two summaries": rss("<item><description>A</description><summary>B</summary></item>"),
    "XHTML": atom('<entry><content type="xhtml"><div xmlns="http://www.w3.org/1999/xhtml">A</div></content></entry>'),
    "base64": rss('<item><description mode="base64">QQ==</description></item>'),
    "text elsewhere": atom('<entry><content src="https://p.example/a"/></entry>'),
    "an address to start from": rss("<item><title>A</title></item>", root='xml:base="https://p.example/"'),
    "an entry of another language": rss('<item xml:lang="fr"><title>A</title></item>'),
    "a language of its own": rss("<item><title>A</title><dc:language>fr</dc:language></item>"),
    "a title after the entries": rss("<item><title>A</title></item><title>P</title>", ""),
    "an element nobody knows": rss("<item><title>A</title><nid>1</nid></item>"),
    "entries in another element": rss("<own:list><item><title>A</title></item></own:list>"),
    "an entity that is not declared": '<!DOCTYPE rss [<!ENTITY b "B">]>' + rss("<item><title>A &b;</title></item>"),
    "no entries": rss(""),
    "RDF": '<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns="http://purl.org/rss/1.0/">'
           "<channel/><item><title>A</title></item></rdf:RDF>",
}  # fmt: skip


@pytest.mark.parametrize("name", ODD)
def test_what_needs_interpreting_is_left_to_feedparser(name: str) -> None:
    root = etree.fromstring(ODD[name], etree.XMLParser(resolve_entities=False))
    assert plain.read(root, 0 if name == "no entries" else 1) is None


words = st.text(st.characters(exclude_categories=("Cs", "Cc")), max_size=12).map(
    lambda s: s.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
)
parts = st.one_of(
    *(
        st.builds(f"<{name}{kind}>{{}}</{name}>".format, words)
        for name in ("title", "description", "summary", "content:encoded", "content", "author", "nid")
        for kind in ("", ' type="text"', ' type="html"', ' xml:lang="it"')
    ),
    st.builds("<link>https://p.example/{}</link>".format, st.integers(0, 9)),
    st.builds(
        '<atom:link href="https://p.example/{}" rel="{}"/>'.format,
        st.integers(0, 9),
        st.sampled_from(["alternate", "self", "via", "enclosure"]),
    ),
    st.sampled_from(
        ["<category>C</category>", "<dc:creator>Jo</dc:creator>", "<media:title>M</media:title>"]
    ),
)


@given(
    st.sampled_from([rss, atom]),
    st.lists(st.lists(parts, max_size=5), min_size=1, max_size=3),
    st.lists(parts, max_size=3),
    st.sampled_from(["", 'xml:lang="en"', 'lang="nl"']),
)
@settings(max_examples=100, deadline=None)
def test_whatever_is_read_as_plain_is_read_as_feedparser_does(form, entries, head, root) -> None:  # type: ignore[no-untyped-def]
    tag = "item" if form is rss else "entry"
    text = form("".join(f"<{tag}>{''.join(e)}</{tag}>" for e in entries), "".join(head), root)
    if (found := read(text, len(entries))) is not None:
        assert found == by_feedparser(text)
