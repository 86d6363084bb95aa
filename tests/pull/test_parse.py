"""What a body says: one small feed for each quirk that feeds have."""

from __future__ import annotations

import contextlib
import datetime as dt
import gzip

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from digest.errors import ParseError
from digest.model import Entry
from digest.pull import markup
from digest.pull.entries import UNKNOWN_DATE
from digest.pull.parse import parse
from digest.pull.parsed import Origin, Parsed

BASE = "https://paper.example/news/feed.xml"
MEDIA = 'xmlns:media="http://search.yahoo.com/mrss/"'


def read(body: str | bytes, content_type: str = "", language: str = "", most: int = 500) -> Parsed:
    raw = body.encode() if isinstance(body, str) else body
    return parse(
        raw,
        Origin("https://feed.example/", "The Paper", BASE, language),
        content_type=content_type,
        max_entries=most,
    )


def channel(items: str, attributes: str = "", more: str = "") -> str:
    return f'<rss version="2.0" {attributes}><channel><title>T</title><link>https://paper.example/</link>{more}{items}</channel></rss>'


def item(inner: str, attributes: str = "", more: str = "", **options: str) -> Entry:
    """The only entry of an RSS 2.0 feed, by its inner XML."""
    found = read(channel(f"<item>{inner}</item>", attributes, more), **options).entries
    assert len(found) == 1
    return found[0]


def titles(body: str | bytes, **options: str) -> list[str]:
    return [entry.title for entry in read(body, **options).entries]


# --- formats ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "body",
    [
        '<rss version="0.91"><channel><title>P</title><link>https://p.example/</link><item><title>A</title><link>https://p.example/a</link></item></channel></rss>',
        ('<!DOCTYPE rss PUBLIC "-//Netscape Communications//DTD RSS 0.91//EN" "http://my.netscape.com/publish/formats/rss-0.91.dtd">'
        '<rss version="0.91"><channel><title>P</title><item><title>A</title><link>https://p.example/a</link></item></channel></rss>'),
        ('<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns="http://my.netscape.com/rdf/simple/0.9/"><channel><title>P</title></channel>'
        "<item><title>A</title><link>https://p.example/a</link></item></rdf:RDF>"),
        ('<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns="http://purl.org/rss/1.0/"><channel rdf:about="x"><title>P</title><items>'
        '<rdf:Seq><rdf:li resource="https://p.example/a"/></rdf:Seq></items></channel><item rdf:about="https://p.example/a"><title>A</title>'
        "<link>https://p.example/a</link></item></rdf:RDF>"),
        ('<feed version="0.3" xmlns="http://purl.org/atom/ns#"><title>P</title><entry><title>A</title><link rel="alternate" type="text/html" href="https://p.example/a"/>'
        "<id>1</id></entry></feed>"),
        '<feed xmlns="http://www.w3.org/2005/Atom"><title>P</title><entry><title>A</title><link href="https://p.example/a"/><id>1</id></entry></feed>',
        '<a:feed xmlns:a="http://www.w3.org/2005/Atom"><a:title>P</a:title><a:entry><a:title>A</a:title><a:link href="https://p.example/a"/></a:entry></a:feed>',
        '{"version": "https://jsonfeed.org/version/1", "title": "P", "items": [{"id": 1, "url": "https://p.example/a", "title": "A"}]}',
        '{"version": "https://jsonfeed.org/version/1.1", "title": "P", "items": [{"id": "1", "external_url": "https://p.example/a", "title": "A"}]} trailing',
        '<html><body><div><feed xmlns="http://www.w3.org/2005/Atom"><title>P</title><entry><title>A</title><link href="https://p.example/a"/></entry></feed></div></body></html>',
    ],
)  # fmt: skip
def test_every_format_gives_title_and_link(body: str) -> None:
    [entry] = read(body).entries
    assert (read(body).title, entry.title, entry.url) == ("P", "A", "https://p.example/a")


def test_atom_text_of_every_type() -> None:
    for kind, inner in (
        ("text", "Rain &amp;amp; wind"),
        ("html", "&lt;b&gt;Rain&lt;/b&gt; &amp;amp;amp; wind"),
        ("xhtml", '<div xmlns="http://www.w3.org/1999/xhtml"><b>Rain</b> &amp; wind</div>'),
    ):
        body = f'<feed xmlns="http://www.w3.org/2005/Atom"><entry><title type="{kind}">{inner}</title><link href="https://p.example/a"/></entry></feed>'
        assert titles(body) == ["Rain & wind"], kind


def test_json_feed_in_full() -> None:
    text = " ".join(["word"] * 460)
    [entry] = read(
        f"""{{"version": "https://jsonfeed.org/version/1.1", "title": "P", "language": "fr", "home_page_url": "https://p.example", "items": [
        {{"id": "9", "url": "/a?utm_source=x", "title": "A &amp; B", "summary": "S.", "content_html": "<p>{text}</p>", "image": "/i.jpg",
          "date_published": "2026-05-04T10:00:00+02:00", "authors": [{{"name": "Ana Ruiz"}}], "tags": ["Region"],
          "attachments": [{{"url": "/j.png", "mime_type": "image/png", "title": "Umbrellas"}}, {{"url": "/k.mp3", "mime_type": "audio/mpeg"}}]}}]}}"""
    ).entries
    assert (entry.url, entry.title, entry.standfirst, entry.guid) == (
        "https://paper.example/a",
        "A & B",
        "S.",
        "9",
    )
    assert (entry.text, entry.minutes, entry.language, entry.kicker) == (text, 2, "fr", "Region")
    assert (entry.authors, entry.published) == (("Ana Ruiz",), dt.datetime(2026, 5, 4, 8, 0, tzinfo=dt.UTC))
    assert [(p.url[22:], p.alt) for p in entry.pictures] == [("i.jpg", ""), ("j.png", "Umbrellas")]


@pytest.mark.parametrize(
    "body", ['{"items": 1}', "[]", '{"version": "x"}', "{", '{"items": [1, null, "x", {}]}']
)
def test_json_of_other_kinds_never_breaks(body: str) -> None:
    with contextlib.suppress(ParseError):
        assert read(body).entries == ()


# --- broken XML ---------------------------------------------------------------------------------------

GOOD = "<item><title>A</title><link>https://p.example/a</link></item>"


@pytest.mark.parametrize(
    "body",
    [
        "\n\n  <?xml version='1.0'?>" + channel(GOOD),
        "<br />\n<b>Warning</b>: mysql_connect() in /x.php<br />\n<?xml version='1.0'?>" + channel(GOOD),
        "Deprecated: foo\n" + channel(GOOD),
        channel(GOOD) + "<!-- 0.2 s --><script>x</script>",
        channel(GOOD.replace("</item>", "<media:content url='https://p.example/i.jpg'/><x:y/></item>")),
        channel(GOOD.replace("/a<", "/a?b=1&c=2<")).replace("?b=1&c=2", ""),
        channel(GOOD + "<item><description>AT&T &nbsp; &foo; &#0; caf&eacute;</description></item>".replace("item", "xitem")),
        channel(GOOD.replace("</item>", "<description>x \x08\x0b y</description></item>")),
        channel(GOOD.replace("</item>", "<description><p>unclosed <br> tags</description></item>")),
        channel(GOOD.replace("<title>", "<title lang=en>")),
        channel(GOOD).replace("</channel></rss>", ""),
        channel(GOOD).replace("</channel></rss>", "<item><title>cut o"),
        "<!DOCTYPE rss [<!ENTITY % x 'y'>]>" + channel(GOOD),
        gzip.compress(channel(GOOD).encode()),
        "\ufeff" + channel(GOOD),
    ],
)  # fmt: skip
def test_broken_documents_give_what_is_whole(body: str | bytes) -> None:
    found = read(body).entries
    assert ("A", "https://p.example/a") in [(e.title, e.url) for e in found]
    assert all("cut o" not in e.title for e in found)


def test_a_document_that_breaks_off_says_so_and_leaves_out_the_last_entry() -> None:
    whole = channel(GOOD + GOOD.replace(">A<", ">B<"))
    found = read(whole[: whole.index("B<") + 1])
    assert [e.title for e in found.entries] == ["A"]
    assert "cut off" in found.note


def test_bare_ampersands_and_names_of_html_keep_their_meaning() -> None:
    assert (
        item("<title>AT&T caf&eacute; R&amp;D &hellip; &unknown;</title>").title
        == "AT&T café R&D … &unknown;"
    )


def test_entities_of_a_doctype_are_put_in_when_they_are_plain() -> None:
    doctype = '<!DOCTYPE rss [<!ENTITY paper "The Paper"><!ENTITY deep "&paper;&paper;"><!ENTITY far SYSTEM "file:///etc/passwd">]>'
    assert titles(doctype + channel("<item><title>&paper;: &deep;&far;x</title></item>")) == ["The Paper: x"]


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"  \n ",
        b"\x00\x01",
        "plain words",
        "<note/>",
        "<urlset><url/></urlset>",
        b"\x1f\x8bbroken",
        "<rss",
    ],
)
def test_what_is_no_feed_is_an_error_in_words(body: str | bytes) -> None:
    with pytest.raises(ParseError) as error:
        read(body)
    assert error.value.message


def test_a_page_names_its_feeds() -> None:
    found = read(
        """<!doctype html><base href="https://www.paper.example/"><link rel='ALTERNATE feed' type='application/atom+xml' href='/atom' title='All'>
        <link rel="alternate" hreflang="fr" href="/fr"><link rel=alternate type=application/feed+json href=feed.json>
        <link rel="alternate" type="application/json" href="/wp-json/wp/v2/posts/1"><link rel="alternate" type="application/rss+xml" href="javascript:x">"""
    )
    assert found.kind == "page"
    assert [(a.url, a.title) for a in found.alternates] == [
        ("https://www.paper.example/atom", "All"),
        ("https://www.paper.example/feed.json", ""),
    ]


# --- encodings ----------------------------------------------------------------------------------------

ACCENTS = channel("<item><title>Café, Łódź</title></item>")


@pytest.mark.parametrize(
    ("body", "content_type"),
    [
        (ACCENTS.encode(), ""),
        (ACCENTS.encode(), "text/xml; charset=iso-8859-1"),
        (('<?xml version="1.0" encoding="iso-8859-1"?>' + ACCENTS).encode(), ""),
        (ACCENTS.encode("utf-8-sig"), ""),
        (ACCENTS.encode("utf-16"), ""),
        (ACCENTS.encode("utf-16-be"), ""),
        (ACCENTS.encode("utf-32"), ""),
        (('<?xml version="1.0" encoding="iso-8859-2"?>' + ACCENTS).encode("iso-8859-2"), "text/xml; charset=utf-8"),
        (ACCENTS.encode("iso-8859-2"), "application/rss+xml; charset=ISO-8859-2"),
        (('<?xml version="1.0" encoding="utf-16"?>' + ACCENTS).encode(), ""),
        (('<?xml version="1.0" encoding="no-such"?>' + ACCENTS).encode(), ""),
    ],
)  # fmt: skip
def test_the_bytes_decide_what_the_letters_are(body: bytes, content_type: str) -> None:
    assert titles(body, content_type=content_type) == ["Café, Łódź"]


@pytest.mark.parametrize(
    "name", ["punycode", "idna", "unicode_escape", "Raw-Unicode-Escape", "undefined", "rot13", "zlib"]
)
def test_what_only_python_calls_an_encoding_is_none(name: str) -> None:
    body = f'<?xml version="1.0" encoding="{name}"?>{channel("<item><title>Caf</title></item>")}'.encode()
    assert titles(body.replace(b"Caf", b"Caf\xe9 \\x3cb\\x3e")) == ["Café \\x3cb\\x3e"]


@pytest.mark.parametrize("unseen", ["\u2800\u2800", "\ufe0f", "\u0301\u0301", "\u0e47", "\u3164"])
def test_a_headline_that_nobody_sees_is_none(unseen: str) -> None:
    assert (
        item(
            f"<title>{unseen}</title><link>https://p.example/1</link><description>Words.</description>"
        ).title
        == "Words."
    )


def test_old_windows_encodings() -> None:
    assert titles(channel("<item><title>“Café” – 5 €</title></item>").encode("cp1252")) == ["“Café” – 5 €"]
    body = (
        '<?xml version="1.0" encoding="gb2312"?>' + channel("<item><title>北京今日有雨</title></item>")
    ).encode("gb18030")
    assert titles(body) == ["北京今日有雨"]
    japanese = (
        '<?xml version="1.0" encoding="iso-2022-jp"?>' + channel("<item><title>今日は雨</title></item>")
    ).encode("iso-2022-jp")
    assert titles(japanese) == ["今日は雨"]


def test_a_few_broken_bytes_do_not_change_the_encoding() -> None:
    body = channel("<item><title>Café, Łódź, señor</title></item><item><title>x</title></item>").encode()
    assert titles(body.replace(b">x<", b">x\xff<"))[0] == "Café, Łódź, señor"


# --- words --------------------------------------------------------------------------------------------


def test_a_caption_is_never_the_standfirst() -> None:
    for order in (
        "{media}<description>The standfirst.</description>",
        "<description>The standfirst.</description>{media}",
        "{media}",
    ):
        media = '<media:content url="https://i.example/a.jpg"><media:description>The caption.</media:description></media:content>'
        loose = "<media:description>The caption.</media:description>"
        for words in (media, media + loose, loose):
            entry = item("<title>A</title>" + order.format(media=words), MEDIA)
            assert entry.standfirst == ("The standfirst." if "standfirst" in order else "")


def test_a_caption_is_never_the_standfirst_in_broken_xml_either() -> None:
    entry = item(
        "<title>A</title><media:description>The caption.</media:description><description>The <b>standfirst.</description>",
        MEDIA,
    )
    assert entry.standfirst == "The standfirst."


def test_full_text_is_told_from_a_teaser() -> None:
    long = "Many words follow here and there. " * 40
    content = '<content:encoded xmlns:content="http://purl.org/rss/1.0/modules/content/"><![CDATA[{}]]></content:encoded>'
    full = item(
        "<title>A</title><description>Short.</description>" + content.format(f"<p>One.</p><p>{long}</p>")
    )
    assert (full.standfirst, full.text[:12], full.minutes) == ("Short.", "One.\n\nMany w", 2)
    teaser = item(
        "<title>A</title><description>Short.</description>" + content.format("<p>Short.</p> Continue reading")
    )
    assert (teaser.text, teaser.minutes) == ("", None)
    cut = item("<title>A</title>" + content.format(f"<p>{long} and then […]</p>"))
    assert (cut.text, cut.minutes) == ("", None)
    only = item(f"<title>A</title><description>First sentence. {long}</description>")
    assert only.text.startswith("First sentence. Many")
    assert only.standfirst.startswith("First sentence. Many words")
    assert len(only.standfirst) <= 500
    assert only.standfirst.endswith("there.")


def test_a_standfirst_that_repeats_the_headline_is_none() -> None:
    google = "&lt;a href='x'&gt;Rain in Metz&lt;/a&gt; &lt;font&gt;The Paper&lt;/font&gt;"
    assert item(f"<title>Rain in Metz</title><description>{google}</description>").standfirst == ""
    longer = item(
        "<title>Rain in Metz</title><description>Rain in Metz - it fell for the whole day on everybody</description>"
    )
    assert longer.standfirst == "it fell for the whole day on everybody"
    glued = "Rain in Metz all dayA. Reporter November 19 It fell for the whole day"
    cut = item(f"<title>Rain in Metz all day</title><description>{glued}</description>").standfirst
    assert cut == "A. Reporter November 19 It fell for the whole day"


@pytest.mark.parametrize(
    "words",
    [
        "Rain in Metz, the second in a week, stopped every tram.",
        "Rain in Metz stopped every tram for most of the day.",
        "Rain in Metzeresche is rarer than people there like to say.",
    ],
)
def test_a_sentence_that_begins_with_the_words_of_the_headline_stays_whole(words: str) -> None:
    entry = item(f"<title>Rain in Metz</title><description>{words}</description>")
    assert entry.standfirst == words


def test_an_entry_without_title_gets_one_from_its_text() -> None:
    assert item("<description>Rain fell. All day long.</description>").title == "Rain fell."
    assert item('<media:content url="https://i.example/rain-in-metz.jpg" />', MEDIA).title == "rain in metz"
    assert read(channel("<item><link>https://p.example/a</link></item>")).entries == ()


def test_hostile_words_are_plain_words() -> None:
    entry = item(
        "<title>&lt;script&gt;alert(1)&lt;/script&gt;Rain\r\nBcc: x@y.example &amp;amp;lt;b&amp;amp;gt; \u202epot\u202c</title>"
        "<description><![CDATA[<style>p{}</style><p onclick=x>One<img src=x onerror=alert(1)> {{ 7*7 }}</p><form><input></form>]]></description>"
    )
    assert entry.title == "Rain Bcc: x@y.example pot"
    assert entry.standfirst == "One {{ 7*7 }}"


# --- links, ids, dates --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("inner", "url"),
    [
        ("<link>https://p.example/a?utm_source=rss#top</link>", "https://p.example/a"),
        ("<link>/a</link>", "https://paper.example/a"),
        ("<link>\n  https://p.example/a\n</link>", "https://p.example/a"),
        ("<link>javascript:alert(1)</link>", "https://paper.example/"),
        ("<link>javascript:alert(1)</link><guid>https://p.example/g</guid>", "https://p.example/g"),
        ("<guid>https://p.example/g</guid>", "https://p.example/g"),
        ('<guid isPermaLink="true">/g</guid>', "https://paper.example/g"),
        ('<guid isPermaLink="false">7</guid>', "https://paper.example/"),
        ("", "https://paper.example/"),
        ('<link>https://r.example/~3/x</link><feedburner:origLink xmlns:feedburner="http://rssnamespace.org/feedburner/ext/1.0">https://p.example/a</feedburner:origLink>',
         "https://p.example/a"),
        ('<a:link xmlns:a="http://www.w3.org/2005/Atom" href="https://p.example/a"/>', "https://p.example/a"),
        ("<link>a</link>", "https://paper.example/news/a"),
    ],
)  # fmt: skip
def test_every_entry_has_a_link(inner: str, url: str) -> None:
    assert item("<title>A</title>" + inner).url == url


def test_an_rss_link_wins_over_atom_links_to_other_articles() -> None:
    own = "<link>https://paper.example/own</link>"
    other = '<atom:link href="https://paper.example/other" title="See also"/>'
    atom = 'xmlns:atom="http://www.w3.org/2005/Atom"'
    for inner in (own + other + other, other + own):
        assert item(f"<title>T</title>{inner}", atom).url == "https://paper.example/own"


def test_relative_links_follow_xml_base() -> None:
    body = '<feed xmlns="http://www.w3.org/2005/Atom" xml:base="https://b.example/x/"><entry xml:base="y/"><title>A</title><link href="z"/></entry></feed>'
    assert [e.url for e in read(body).entries] == ["https://b.example/x/y/z"]


def test_ids_are_stable_and_differ() -> None:
    a = item("<title>A</title><guid>http://p.example/1</guid>")
    assert len(a.id) == 16
    assert item("<title>Other words</title><guid>https://p.example/1</guid>").id == a.id
    assert item("<title>A</title><guid>http://p.example/2</guid>").id != a.id
    assert (
        item("<title>A</title><link>https://p.example/x</link>").id
        == item("<title>B</title><link>https://p.example/x</link>").id
    )
    assert item("<title>A</title>").id != item("<title>B</title>").id


def test_dates_and_their_absence() -> None:
    assert item(
        "<title>A</title><pubDate>lun, 04 mai 2026 10:00:00 +0200</pubDate>"
    ).published == dt.datetime(2026, 5, 4, 8, tzinfo=dt.UTC)
    assert item("<title>A</title><pubDate>someday</pubDate>").published == UNKNOWN_DATE
    both = '<d:date xmlns:d="http://purl.org/dc/elements/1.1/">2026-05-04</d:date><pubDate>bad</pubDate>'
    assert item("<title>A</title>" + both).published == dt.datetime(2026, 5, 4, tzinfo=dt.UTC)


def test_languages_of_entry_config_and_feed_in_that_order() -> None:
    atom = '<feed xmlns="http://www.w3.org/2005/Atom" xml:lang="en"><entry xml:lang="fr"><title>A</title></entry><entry><title>B</title></entry></feed>'
    assert [e.language for e in read(atom).entries] == ["fr", "en"]
    assert [e.language for e in read(atom, language="de").entries] == ["fr", "de"]
    assert item("<title>A</title>", more="<language>en-us</language>").language == "en-US"


@pytest.mark.parametrize(("count", "kickers"), [(5, {"Paris", ""}), (4, {"Chinese simplified"})])
def test_what_stands_on_every_entry_is_no_kicker(count: int, kickers: set[str]) -> None:
    common = "<category>Chinese simplified</category>"
    own = ["<category>Paris</category>"] + [""] * (count - 1)
    rows = "".join(f"<item><title>Title {n}</title>{common}{more}</item>" for n, more in enumerate(own))
    assert {entry.kicker for entry in read(channel(rows)).entries} == kickers


def test_authors_categories_and_the_sponsors_mark() -> None:
    entry = item(
        "<title>Anzeige: Sleep better</title><author>jo@p.example (Jo Poe)</author><category>Sponsored</category><category>Health</category>"
        '<dc:creator xmlns:dc="http://purl.org/dc/elements/1.1/">By Ana Ruiz and Al Lee</dc:creator>'
    )
    assert (entry.title, entry.sponsored, entry.kicker) == ("Sleep better", True, "Health")
    assert entry.authors == ("Jo Poe", "Ana Ruiz", "Al Lee")


def test_only_the_first_entries_are_read() -> None:
    found = read(channel("".join(f"<item><title>{n}</title></item>" for n in range(50))), most=3)
    assert [(e.title, e.position) for e in found.entries] == [("0", 0), ("1", 1), ("2", 2)]


# --- anything -----------------------------------------------------------------------------------------

PIECES = ["<rss>", "<channel>", "<item>", "</item>", "<title>", "</title>", "<link>", "<![CDATA[", "]]>", "<!--", "-->", "&amp;", "&x;", "<!DOCTYPE rss [",
          "<media:content url='https://i/a.jpg'>", "<entry>", "<feed xmlns='http://www.w3.org/2005/Atom'>", "{", '"items": [', "\x00", "é", "<html>", "<b", "'", '"']  # fmt: skip


@settings(deadline=None, max_examples=150)
@given(
    st.binary(max_size=300)
    | st.lists(st.sampled_from(PIECES), max_size=30).map(lambda p: "".join(p).encode())
)
def test_no_bytes_raise_anything_but_a_parse_error(body: bytes) -> None:
    try:
        found = read(body)
    except ParseError:
        return
    for entry in found.entries:
        assert entry.title
        assert entry.url.startswith("https://")
        assert markup.line(entry.title) == entry.title or "&" in entry.title


@pytest.mark.parametrize(
    ("description", "standfirst"),
    [
        ("Divers search the Tarn. #Kelso #News", "Divers search the Tarn."),
        ("Divers search the Tarn.\n\nSubscribe: https://v.example/c", "Divers search the Tarn."),
        ("Subscribe: https://v.example/c\n \nDivers search the Tarn.", "Divers search the Tarn."),
        ("Subscribe to our channel: https://v.example/c", ""),
    ],
)
def test_a_video_has_its_description_for_a_standfirst(description: str, standfirst: str) -> None:
    video = f"""<title>A</title><media:group><media:title>A</media:title>
        <media:content url="https://v.example/v/5" type="application/x-shockwave-flash"/>
        <media:description>{description}</media:description></media:group>"""
    assert item(video, attributes='xmlns:media="http://search.yahoo.com/mrss/"').standfirst == standfirst
