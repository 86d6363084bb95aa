"""DKIM signatures (RFC 6376, RFC 8463), relaxed/relaxed, made while splicing.

What differs between subscribers is a few headers and a few places in the body: everything else is put into
canonical form, and hashed up to the first difference, once an edition.
"""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import zip_longest
from pathlib import Path
from typing import Any

from digest.config.settings import DkimSettings
from digest.deliver.splice import Splicer, Values, encoded
from digest.errors import DeliveryError
from digest.model import Mail

SPACES = re.compile(rb"[ \t]+")
FOLD = re.compile(rb"\r\n([ \t])")
END = re.compile(rb"(?:\r\n)*\Z")
# What a forger would like to change. RFC 8058 section 4: both unsubscribe headers must be covered.
SIGNED = (
    "From",
    "To",
    "Subject",
    "Date",
    "Message-ID",
    "Reply-To",
    "MIME-Version",
    "Content-Type",
    "List-Id",
    "List-Unsubscribe",
    "List-Unsubscribe-Post",
)
# Named once more than they occur: nobody can add a second one (RFC 6376 section 8.15).
SEALED = ("From", "To", "Subject", "Date")


@dataclass(frozen=True, slots=True)
class Signer:
    """A domain's key, ready to sign."""

    domain: str
    selector: str
    algorithm: str  # "rsa-sha256", "ed25519-sha256"
    sign: Callable[[bytes], bytes]


def load_signer(settings: DkimSettings) -> Signer:
    """The signer of the config. Raises DeliveryError when the key cannot be used."""
    from cryptography.exceptions import UnsupportedAlgorithm
    from cryptography.hazmat.primitives import serialization

    try:
        key = serialization.load_pem_private_key(Path(settings.key_file).read_bytes(), password=None)
    except (OSError, ValueError, TypeError, UnsupportedAlgorithm) as error:
        raise _unusable(settings, str(error)) from error
    algorithm, sign = _algorithm(key, settings)
    return Signer(settings.domain, settings.selector, algorithm, sign)


def _algorithm(key: Any, settings: DkimSettings) -> tuple[str, Callable[[bytes], bytes]]:
    """The name and the way to sign of a key."""
    from cryptography.hazmat.primitives import hashes
    from cryptography.hazmat.primitives.asymmetric import ed25519, padding, rsa

    if isinstance(key, rsa.RSAPrivateKey):
        if key.key_size < 1024:
            raise _unusable(settings, "it is too short; 2048 bits are usual")
        return "rsa-sha256", partial(key.sign, padding=padding.PKCS1v15(), algorithm=hashes.SHA256())
    if isinstance(key, ed25519.Ed25519PrivateKey):
        # RFC 8463 section 3: the signature is over the SHA-256 of the data.
        return "ed25519-sha256", lambda data: key.sign(hashlib.sha256(data).digest())
    raise _unusable(settings, "it is neither RSA nor Ed25519")


def _unusable(settings: DkimSettings, reason: str) -> DeliveryError:
    """The error of a key."""
    return DeliveryError(
        f"The DKIM key {settings.key_file} cannot be used: {reason}.",
        "Make one: openssl genrsa -out dkim.pem 2048; or leave deliver.dkim out when the relay signs.",
    )


class SigningPress:
    """A splicer that puts a signature before each message; the same person gets the same bytes every time."""

    def __init__(self, mail: Mail, signer: Signer) -> None:
        self._splicer = Splicer(mail)
        self._signer = signer
        self._head, self._body = divided(self._splicer.segments)
        names = fields(filled(self._head, [b""] * (len(self._head) - 1)))
        self._signed = [name for name in SIGNED if name.lower().encode() in names]
        self._canonical = canonical_body(self._body)
        self._begun = hashlib.sha256(self._canonical[0])
        sealed = [name for name in SEALED if name in self._signed]
        self._tags = (
            f"v=1; a={signer.algorithm}; c=relaxed/relaxed; d={signer.domain};\r\n s={signer.selector};"
            f" h={':'.join([*self._signed, *sealed])};\r\n bh="
        ).encode()

    def message(self, values: Values) -> bytes:
        """The signed message as it stands in a file."""
        return self.signature(values) + self._splicer.message(values)

    def wire(self, values: Values) -> bytes:
        """The signed message as DATA carries it."""
        return self.signature(values) + self._splicer.wire(values)

    def signature(self, values: Values) -> bytes:
        """The DKIM-Signature header of one person's message, with its line end."""
        own = [encoded(values, cut) for cut in self._splicer.cuts]
        value = self._tags + base64.b64encode(self.body_hash(own[len(self._head) - 1 :])) + b";\r\n b="
        unsigned = b"dkim-signature:" + value.replace(b"\r\n ", b" ")
        made = base64.b64encode(self._signer.sign(self.header_data(own) + unsigned))
        lines = [made[i : i + 72] for i in range(0, len(made), 72)]
        return b"DKIM-Signature: " + value + b"\r\n ".join(lines) + b"\r\n"

    def header_data(self, own: Sequence[bytes]) -> bytes:
        """The signed headers in canonical form, each once; a sealed second one does not exist and adds nothing."""
        found = fields(filled(self._head, own[: len(self._head) - 1]))
        return b"".join(found[name.lower().encode()] for name in self._signed)

    def body_hash(self, own: Sequence[bytes]) -> bytes:
        """SHA-256 of the canonical body; what precedes the first difference is hashed already."""
        if any(not value or SPACES.search(value) for value in own):  # it may change the space around it
            return hashlib.sha256(canonical_body([filled(self._body, own)])[0]).digest()
        state = self._begun.copy()
        state.update(filled([b"", *self._canonical[1:]], own))
        return state.digest()


def divided(segments: Sequence[bytes]) -> tuple[list[bytes], list[bytes]]:
    """The segments of the headers and those of the body. Raises DeliveryError without an empty line."""
    for index, segment in enumerate(segments):
        head, empty_line, body = segment.partition(b"\r\n\r\n")
        if empty_line:
            return [*segments[:index], head + b"\r\n"], [body, *segments[index + 1 :]]
    raise DeliveryError("The mail has no empty line between its headers and its text.", "Please report it.")


def filled(segments: Sequence[bytes], values: Sequence[bytes]) -> bytes:
    """Segments with the values between them."""
    return b"".join(part for pair in zip_longest(segments, values, fillvalue=b"") for part in pair)


def fields(head: bytes) -> dict[bytes, bytes]:
    """Header fields by lower-case name in relaxed form (RFC 6376 section 3.4.2), the last of equal names."""
    unfolded = FOLD.sub(rb"\1", head)
    found = {}
    for line in unfolded.split(b"\r\n"):
        name, colon, value = line.partition(b":")
        if colon:
            key = name.strip(b" \t").lower()
            found[key] = key + b":" + SPACES.sub(b" ", value).strip(b" ") + b"\r\n"
    return found


def canonical_body(segments: Sequence[bytes]) -> list[bytes]:
    """The body in relaxed form (RFC 6376 section 3.4.4), cut where it was."""
    parts = [SPACES.sub(b" ", segment).replace(b" \r\n", b"\r\n") for segment in segments]
    last = END.sub(b"", parts[-1])
    parts[-1] = last + b"\r\n" if last or len(parts) > 1 else b""
    return parts
