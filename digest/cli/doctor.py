"""`digest doctor`: whether mail has what it needs to arrive."""

from __future__ import annotations

import dataclasses
import ipaddress
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from digest.cli.common import STYLE, Cli, Json, Table, cli
from digest.errors import DigestError, UsageError

if TYPE_CHECKING:
    from digest.config.newsletter import Newsletter
    from digest.doctor.examine import Finding, Sender
    from digest.doctor.lookup import Lookup

app = typer.Typer(**STYLE)


@app.command()
def doctor(
    ctx: typer.Context,
    newsletter: Annotated[
        str | None, typer.Argument(help="Whose sender; may be left out when there is one.")
    ] = None,
    dns: Annotated[
        bool, typer.Option("--dns", help="Look up SPF, DKIM, DMARC, PTR and MX of the sender as well.")
    ] = False,
    ip: Annotated[
        list[str] | None, typer.Option("--ip", help="An address letters leave from; may be repeated.")
    ] = None,
    selector: Annotated[str, typer.Option(help="The DKIM selector of a relay that signs for us.")] = "",
    resolver: Annotated[
        str, typer.Option(help="The name server to ask, HOST or HOST:PORT. Else the machine's own.")
    ] = "",
    json: Json = False,
) -> None:
    """Check what mail needs to arrive, and say what to publish. Exit code 1 when something must be mended."""
    from digest.doctor.examine import examine
    from digest.doctor.lookup import Dns

    state = cli(ctx)
    chosen = state.newsletter(newsletter)
    found = list(at_home(state, chosen))
    if dns:
        lookup = Dns(resolver)
        found += examine(sender(state, chosen, lookup, addresses(ip or []), selector), lookup)
    rows = [
        (f.level, f.check, " ".join([f.message, *([f"→ {f.advice}"] if f.advice else [])])) for f in found
    ]
    state.show(
        Table(("level", "check", "finding"), rows), json=json, data=[dataclasses.asdict(f) for f in found]
    )
    if not dns and not json:
        state.note("The sender's records are looked up with --dns.")
    if any(f.level == "error" for f in found):
        raise typer.Exit(1)


def addresses(given: list[str]) -> tuple[str, ...]:
    """The --ip options. Raises UsageError for one that is none."""
    try:
        return tuple(str(ipaddress.ip_address(address)) for address in given)
    except ValueError as error:
        raise UsageError(f"{error}.", "As in --ip 192.0.2.25") from error


def at_home(state: Cli, newsletter: Newsletter) -> Iterator[Finding]:
    """What can be seen without asking anybody."""
    from digest.doctor.examine import Finding
    from digest.doctor.keys import key_of_file
    from digest.tokens import load_key

    config = state.config
    try:
        load_key(Path(config.site.secret_file))
        yield Finding("fine", "links", "The key that signs links is there, and its owner's alone.")
    except DigestError as error:
        yield Finding("error", "links", error.message, error.advice or str(error))
    if not config.site.url.startswith("https:"):
        said = "One-click unsubscribing needs site.url with https."
        yield Finding("warning" if config.deliver.transport == "outbox" else "error", "links", said)
    if config.deliver.transport == "outbox":
        yield Finding("note", "relay", "Nothing leaves this machine yet: deliver.transport is outbox.")
    if not newsletter.settings.postal_address:
        yield Finding("warning", "footer", "There is no postal address; law in many places asks for one.")
    if config.deliver.dkim is not None:
        try:
            key = key_of_file(Path(config.deliver.dkim.key_file))
            yield Finding("fine", "DKIM", f"The key we sign with can be used ({key.kind}).")
        except DigestError as error:
            yield Finding("error", "DKIM", error.message, error.advice)


def sender(
    state: Cli, newsletter: Newsletter, lookup: Lookup, given: tuple[str, ...], selector: str
) -> Sender:
    """The newsletter's sender, as the receiving servers see it."""
    from digest.addresses import mailbox
    from digest.doctor.examine import Sender
    from digest.doctor.keys import key_of_file

    deliver = state.config.deliver
    domain = mailbox(newsletter.settings.sender.address)[1]
    envelope = deliver.bounce_domain or domain
    known = given or relay_addresses(state, lookup)
    if deliver.dkim is None:
        return Sender(domain, envelope, known, not given, domain if selector else "", selector)
    key = key_of_file(Path(deliver.dkim.key_file))
    return Sender(domain, envelope, known, not given, deliver.dkim.domain, deliver.dkim.selector, key)


def relay_addresses(state: Cli, lookup: Lookup) -> tuple[str, ...]:
    """The public addresses of the configured relays: what we know of where letters leave from."""
    found: list[str] = []
    for server in state.config.deliver.smtp:
        try:
            hosts = [str(ipaddress.ip_address(server.host))]
        except ValueError:
            hosts = [] if server.host == "localhost" else lookup.addresses(server.host)
        found += [address for address in hosts if ipaddress.ip_address(address).is_global]
    return tuple(dict.fromkeys(found))
