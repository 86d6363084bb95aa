"""DKIM keys: the public half of ours, and the one that stands in the DNS."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from digest.errors import DigestError


@dataclass(frozen=True, slots=True)
class PublicKey:
    """What receivers check a signature with."""

    kind: str  # "rsa", "ed25519"
    data: bytes  # as in p=: SubjectPublicKeyInfo for RSA, 32 bare bytes for Ed25519 (RFC 8463)
    bits: int = 0  # of an RSA key

    @property
    def record(self) -> str:
        """The TXT record to publish."""
        return f"v=DKIM1; k={self.kind}; p={base64.b64encode(self.data).decode()}"


def key_of_file(file: Path) -> PublicKey:
    """The public half of a PEM private key. Raises DigestError when it cannot be read."""
    from cryptography.exceptions import UnsupportedAlgorithm
    from cryptography.hazmat.primitives import serialization
    from cryptography.hazmat.primitives.asymmetric import ed25519, rsa

    try:
        private = serialization.load_pem_private_key(file.read_bytes(), password=None)
    except (OSError, ValueError, TypeError, UnsupportedAlgorithm) as error:
        raise DigestError(
            f"The DKIM key {file} cannot be used: {error}.", "See deliver.dkim.key_file."
        ) from error
    public = private.public_key()
    if isinstance(public, rsa.RSAPublicKey):
        encoding, form = serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
        return PublicKey("rsa", public.public_bytes(encoding, form), public.key_size)
    if isinstance(public, ed25519.Ed25519PublicKey):
        return PublicKey("ed25519", public.public_bytes_raw())
    raise DigestError(f"The DKIM key {file} is neither RSA nor Ed25519.", "openssl genrsa -out dkim.pem 2048")


def key_of_record(fields: Mapping[str, str]) -> PublicKey | None:
    """The key of a record's fields, None when it is none."""
    from cryptography.exceptions import UnsupportedAlgorithm
    from cryptography.hazmat.primitives import serialization
    from cryptography.hazmat.primitives.asymmetric import rsa

    try:
        data = base64.b64decode(fields.get("p", ""), validate=True)
        if fields.get("k", "rsa").lower() == "ed25519":
            return PublicKey("ed25519", data) if len(data) == 32 else None
        public = serialization.load_der_public_key(data)
    except (binascii.Error, ValueError, UnsupportedAlgorithm):
        return None
    return PublicKey("rsa", data, public.key_size) if isinstance(public, rsa.RSAPublicKey) else None
