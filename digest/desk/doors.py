"""Who is at the desk: whoever sits at this machine, or, beyond it, an editor who signed in by name and password."""

from __future__ import annotations

import datetime as dt
import hashlib
import hmac
import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from http.cookies import CookieError, SimpleCookie
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from digest.config.editors import DeskSettings, beyond
from digest.desk.tries import Tries
from digest.tokens import Keyring, written

if TYPE_CHECKING:
    from argon2 import PasswordHasher

LOOPBACK = frozenset({"127.0.0.1", "localhost", "[::1]"})
COOKIE = "__Host-desk"  # the prefix holds a browser to Secure, Path=/ and no Domain
LASTS = dt.timedelta(hours=12)
FORWARDED = ("x-forwarded-for", "x-forwarded-host", "forwarded", "x-real-ip", "via")


@dataclass(frozen=True, slots=True)
class Visitor:
    """Who asks, the token that their pages post with, and their session ("" for who needs none)."""

    name: str
    token: str
    session: str = ""


@dataclass(slots=True)
class Doors:
    """Signs editors in and knows them again. ``local`` is the person at this machine.

    ``ended`` are the sessions that were signed out of before their time: a cookie that was copied ends with them.
    """

    local: Visitor
    ended: set[str] = field(default_factory=set)
    tries: Tries = field(default_factory=Tries)
    _one: threading.Lock = field(default_factory=threading.Lock)  # argon2 takes memory: one at a time

    def visitor(
        self, settings: DeskSettings, keys: Keyring, headers: Mapping[str, str], now: dt.datetime
    ) -> Visitor | None:
        """Who sent a request with these headers; None for somebody who has to sign in."""
        if not beyond(settings.url):
            return self.local
        cookie = _cookie(headers.get("cookie", ""))
        name, until, nonce, _ = (*cookie.split(".", 3), "", "", "", "")[:4]
        secret = settings.sign_in.get(name)
        if secret is None or not until.isascii() or not until.isdecimal() or len(until) > 12:
            return None
        expires = dt.datetime.fromtimestamp(int(until), dt.UTC)
        good = _sealed(keys, name, until, nonce, secret.get_secret_value())
        if expires <= now or not hmac.compare_digest(cookie.encode(), good.encode()):
            return None
        session = hashlib.sha256(cookie.encode()).hexdigest()[:16]
        if session in self.ended:
            return None
        token = hmac.digest(keys.secret, f"desk token {cookie}".encode(), "sha256")[:16]
        return Visitor(name, written(token), session)

    def sign_in(
        self,
        settings: DeskSettings,
        keys: Keyring,
        name: str,
        password: str,
        *,
        client: str,
        now: dt.datetime,
        nonce: str,
    ) -> str | None:
        """The cookie of an editor who gave the right password; None otherwise, after as long a time.

        ``nonce`` is random, and makes every session another one.
        """
        secret = settings.sign_in.get(name)
        other = next(iter(settings.sign_in.values()), None)
        stand_in = _nobody(other.get_secret_value() if other else "")
        with self._one:
            if self.tries.barred(name, client, now):  # asked again: others came in the meantime
                return None
            good = matches(secret.get_secret_value() if secret else stand_in, password)
            if secret is None or not good:
                self.tries.wrong(name, client, now)
                return None
        self.tries.right(name, client)
        until = str(int((now + LASTS).timestamp()))
        return _sealed(keys, name, until, nonce, secret.get_secret_value())


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
    if (origin is not None and not _ours(origin, host)) or headers.get(
        "sec-fetch-site", "same-origin"
    ) not in {"same-origin", "none"}:
        return "Another site asked for this."
    # Who is not known has no token, and gets no further than the sign-in.
    token = visitor.token if visitor else ""
    if visitor and not hmac.compare_digest(headers.get("x-desk-token", "").encode(), token.encode()):
        return "The page is older than the desk: reload it."
    return ""


def _ours(origin: str, host: str) -> bool:
    """Whether a page is of this very host; beyond this machine, and not of its unprotected twin on http."""
    page = urlsplit(origin)
    kinds = {"http", "https"} if host in LOOPBACK or host.rpartition(":")[0] in LOOPBACK else {"https"}
    return page.scheme in kinds and page.netloc.lower() == host


def client_of(forwarded: Sequence[str]) -> str:
    """Who asked the proxy, by its X-Forwarded-For headers: the last address of the last is the one that it saw itself."""
    return ",".join(forwarded).rpartition(",")[2].strip()


def _cookie(header: str) -> str:
    try:
        found = SimpleCookie(header).get(COOKIE)
    except CookieError:
        return ""
    return found.value if found and found.value.isascii() else ""


def _sealed(keys: Keyring, name: str, until: str, nonce: str, secret: str) -> str:
    """A cookie that ends with its time, and with the password it was given for."""
    said = f"desk cookie {name} {until} {nonce} {hashlib.sha256(secret.encode()).hexdigest()}"
    mac = hmac.digest(keys.secret, said.encode(), "sha256")[:16]
    return f"{name}.{until}.{nonce}.{written(mac)}"


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
def _nobody(like: str) -> str:
    """The hash for names that are not known, made like an editor's, so that they take as long."""
    from argon2 import PasswordHasher, extract_parameters
    from argon2.exceptions import InvalidHashError

    try:
        made = PasswordHasher.from_parameters(extract_parameters(like))
    except InvalidHashError:
        made = hasher()
    return made.hash("nobody has this password")
