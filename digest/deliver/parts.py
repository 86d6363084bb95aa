"""From settings to the parts that deliver an edition: the one place that knows them all."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from digest.config.settings import DeliverSettings
from digest.deliver.dkim import SigningPress, load_signer
from digest.deliver.letter import Desk, Letter, Press
from digest.deliver.outbox import Outbox
from digest.deliver.report import Limits
from digest.deliver.splice import Splicer
from digest.deliver.transport import Transport
from digest.model import Mail, Recipient
from digest.tokens import Keyring


def open_transport(settings: DeliverSettings) -> Transport:
    """The way out that the config names. Raises DeliveryError when it cannot be used."""
    if settings.transport == "outbox":
        return Outbox(Path(settings.outbox), settings.outbox_format)
    from digest.deliver.relays import Relays

    return Relays(settings.smtp)


def limits(settings: DeliverSettings) -> Limits:
    """How fast and how patient, from the first SMTP server's settings."""
    if settings.transport == "outbox" or not settings.smtp:
        return Limits(retry=settings.retry)
    first = settings.smtp[0]
    return Limits(retry=settings.retry, rate=first.rate, domain_connections=first.domain_connections)


def presses(mails: Sequence[Mail], settings: DeliverSettings) -> dict[str, Press]:
    """What turns a person's values into bytes, by variant, signing where the config says so."""
    if settings.dkim is None:
        return {mail.variant: Splicer(mail) for mail in mails}
    signer = load_signer(settings.dkim)
    return {mail.variant: SigningPress(mail, signer) for mail in mails}


def writer(
    mails: Sequence[Mail],
    *,
    newsletter: str,
    settings: DeliverSettings,
    keys: Keyring,
    site: str,
    sender: str,
) -> Callable[[Recipient], Letter]:
    """What writes each person's letter of an edition. ``mails`` are its variants, the default first.

    ``site`` is the public site's address, ``sender`` the newsletter's From address, whose domain the
    envelope senders have unless the config names another.
    """
    domain = settings.bounce_domain or sender.rpartition("@")[2]
    return Desk(mails[0].edition, newsletter, presses(mails, settings), keys, site.rstrip("/"), domain).letter
