"""Addresses in feeds: made absolute, checked, canonical, comparable, and safe to show.

Parsing follows browsers (WHATWG URL) where Python differs and a reader would be misled: white space and
line ends inside a URL vanish, a backslash is a slash, what stands before ``@`` is not the host.
"""

from __future__ import annotations

import ipaddress
import re
from urllib.parse import SplitResult, parse_qsl, quote, unquote, urljoin, urlsplit, urlunsplit

LONGEST = 4_000  # characters; longer ones are data, not addresses

_PORTS = {"http": 80, "https": 443}
_EDGES = "".join(map(chr, range(0x21)))
_BREAKS = re.compile(r"[\t\r\n]")
# Most addresses: lower-case host, nothing to encode, to resolve or to take off.
_PLAIN = re.compile(
    r"https?://[a-z0-9-]+(?:\.[a-z0-9-]+)*\.[a-z]{2,}/(?!/)[A-Za-z0-9/_~,!$&'()*+:;=@%-]*(?:\.[A-Za-z0-9_~,!$&'()*+:;=@%-]+)*"
    r"(\?[A-Za-z0-9/_.~,!$&'()*+:;=@%?\[\]-]*)?"
)
_OWN = re.compile(r"[a-z][a-z0-9+-]*:[A-Za-z0-9/_.~-]+(?:\?[A-Za-z0-9/_.~&=-]*)?")
_HOST = re.compile(r"[a-z0-9_](?:[a-z0-9_.-]*[a-z0-9_])?\.?|\[[0-9a-f:.]+\]")
_SAFE = "!$&'()*+,/:;=@~-._%"

# Parameters that only tell the publisher where a click came from.
_TRACKING = re.compile(
    r"""
    (?:utm|at|ns|mtm|piwik|matomo|wt|hsa|vero|oly|guce)_[a-z_]+ | pk_(?:campaign|kwd|source|medium|content)
    | wt\.[a-z_]+ | _hsenc | _hsmi | __hs[a-z]+ | (?:fb|g|dc|ms|y|tt|tw|epi|gb)cl(?:id|src) | wbraid | gbraid
    | gad_source | igshid | igsh | mc_[ce]id | mkt_tok | s_cid | cm_mmc | cm_ven | cmp | cmpid | ocid | xtor
    | smid | smtyp | ftag | ftcamp | ref_?src | ref_url | __twitter_impression | guccounter | taid | sr_share
    | ito | trk | trkcampaign | feedtype | feedname | rssfeed | intcid | int_source | cid_source | icid
    | echobox | traffic_source | campaign_id | rb_clickid | spref | srnd | sref | cvid | cndid | mbid | ncid
    """,
    re.VERBOSE | re.IGNORECASE,
)
_ORIGIN = re.compile(
    r"ref|referrer|source|src|from|via|origin|medium|campaign|channel|partner|emc|cid|s|f|feed|rss",
    re.IGNORECASE,
)
_SAMPLE = re.compile(r"demo:pictures/[\w-]+\.jpg(?:\?w=\d{1,4})?")
_IS_FEED = re.compile(
    r"(?:.*[-_.:/])?(?:rss|atom|feed|newsfeed|rssfeed|syndication)(?:[-_.:/].*|\d*)?", re.IGNORECASE
)


def canonical(url: str, base: str = "") -> str:
    """The absolute http(s) address without tracking parameters, fragment or credentials; "" for anything else."""
    if plain := _PLAIN.fullmatch(url):
        path, _, query = url.partition("?")
        query = _without_tracking(query) if plain[1] else ""
        return _fit(f"{path}?{query}" if query else path)
    parts = _split(url, base)
    if parts is None:
        return ""
    query = _without_tracking(parts.query) if parts.query else ""
    # A "#!/…" or "#/…" fragment is the page itself on sites that are one script.
    fragment = parts.fragment if parts.fragment[:1] in {"!", "/"} else ""
    return _fit(urlunsplit((parts.scheme, parts.netloc, parts.path, query, fragment)))


def absolute(url: str, base: str = "") -> str:
    """The absolute http(s) address as given, without fragment or credentials; "" for anything else.

    A feed of the sample newsroom (``demo:``) may name the sample's own pictures; no feed of the web may.
    """
    if base.startswith("demo:") and _SAMPLE.fullmatch(url):
        return url
    if _PLAIN.fullmatch(url):
        return _fit(url)
    parts = _split(url, base)
    return _fit(urlunsplit((parts.scheme, parts.netloc, parts.path, parts.query, ""))) if parts else ""


def picture(url: str, base: str = "") -> str:
    """The address of a picture in a document at ``base``: http(s), or of the document's own further scheme (``demo:``)."""
    scheme = base.partition(":")[0]
    if scheme not in {"", "http", "https", "file"} and url.startswith(f"{scheme}:") and _OWN.fullmatch(url):
        return _fit(url)
    return absolute(url, base)


def _fit(url: str) -> str:
    return url if len(url) <= LONGEST else ""


def _split(url: str, base: str) -> SplitResult | None:
    """The parts of an http(s) address, each in its normal form."""
    url = url.strip(_EDGES)
    try:
        url = _slashes(_BREAKS.sub("", url))
        parts = urlsplit(urljoin(base, url) if base else url)
        host, port = parts.hostname, parts.port
    except ValueError:
        return None
    scheme = parts.scheme.lower()
    if scheme not in _PORTS or not url or not (name := _host(host or "")):
        return None
    netloc = name if port in {None, _PORTS[scheme]} else f"{name}:{port}"
    path = quote(_dots(parts.path), safe=_SAFE, errors="replace") or "/"
    query = quote(parts.query, safe=_SAFE + "?[]", errors="replace")
    return SplitResult(scheme, netloc, path, query, quote(parts.fragment, safe=_SAFE + "?", errors="replace"))


def _slashes(url: str) -> str:
    """An address with backslashes, as browsers read it."""
    head, mark, query = url.partition("?")
    return head.replace("\\", "/") + mark + query


def _dots(path: str) -> str:
    """The path with its ``.`` and ``..`` segments resolved (RFC 3986 section 5.2.4)."""
    if "/." not in path:
        return path
    kept: list[str] = []
    for segment in path.split("/")[1:]:
        if segment == "..":
            del kept[-1:]
        elif segment != ".":
            kept.append(segment)
    closing = [""] if path.endswith(("/.", "/..")) else []
    return "/" + "/".join(kept + closing)


def _host(host: str) -> str:
    """A host name in ASCII, an IPv6 address in brackets, "" when it cannot be one."""
    if ":" in host:
        try:
            return f"[{ipaddress.IPv6Address(host.partition('%')[0])}]"
        except ValueError:
            return ""
    host = unquote(host).casefold()
    if not host.isascii():  # look-alike letters show as xn--… wherever the address is printed
        import idna

        try:
            host = idna.encode(host, uts46=True).decode()
        except (idna.IDNAError, UnicodeError):
            return ""
    return host if _HOST.fullmatch(host) and len(host) <= 253 else ""


def _without_tracking(query: str) -> str:
    return "&".join(p for p in query.split("&") if p and not _tracks(*p.partition("=")[::2]))


def _tracks(name: str, value: str) -> bool:
    """Whether a parameter says only how the reader came: ``utm_medium=rss``, ``ref=feed``."""
    if _TRACKING.fullmatch(name):
        return True
    if name in {"rss", "feed"} and value in {"1", "true"}:
        return True
    return bool(_ORIGIN.fullmatch(name) and _IS_FEED.fullmatch(value))


def target(url: str) -> str:
    """Where a redirector of Google's leads, read from its own parameters; other addresses as they are."""
    parts = urlsplit(url)
    if parts.netloc in {"www.google.com", "news.google.com"} and parts.path in {"/url", "/news/url"}:
        inner = dict(parse_qsl(parts.query))
        return inner.get("url") or inner.get("q") or url
    return url


def same(url: str) -> str:
    """A key under which the http and https forms of an address, with or without a last slash, are equal."""
    scheme, mark, rest = url.partition("://")
    if not mark or scheme.lower() not in _PORTS:
        return url
    host, slash, path = rest.partition("/")
    return (host.lower() + slash + path).rstrip("/")


def site(url: str) -> str:
    """The home page of an address's host."""
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}/" if parts.netloc else ""


def shown(url: str) -> str:
    """An address fit for messages and logs: no credentials, no query, no control characters."""
    try:
        parts = urlsplit(url.strip(_EDGES))
        host = parts.netloc.rpartition("@")[2]
    except ValueError:
        return "an address that cannot be read"
    text = urlunsplit((parts.scheme, host, parts.path, "", "")) + ("?…" if parts.query else "")
    return "".join(c for c in text if c.isprintable())[:200]
