"""What the DNS says of a sender, against what receivers ask for; each finding with what to publish."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from digest.doctor.keys import PublicKey, key_of_record
from digest.doctor.lookup import Lookup
from digest.doctor.spf import Spf, records

Level = Literal["fine", "note", "warning", "error"]


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that is well or not, and what to do about it."""

    level: Level
    check: str
    message: str
    advice: str = ""


@dataclass(frozen=True, slots=True)
class Sender:
    """Whose mail it is, and how it leaves."""

    domain: str  # of the From address
    envelope: str  # of the return path: what SPF is asked about, where bounces come back to
    addresses: tuple[str, ...] = ()  # what the receiving servers see
    guessed: bool = False  # the addresses are the relay's as we know it, perhaps not the ones it sends from
    dkim_domain: str = ""
    selector: str = ""
    key: PublicKey | None = None  # ours, when we sign; None when the relay does


def examine(sender: Sender, lookup: Lookup) -> list[Finding]:
    """Everything receivers look at. Raises NoAnswerError when the DNS is silent."""
    return [
        *spf(sender, lookup),
        *dkim(sender, lookup),
        *dmarc(sender, lookup),
        *pointers(sender, lookup),
        *exchangers(sender, lookup),
    ]


# --- SPF: may this address send for the return path's domain?


def spf(sender: Sender, lookup: Lookup) -> Iterator[Finding]:
    """The record, its limits, and whether it allows our addresses."""
    domain = sender.envelope
    survey = Spf(lookup)
    result, reason = survey.check(domain)
    if result == "none":
        own = " ".join(f"ip{6 if ':' in a else 4}:{a}" for a in sender.addresses) or "include:YOUR-RELAY"
        yield Finding("error", "SPF", f"{domain} has no SPF record.", f'{domain}. TXT "v=spf1 {own} -all"')
        return
    if result == "permerror":
        yield Finding("error", "SPF", f"The record cannot be used: {reason}.", "Receivers count it as none.")
        return
    yield from _closes(result, records(lookup, domain)[0])
    for address in sender.addresses:
        yield _allowed(sender, address, lookup)
    if not aligned(domain, sender.domain, lookup):
        yield Finding(
            "note",
            "SPF",
            f"Bounces go to {domain}, letters are from {sender.domain}: for DMARC only DKIM counts.",
            f"Set deliver.bounce_domain to a name under {sender.domain} to have both.",
        )


def _closes(result: str, record: str) -> Iterator[Finding]:
    """What becomes of everybody else's mail."""
    if result == "pass":
        yield Finding("error", "SPF", f"Everybody may send: {record}", "End it with -all.")
    elif result == "neutral":
        yield Finding("warning", "SPF", f"It refuses nobody: {record}", "End it with -all, or ~all to try.")
    else:
        yield Finding("fine", "SPF", record)


def _allowed(sender: Sender, address: str, lookup: Lookup) -> Finding:
    result, reason = Spf(lookup, address).check(sender.envelope)
    if result == "pass":
        return Finding("fine", "SPF", f"{address} may send for {sender.envelope}.")
    if sender.guessed:
        return Finding(
            "warning",
            "SPF",
            f"{address}, the relay as we know it, may not send for {sender.envelope} ({result}).",
            "Relays often send from other addresses: ask for theirs and name them with --ip.",
        )
    term = f"ip{6 if ':' in address else 4}:{address}"
    return Finding(
        "error",
        "SPF",
        f"{address} may not send for {sender.envelope}: {reason or result}.",
        f"Add {term} to the record, before its all.",
    )


# --- DKIM: can the signature be checked?


def dkim(sender: Sender, lookup: Lookup) -> Iterator[Finding]:
    """The key under the selector, and whether it is ours."""
    if not sender.selector:
        yield Finding(
            "note",
            "DKIM",
            "The relay signs, if anybody does: its selector is not known here.",
            "Look at the DKIM-Signature of a letter that arrived, and ask again with --selector NAME.",
        )
        return
    name = f"{sender.selector}._domainkey.{sender.dkim_domain}"
    found = [text for text in lookup.texts(name) if "p=" in text]
    wanted = f'{name}. TXT "{sender.key.record}"' if sender.key else ""
    if not found:
        yield Finding("error", "DKIM", f"There is no key at {name}.", wanted)
    elif len(found) > 1:
        yield Finding("error", "DKIM", f"There are {len(found)} keys at {name}.", "Leave one.")
    else:
        yield from _key(sender, name, found[0], wanted)
    if not aligned(sender.dkim_domain, sender.domain, lookup):
        yield Finding(
            "error",
            "DKIM",
            f"The signature is by {sender.dkim_domain}, letters are from {sender.domain}: it does not count.",
            f"Sign with domain: {sender.domain}.",
        )


def _key(sender: Sender, name: str, record: str, wanted: str) -> Iterator[Finding]:
    """One record."""
    fields = tags(record)
    if not fields.get("p"):
        yield Finding("error", "DKIM", f"The key at {name} is revoked (p= is empty).", wanted)
        return
    published = key_of_record(fields)
    if published is None:
        yield Finding("error", "DKIM", f"The key at {name} cannot be read.", wanted)
        return
    if sender.key and sender.key.data != published.data:
        yield Finding("error", "DKIM", f"The key at {name} is not the one we sign with.", wanted)
        return
    if published.bits and published.bits < 1024:
        yield Finding("error", "DKIM", f"RSA with {published.bits} bits is refused.", "2048 bits are usual.")
    elif published.bits and published.bits < 2048:
        yield Finding("warning", "DKIM", f"RSA with {published.bits} bits is weak.", "2048 bits are usual.")
    else:
        kind = f"RSA, {published.bits} bits" if published.bits else "Ed25519"
        yield Finding("fine", "DKIM", f"{name}: {kind}{', the one we sign with' if sender.key else ''}.")
    if "y" in fields.get("t", "").split(":"):
        yield Finding("warning", "DKIM", "t=y says that it is only a test.", "Take it out.")
    if "sha256" not in fields.get("h", "sha256").split(":"):
        yield Finding("error", "DKIM", "h= forbids SHA-256, which we sign with.", "Take it out.")


# --- DMARC: what shall receivers do when neither holds?


def dmarc(sender: Sender, lookup: Lookup) -> Iterator[Finding]:
    """The policy of the From domain, or of a domain above it."""
    at, found = policy_of(sender.domain, lookup)
    suggested = f'_dmarc.{sender.domain}. TXT "v=DMARC1; p=none; rua=mailto:postmaster@{sender.domain}"'
    if not found:
        said = f"{sender.domain} has no DMARC policy; Gmail, Yahoo and Outlook want one of bulk senders."
        yield Finding("error", "DMARC", said, suggested)
        return
    if len(found) > 1:
        yield Finding("error", "DMARC", f"There are {len(found)} policies at _dmarc.{at}.", "Leave one.")
        return
    fields = tags(found[0])
    policy = fields.get("sp", fields.get("p", "")) if at != sender.domain else fields.get("p", "")
    if policy.lower() not in {"none", "quarantine", "reject"}:
        yield Finding("error", "DMARC", f"Its policy is not understood: {found[0]}", suggested)
        return
    yield Finding("fine", "DMARC", f"_dmarc.{at}: {found[0]}")
    if policy.lower() == "none":
        yield Finding(
            "note",
            "DMARC",
            "p=none only watches.",
            "When the reports are clean: p=quarantine, then p=reject.",
        )
    if "rua" not in fields:
        yield Finding("warning", "DMARC", "Nobody reports what they see.", "Add rua=mailto:ADDRESS.")
    if fields.get("adkim") == "s" and sender.selector and sender.dkim_domain != sender.domain:
        yield Finding("warning", "DMARC", f"adkim=s wants a signature by {sender.domain} itself.")
    if fields.get("aspf") == "s" and sender.envelope != sender.domain:
        yield Finding("note", "DMARC", f"aspf=s wants a return path of {sender.domain} itself.")


def policy_of(domain: str, lookup: Lookup) -> tuple[str, list[str]]:
    """The DMARC records that hold for a domain and where they stand; receivers look upwards too."""
    labels = domain.split(".")
    for start in range(max(1, len(labels) - 1)):
        at = ".".join(labels[start:])
        found = [t for t in lookup.texts(f"_dmarc.{at}") if t.replace(" ", "").lower().startswith("v=dmarc1")]
        if found:
            return at, found
    return domain, []


# --- the machines


def pointers(sender: Sender, lookup: Lookup) -> Iterator[Finding]:
    """Whether each address has a name that leads back to it; Gmail refuses those that have none."""
    if not sender.addresses:
        yield Finding(
            "note",
            "PTR",
            "The address letters leave from is not known here.",
            "Name it with --ip ADDRESS to have SPF and its reverse name checked.",
        )
    for address in sender.addresses:
        level: Level = "warning" if sender.guessed else "error"
        names = lookup.names(address)
        good = [name for name in names if address in _plain(lookup.addresses(name))]
        if good:
            yield Finding("fine", "PTR", f"{address} is {good[0]}, which leads back to it.")
        elif names:
            said = f"{address} is called {names[0]}, which does not lead back to it."
            yield Finding(level, "PTR", said, f"{names[0]}. {'AAAA' if ':' in address else 'A'} {address}")
        else:
            said = f"{address} has no name (PTR)."
            yield Finding(level, "PTR", said, "Whoever gave you the address can set one.")


def _plain(addresses: Sequence[str]) -> list[str]:
    return [str(ipaddress.ip_address(address)) for address in addresses]


def exchangers(sender: Sender, lookup: Lookup) -> Iterator[Finding]:
    """Whether bounces and answers can come back."""
    for domain, what in dict.fromkeys(
        ((sender.envelope, "Bounces"), (sender.domain, "Answers"))
        if sender.envelope != sender.domain
        else ((sender.domain, "Bounces and answers"),)
    ):
        hosts = lookup.exchangers(domain)
        if [host for host in hosts if host]:
            yield Finding("fine", "MX", f"{what} to {domain} go to {hosts[0]}.")
        elif hosts or not lookup.addresses(domain):
            said = f"{what} to {domain} cannot be delivered: it has no mail server."
            yield Finding("error", "MX", said, f"{domain}. MX 10 YOUR-MAIL-SERVER.")
        else:
            yield Finding("note", "MX", f"{what} to {domain} go to its own address: it has no MX record.")


# --- small things


def tags(record: str) -> dict[str, str]:
    """``v=DKIM1; p=abc`` as names and values; spaces that a record was broken at are taken out of the key."""
    pairs = (part.partition("=") for part in record.split(";"))
    found = {name.strip().lower(): value.strip() for name, _, value in pairs if name.strip()}
    if "p" in found:
        found["p"] = "".join(found["p"].split())
    return found


def aligned(one: str, other: str, lookup: Lookup) -> bool:
    """Relaxed alignment: one is under the other, or both are under one DMARC policy."""
    under = one == other or one.endswith(f".{other}") or other.endswith(f".{one}")
    return under or organisation(one, lookup) == organisation(other, lookup)


def organisation(domain: str, lookup: Lookup) -> str:
    """The topmost domain at or above ``domain`` with a DMARC policy: a tree walk, no list of public suffixes."""
    at, found = policy_of(domain, lookup)
    above = at.partition(".")[2]
    if not found:
        return domain
    return organisation(above, lookup) if "." in above and policy_of(above, lookup)[1] else at
