"""Who is at the desk: whoever sits at this machine, or, beyond it, an editor who signed in by name and password."""

from __future__ import annotations

import datetime as dt
import hashlib
import hmac
import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from http.cookies import CookieError, SimpleCookie
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from digest.config.editors import DeskSettings, beyond
from digest.tokens import Keyring, written

if TYPE_CHECKING:
    from argon2 import PasswordHasher

LOOPBACK = frozenset({"127.0.0.1", "localhost", "[::1]"})
COOKIE = "__Host-desk"  # the prefix holds a browser to Secure, Path=/ and no Domain
LASTS = dt.timedelta(hours=12)
TRIES, WITHIN = 5, dt.timedelta(minutes=15)
FORWARDED = ("x-forwarded-for", "x-forwarded-host", "forwarded", "x-real-ip", "via")


@dataclass(frozen=True, slots=True)
class Visitor:
    """Who asks, and the token that their pages post with."""

    name: str
    token: str


@dataclass(slots=True)
class Doors:
    """Signs editors in and knows them again. ``local`` is the person at this machine."""

    local: Visitor
    _failed: dict[tuple[str, str], list[dt.datetime]] = field(default_factory=dict)
    _one: threading.Lock = field(default_factory=threading.Lock)  # argon2 takes memory: one at a time

    def visitor(
        self, settings: DeskSettings, keys: Keyring, headers: Mapping[str, str], now: dt.datetime
    ) -> Visitor | None:
        """Who sent a request with these headers; None for somebody who has to sign in."""
        if not beyond(settings.url):
            return self.local
        cookie = _cookie(headers.get("cookie", ""))
        name, _, rest = cookie.partition(".")
        until, _, _mac = rest.partition(".")
        secret = settings.sign_in.get(name)
        if secret is None or not until.isascii() or not until.isdecimal() or len(until) > 12:
            return None
        expires = dt.datetime.fromtimestamp(int(until), dt.UTC)
        good = _sealed(keys, name, until, secret.get_secret_value())
        if expires <= now or not hmac.compare_digest(cookie.encode(), good.encode()):
            return None
        token = hmac.digest(keys.secret, f"desk token {cookie}".encode(), "sha256")[:16]
        return Visitor(name, written(token))

    def sign_in(
        self,
        settings: DeskSettings,
        keys: Keyring,
        name: str,
        password: str,
        *,
        client: str,
        now: dt.datetime,
    ) -> str | None:
        """The cookie of an editor who gave the right password; None otherwise, after as long a time."""
        if self.barred(name, client, now):
            return None
        secret = settings.sign_in.get(name)
        with self._one:
            good = matches(secret.get_secret_value() if secret else _nobody(), password)
        if secret is None or not good:
            self._failed.setdefault((name, client), []).append(now)
            return None
        self._failed.pop((name, client), None)
        return _sealed(keys, name, str(int((now + LASTS).timestamp())), secret.get_secret_value())

    def barred(self, name: str, client: str, now: dt.datetime) -> bool:
        """Whether too many wrong passwords came for that name from there."""
        self._failed = {
            key: recent
            for key, times in self._failed.items()
            if (recent := [moment for moment in times if now - moment < WITHIN])
        }
        return len(self._failed.get((name, client), ())) >= TRIES


def refused(method: str, headers: Mapping[str, str], settings: DeskSettings, visitor: Visitor | None) -> str:
    """Why a request is not answered; "" when it is."""
    return _foreign(headers, settings) or ("" if method in {"GET", "HEAD"} else _forged(headers, visitor))


def _foreign(headers: Mapping[str, str], settings: DeskSettings) -> str:
    """A foreign ``Host`` is how a page elsewhere reads a server on loopback under a name of its own (DNS rebinding).

    A proxy that nobody told us of would let everybody in as the person at this machine.
    """
    host, away = headers.get("host", "").lower(), beyond(settings.url)
    own = LOOPBACK | ({urlsplit(settings.url).netloc.lower()} if away else set())
    if host not in own and host.rpartition(":")[0] not in own:
        return "The desk answers to its own address only."
    if not away and any(name in headers for name in FORWARDED):
        return "The desk is behind a proxy: set desk.url to its https address, and desk.sign_in."
    return ""


def _forged(headers: Mapping[str, str], visitor: Visitor | None) -> str:
    """Posting needs our ``Origin``, when the browser tells one, and the token that only our own pages know."""
    origin, host = headers.get("origin"), headers.get("host", "").lower()
    elsewhere = origin is not None and urlsplit(origin).netloc.lower() != host
    if elsewhere or headers.get("sec-fetch-site", "same-origin") not in {"same-origin", "none"}:
        return "Another site asked for this."
    # Who is not known has no token, and gets no further than the sign-in.
    token = visitor.token if visitor else ""
    if visitor and not hmac.compare_digest(headers.get("x-desk-token", "").encode(), token.encode()):
        return "The page is older than the desk: reload it."
    return ""


def client_of(headers: Mapping[str, str]) -> str:
    """Who asked the proxy: the last address it forwards is the one that it saw itself."""
    return headers.get("x-forwarded-for", "").rpartition(",")[2].strip()


def _cookie(header: str) -> str:
    try:
        found = SimpleCookie(header).get(COOKIE)
    except CookieError:
        return ""
    return found.value if found and found.value.isascii() else ""


def _sealed(keys: Keyring, name: str, until: str, secret: str) -> str:
    """A cookie that ends with its time, and with the password it was given for."""
    said = f"desk cookie {name} {until} {hashlib.sha256(secret.encode()).hexdigest()}"
    mac = hmac.digest(keys.secret, said.encode(), "sha256")[:16]
    return f"{name}.{until}.{written(mac)}"


# --- passwords ----------------------------------------------------------------------------------------


def hasher() -> PasswordHasher:
    """Argon2id with the first parameters that RFC 9106 recommends for little memory: 64 MiB, three passes."""
    from argon2 import PasswordHasher

    return PasswordHasher()


def matches(hashed: str, password: str) -> bool:
    """Whether a password is the one that was hashed."""
    from argon2.exceptions import InvalidHashError, VerificationError

    try:
        return hasher().verify(hashed, password)
    except (VerificationError, InvalidHashError):
        return False


@cache
def _nobody() -> str:
    """The hash for names that are not known, so that they take as long."""
    return hasher().hash("nobody has this password")
