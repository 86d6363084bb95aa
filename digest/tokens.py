"""Signed tokens in links: who, which newsletter, what for; nothing in them can be guessed or counted through.

``KEY PURPOSE PERSON MAC . NEWSLETTER [. MINUTES]`` without the spaces: one character for the key, one for
the purpose, 16 for the person's opaque id, 22 for 128 bits of keyed BLAKE2b (RFC 7693) over all the rest.
"""

from __future__ import annotations

import base64
import binascii
import datetime as dt
import hashlib
import hmac
import os
import re
import secrets
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from digest.errors import ConfigError, DigestError, Problem

Purpose = Literal["unsubscribe", "preferences", "confirm", "archive", "forward"]
LETTERS: dict[Purpose, str] = {
    "unsubscribe": "u",
    "preferences": "p",
    "confirm": "c",
    "archive": "a",
    "forward": "f",
}
PURPOSES: dict[str, Purpose] = {letter: purpose for purpose, letter in LETTERS.items()}
PERSON = r"[A-Za-z0-9_-]{16}"
TOKEN = re.compile(
    rf"([a-z0-9])([a-z])({PERSON})([A-Za-z0-9_-]{{22}})\.([a-z0-9][a-z0-9-]{{0,62}})(?:\.(\d{{1,10}}))?"
)
RETURN_PATH = re.compile(r"b-([a-z0-9])([0-9a-f]{10,15})([0-9a-f]{20})")
URL_SAFE = bytes.maketrans(b"+/", b"-_")
KEY_IDS = "abcdefghijklmnopqrstuvwxyz0123456789"


@dataclass(frozen=True, slots=True)
class Keyring:
    """The secret keys by id. The first signs, all verify: put a new one first to rotate."""

    keys: tuple[tuple[str, bytes], ...]

    @property
    def secret(self) -> bytes:
        """The key that signs."""
        return self.keys[0][1]

    def hidden(self, text: str) -> str:
        """A stable name for something that must not be told, which nobody without our key can try out."""
        return hashlib.blake2b(f"hidden {text}".encode(), key=self.secret, digest_size=16).hexdigest()

    def mac(self, key_id: str, text: str, size: int = 16) -> bytes | None:
        """``size`` bytes of keyed BLAKE2b, None for a key we do not have."""
        for name, key in self.keys:
            if name == key_id:
                return hashlib.blake2b(text.encode(), key=key, digest_size=size).digest()
        return None


@dataclass(frozen=True, slots=True)
class Scope:
    """What a valid token speaks of."""

    person: str  # subscribers.token_id
    newsletter: str
    purpose: Purpose
    issued: dt.datetime | None = None  # to the minute, for tokens that expire


def new_person() -> str:
    """An opaque id for a new subscriber: 96 random bits in 16 characters."""
    return secrets.token_urlsafe(12)


def seal(
    keys: Keyring, person: str, newsletter: str, purpose: Purpose, issued: dt.datetime | None = None
) -> str:
    """The token that lets its bearer do ``purpose`` for one person and one newsletter."""
    key_id = keys.keys[0][0]
    head = f"{key_id}{LETTERS[purpose]}{person}"
    tail = newsletter if issued is None else f"{newsletter}.{int(issued.timestamp()) // 60}"
    mac = keys.mac(key_id, f"{head}.{tail}")
    assert mac is not None
    return f"{head}{written(mac)}.{tail}"


def unseal(keys: Keyring, token: str) -> Scope | None:
    """The scope of a token we made, None for anything else, without telling why.

    The comparison takes the same time wherever the first difference is.
    """
    found = TOKEN.fullmatch(token) if len(token) < 200 and token.isascii() else None
    if found is None:
        return None
    key_id, letter, person, signature, newsletter, minutes = found.groups()
    tail = f"{newsletter}.{minutes}" if minutes else newsletter
    mac = keys.mac(key_id, f"{key_id}{letter}{person}.{tail}") or bytes(16)
    good = hmac.compare_digest(written(mac), signature)
    if not good or letter not in PURPOSES or not any(key_id == name for name, _ in keys.keys):
        return None
    issued = dt.datetime.fromtimestamp(int(minutes) * 60, dt.UTC) if minutes else None
    return Scope(person, newsletter, PURPOSES[letter], issued)


def written(mac: bytes) -> str:
    """128 bits in 22 characters that are safe in a URL."""
    return binascii.b2a_base64(mac, newline=False).translate(URL_SAFE, b"=").decode()


def return_path(keys: Keyring, delivery: int) -> str:
    """The local part of the envelope sender of one delivery (VERP): 33 to 38 characters, safe in lower case."""
    key_id = keys.keys[0][0]
    number = f"{delivery:010x}"
    return f"b-{key_id}{number}{_path_mac(keys, key_id, number)}"


def read_return_path(keys: Keyring, local: str) -> int | None:
    """The delivery whose envelope sender this is, None for one we did not make."""
    found = RETURN_PATH.fullmatch(local.lower())
    if found is None:
        return None
    key_id, number, signature = found.groups()
    expected = _path_mac(keys, key_id, number)
    if expected is None or not hmac.compare_digest(expected, signature):
        return None
    return int(number, 16)


def _path_mac(keys: Keyring, key_id: str, number: str) -> str | None:
    """80 bits in 20 hex digits, None for a key we do not have."""
    mac = keys.mac(key_id, f"return-path {number}", size=10)
    return None if mac is None else mac.hex()


def fingerprint(text: str) -> str:
    """A short stable name for something that must not be told: 16 hex digits of SHA-256."""
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def load_key(file: Path) -> Keyring:
    """The keys in ``file``, one ``id:base64`` a line, the signing one first.

    Raises ConfigError when the file is missing, malformed, or others may read it.
    """
    try:
        if file.stat().st_mode & 0o077:
            raise _problem(file, "others may read the secret key", f"run: chmod 600 {file}")
        text = file.read_text("ascii")
    except (OSError, UnicodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is not text"
        raise _problem(file, f"the secret key cannot be read: {reason}", "digest init makes one") from error
    keys = tuple(_key(file, line) for line in text.split())
    if not keys or len({key_id for key_id, _ in keys}) != len(keys):
        raise _problem(file, "there is no key, or two with the same id", "one id:base64 a line")
    return Keyring(keys)


def _key(file: Path, line: str) -> tuple[str, bytes]:
    """One line of the key file."""
    key_id, _, encoded = line.partition(":")
    try:
        key = base64.b64decode(encoded, validate=True)
    except binascii.Error:
        key = b""
    if key_id not in KEY_IDS or len(key_id) != 1 or not 32 <= len(key) <= 64:
        raise _problem(file, "a line is not id:base64 with 32 to 64 bytes", "digest init makes a good one")
    return key_id, key


def _problem(file: Path, message: str, advice: str) -> ConfigError:
    """A ConfigError about the key file."""
    return ConfigError(str(file), (Problem("site.secret_file", None, message, advice),))


def make_key_file(file: Path) -> Keyring:
    """A new key in a new file that its owner alone may read. Raises DigestError when the file is there."""
    file.parent.mkdir(parents=True, exist_ok=True)
    line = f"a:{base64.b64encode(secrets.token_bytes(32)).decode()}\n"
    _create(file, line)
    return load_key(file)


def rotate_key_file(file: Path) -> Keyring:
    """A new signing key before the ones in ``file``; links signed with those keep working."""
    used = [key_id for key_id, _ in load_key(file).keys]
    free = next((letter for letter in KEY_IDS if letter not in used), None)
    if free is None:
        raise DigestError(f"{file} is full.", "Remove its last lines: links signed with them stop working.")
    fresh = file.with_name(f"{file.name}.new")
    fresh.unlink(missing_ok=True)
    _create(fresh, f"{free}:{base64.b64encode(secrets.token_bytes(32)).decode()}\n{file.read_text('ascii')}")
    fresh.replace(file)
    return load_key(file)


def _create(file: Path, text: str) -> None:
    """Write a file that was not there, readable by its owner alone from its first moment."""
    try:
        with os.fdopen(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as out:
            out.write(text)
            out.flush()
            os.fsync(out.fileno())
    except FileExistsError as error:
        raise DigestError(
            f"{file} exists already.", "Its links would stop working: it is never replaced."
        ) from error
