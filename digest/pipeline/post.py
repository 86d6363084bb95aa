"""From a frozen edition to its deliveries: whoever calls this again resumes, nobody is written to twice."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence

from digest.config.newsletter import Newsletter
from digest.config.settings import DkimSettings
from digest.deliver.journal import Journal
from digest.deliver.letter import Desk
from digest.deliver.outbox import Outbox
from digest.deliver.pace import DomainPace, Meter
from digest.deliver.press import presses
from digest.deliver.recover import new_owner, recover
from digest.deliver.report import Limits, Progress, Summary
from digest.deliver.sending import deliver
from digest.deliver.transport import Transport
from digest.errors import DeliveryError
from digest.model import Mail
from digest.pipeline.newsroom import Newsroom
from digest.store import editions
from digest.store.audience import fix_audience
from digest.store.deliveries import SqlLedger
from digest.store.meter import SqlMeter
from digest.store.suppress import BouncePolicy

Told = Callable[[Progress], None]
Post = Callable[..., Awaitable[Summary]]  # as ``post``


async def post(
    newsroom: Newsroom,
    newsletter: Newsletter,
    edition: str,
    *,
    stop: asyncio.Event,
    told: Told | None = None,
) -> Summary:
    """Fix the audience if that is not done yet, and send what is ready. The slot must be ``sending``."""
    transport = transport_of(newsroom)
    settings = newsroom.config.deliver
    ledger = SqlLedger(newsroom.store, settings.uncertain, bounce_policy(newsroom))
    folder = newsroom.path(settings.journal)
    now = newsroom.clock()
    await asyncio.to_thread(recover, folder, ledger, now)
    await asyncio.to_thread(fix_audience, newsroom.store, edition, now)
    desk, owner = letters(newsroom, newsletter, edition), new_owner()
    with newsroom.stage("deliver"), Journal(folder, owner) as journal:
        return await deliver(
            edition,
            desk.letter,
            ledger=ledger,
            transport=transport,
            journal=journal,
            now=newsroom.clock,
            stop=stop,
            limits=limits(newsroom),
            progress=told,
            meter=meter_of(newsroom, owner),
        )


def meter_of(newsroom: Newsroom, owner: str) -> Meter:
    """What keeps rates and limits with whoever else sends now: other editions here, other processes elsewhere."""
    if newsroom.store.dialect == "postgresql":
        return SqlMeter(newsroom.store, owner)
    return newsroom.book.meter(owner)


def bounce_policy(newsroom: Newsroom) -> BouncePolicy:
    """When a full mailbox counts as dead, as configured."""
    settings = newsroom.config.deliver
    return BouncePolicy(settings.soft_bounces, settings.soft_bounce_window)


def letters(newsroom: Newsroom, newsletter: Newsletter, edition: str) -> Desk:
    """What writes each subscriber's copy of a frozen edition."""
    with newsroom.store.read() as connection:
        mails = editions.load_mails(connection, edition)
    return desk_of(newsroom, newsletter, edition, mails)


def desk_of(newsroom: Newsroom, newsletter: Newsletter, edition: str, mails: Sequence[Mail]) -> Desk:
    """What writes each subscriber's copy of an edition, signed where the config says so."""
    return Desk(
        edition=edition,
        newsletter=newsletter.name,
        presses=presses(mails, dkim_of(newsroom)),
        keys=newsroom.keys,
        site=newsroom.config.site.url,
        domain=envelope_domain(newsroom, newsletter),
    )


def dkim_of(newsroom: Newsroom) -> DkimSettings | None:
    """How we sign, None when the relay does."""
    dkim = newsroom.config.deliver.dkim
    return dkim.model_copy(update={"key_file": str(newsroom.path(dkim.key_file))}) if dkim else None


def envelope_domain(newsroom: Newsroom, newsletter: Newsletter) -> str:
    """The domain of envelope senders and of Message-IDs."""
    return newsroom.config.deliver.bounce_domain or newsletter.settings.sender.address.rpartition("@")[2]


def transport_of(newsroom: Newsroom) -> Transport:
    """The configured way out. Raises DeliveryError when subscribers would have no way out of theirs."""
    settings = newsroom.config.deliver
    if settings.transport == "outbox":
        return Outbox(newsroom.path(settings.outbox), settings.outbox_format)
    if not newsroom.config.site.url:
        raise DeliveryError(
            "Nothing is sent to readers without a working unsubscribe link.",
            "Set site.url to the public site's address and run `digest serve` there.",
        )
    from digest.deliver.relays import Relays

    return Relays(settings.smtp)


def limits(newsroom: Newsroom) -> Limits:
    """The sending loop's limits, as configured."""
    settings = newsroom.config.deliver
    rates = [server.rate for server in settings.smtp if server.rate]
    domains = [server.domain_connections for server in settings.smtp]
    return Limits(
        retry=settings.retry,
        rate=sum(rates) if rates else None,
        domain_connections=min(domains, default=20),
        domains={name.lower(): DomainPace(d.connections, d.rate) for name, d in settings.domains.items()},
    )
