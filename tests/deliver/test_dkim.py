"""DKIM: another implementation agrees with every signature, and with none once a signed thing is changed."""

from __future__ import annotations

import base64
import email
import email.policy
import re
from pathlib import Path

import dkim
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ed25519, rsa
from office import MAIL

from digest.config.settings import DkimSettings
from digest.deliver.dkim import SigningPress, canonical_body, load_signer
from digest.deliver.splice import Splicer, Values
from digest.errors import DeliveryError
from digest.model import Mail

VALUES: Values = {
    "to": "Ada Lovelace <ada@a.example>",
    "message_id": "1.2@evening.example",
    "unsubscribe_url": "https://news.example/u/abc=def",
    "unsubscribe_mailto": "mailto:unsubscribe@evening.example?subject=x",
    "preferences_url": "https://news.example/p/abc",
}
QUOTED = Mail(
    edition="e",
    variant="en",
    subject="",
    preheader="",
    html="",
    text="",
    segments=(
        b"From:  The   Evening\r\n\t<news@evening.example>\r\nTo: ",
        b"\r\nSubject: long\r\n  subject \r\nDate: Fri, 02 Jan 2026 06:30:00 +0000\r\nList-Unsubscribe: <",
        b">\r\nList-Unsubscribe-Post: List-Unsubscribe=One-Click\r\n\r\n  two  spaces \t and\ttabs  \r\n.dot\r\n=\r\n",
        b"=\r\n \r\n text \r\n",
        b"\r\n\r\n \r\n\r\n",
    ),
    tokens=("to", "unsubscribe_url", "unsubscribe_url", "preferences_url"),
    quoted=(False, False, True, True),
)


@pytest.fixture(scope="module", params=["rsa", "ed25519"])
def key(request, tmp_path_factory):
    """A key file with the DNS record that goes with it."""
    private = (
        rsa.generate_private_key(65537, 2048)
        if request.param == "rsa"
        else ed25519.Ed25519PrivateKey.generate()
    )
    file = tmp_path_factory.mktemp("dkim") / "key.pem"
    pem, none = serialization.Encoding.PEM, serialization.NoEncryption()
    file.write_bytes(private.private_bytes(pem, serialization.PrivateFormat.PKCS8, none))
    if request.param == "rsa":
        form = serialization.PublicFormat.SubjectPublicKeyInfo
        public = private.public_key().public_bytes(serialization.Encoding.DER, form)
    else:
        public = private.public_key().public_bytes_raw()
    return file, f"v=DKIM1; k={request.param}; p={base64.b64encode(public).decode()}".encode()


def press(key, mail: Mail) -> SigningPress:
    return SigningPress(
        mail, load_signer(DkimSettings(domain="evening.example", selector="s1", key_file=str(key[0])))
    )


def holds(key, message: bytes) -> bool:
    asked = []

    def dns(name, timeout=5):
        asked.append(name)
        return key[1]

    try:
        good = dkim.DKIM(message).verify(dnsfunc=dns)
    except dkim.ValidationError:  # the hash of the body, checked first
        return False
    assert set(asked) <= {b"s1._domainkey.evening.example."}
    return good


@pytest.mark.parametrize("mail", [MAIL, QUOTED], ids=["plain", "quoted"])
def test_dkimpy_verifies_every_persons_message(key, mail: Mail) -> None:
    signing = press(key, mail)
    for name in ("ada", "ben"):
        assert holds(key, signing.message({**VALUES, "to": f"{name}@a.example"}))


def test_empty_values_and_values_with_spaces_are_signed_too(key) -> None:
    assert holds(
        key, press(key, QUOTED).message({**VALUES, "preferences_url": "", "unsubscribe_url": "a  b "})
    )


def test_on_the_wire_it_is_the_same_message(key) -> None:
    signing = press(key, QUOTED)
    wire = signing.wire(VALUES)
    assert re.sub(rb"(?m)^\.", b"", wire.removesuffix(b".\r\n")) == signing.message(VALUES)
    assert b"\r\n..dot" in wire


def test_the_signature_covers_both_unsubscribe_headers_and_is_the_same_every_time(key) -> None:
    signing = press(key, MAIL)
    message = signing.message(VALUES)
    signature = email.message_from_bytes(message, policy=email.policy.default)["DKIM-Signature"]
    assert {"List-Unsubscribe", "List-Unsubscribe-Post"} <= set(
        re.search(r"h=([^;]*);", signature)[1].split(":")
    )
    assert signing.message(VALUES) == message
    assert message.endswith(Splicer(MAIL).message(VALUES))


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (b"/u/abc", b"/u/abd"),
        (b"=One-Click", b"=Two-Click"),
        (b"Subject: Hello", b"Subject: Hullo"),
        (b"Subject: Hello", b"Subject: Hello\r\nSubject: Second"),
        (b"\r\nOut: ", b"\r\nIn: "),
    ],
)
def test_a_changed_message_does_not_verify(key, old: bytes, new: bytes) -> None:
    message = press(key, MAIL).message(VALUES)
    assert old in message
    assert not holds(key, message.replace(old, new, 1))


def test_lines_stay_short(key) -> None:
    assert max(map(len, press(key, MAIL).message(VALUES).split(b"\r\n"))) < 200


@pytest.mark.parametrize(
    "content", [None, b"nonsense", b"-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n"]
)
def test_a_key_that_cannot_be_used_says_what_to_do(tmp_path: Path, content: bytes | None) -> None:
    file = tmp_path / "key.pem"
    if content:
        file.write_bytes(content)
    with pytest.raises(DeliveryError, match="openssl genrsa"):
        load_signer(DkimSettings(domain="a.example", selector="s", key_file=str(file)))


@pytest.mark.parametrize(
    ("body", "canonical"),
    [
        (b"", b""),
        (b"\r\n\r\n", b""),
        (b" C \r\nD \t E\r\n\r\n\r\n", b" C\r\nD E\r\n"),  # the example of RFC 6376 section 3.4.5
        (b"no end", b"no end\r\n"),
    ],
)
def test_the_canonical_body_is_that_of_the_standard(body: bytes, canonical: bytes) -> None:
    assert canonical_body([body]) == [canonical]
