"""Addresses as mail needs them: absolute, http or https, and ASCII."""

from __future__ import annotations

from urllib.parse import quote, urlsplit, urlunsplit

# Everything RFC 3986 section 2 allows, and "%" for what is encoded already.
_SAFE = "%/?:@!$&'()*+,;=-._~#[]"


def ascii_url(url: str) -> str:
    """``url`` in ASCII (RFC 3986 section 2), "" when it is not an absolute http or https address.

    lxml would percent-encode a non-ASCII host name when it writes the HTML; names are IDNA.
    """
    try:
        parts = urlsplit(url.strip())
        host, port = parts.hostname or "", parts.port
        if parts.scheme not in {"http", "https"} or not host:
            return ""
        name = host if host.isascii() else host.encode("idna").decode("ascii")
        rest = [quote(part, safe=_SAFE) for part in (parts.path, parts.query, parts.fragment)]
    except ValueError:
        return ""
    place = f"[{name}]" if ":" in name else name
    place = f"{place}:{port}" if port else place
    return urlunsplit((parts.scheme, place, *rest))
