"""The life of an edition: whoever wakes does what is due, in whatever process, and waking twice is harmless."""

from __future__ import annotations

import asyncio
import datetime as dt
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass

import sqlalchemy as sa

from digest.config.newsletter import Newsletter
from digest.deliver.recover import new_owner
from digest.deliver.report import Summary
from digest.errors import DigestError, StoreError
from digest.pipeline import approval
from digest.pipeline.build import Built, build
from digest.pipeline.freeze import freeze_as
from digest.pipeline.newsroom import Newsroom
from digest.pipeline.post import Post, Told, post
from digest.slots import Planned, Slot, State, Verdict, decide, owed
from digest.slots import approval as asked_by
from digest.store import alerts, audit, editions, instance
from digest.store import slots as ledger
from digest.store.deliveries import adds_up
from digest.store.slots import LostClaim

RENEW = ledger.LEASE / 3


@dataclass(frozen=True, slots=True)
class Done:
    """What became of one slot at one tick."""

    slot: Slot
    summary: Summary | None = None
    built: Built | None = None


async def tick(newsroom: Newsroom, *, stop: asyncio.Event, told: Told | None = None) -> tuple[Done, ...]:
    """Build and send every slot that is due, resume what was begun, record what was missed.

    A database that was restored or copied sends nothing until ``digest slots resume``.
    """
    now = newsroom.clock()
    waiting = note_due(newsroom, now)
    done = []
    for slot in waiting:
        if stop.is_set():
            break
        result = await attend(newsroom, slot, stop=stop, told=told)
        if result is not None:
            done.append(result)
    return tuple(done)


def note_due(newsroom: Newsroom, now: dt.datetime) -> tuple[Slot, ...]:
    """Put the slots that are due into the ledger; those somebody has to work on. None while sending is held."""
    names = {n.name: n.settings.slots.keys() for n in newsroom.newsletters.values()}
    with newsroom.store.begin() as connection:
        since = ledger.sync_schedule(connection, names, now)
        for newsletter in newsroom.newsletters.values():
            planned = owed(newsletter.name, newsletter.settings, since[newsletter.name], now)
            ledger.insert_due(connection, planned, now)
        held = instance.wake(connection, now)
        tell_of_hold(connection, held, now)
        return () if held else ledger.unfinished(connection)


def tell_of_hold(connection: sa.Connection, held: str, now: dt.datetime) -> None:
    """One alert when sending is held, one when it goes on."""
    if held:
        advice = "Look at `digest slots`, then let it send again: digest slots resume"
        alerts.trouble(connection, "store", "hold", now, message=f"Nothing is sent: {held}.", advice=advice)
    else:
        alerts.well(connection, "store", "hold", now, message="Editions are sent again.")


async def attend(
    newsroom: Newsroom,
    slot: Slot,
    *,
    stop: asyncio.Event,
    told: Told | None = None,
    send_by: Post = post,
) -> Done | None:
    """Do what one slot needs now; None when that is nothing, or somebody else does it.

    ``send_by`` sends the deliveries of a frozen edition: this process alone, or many.
    """
    newsletter = newsroom.newsletters.get(slot.key.newsletter)
    if newsletter is None:
        return None  # it left the config; its slots wait until it comes back or is cancelled
    now = newsroom.clock()
    with newsroom.store.begin() as connection:
        verdict = judge(connection, newsletter, slot, now)
        claimed = None if verdict.action == "wait" else ledger.claim(connection, slot.id, new_owner(), now)
    if claimed is None:
        if slot.state == "awaiting_approval" and slot.due <= now:
            approval.remind(newsroom, slot, now)
        return None
    if verdict.action in ("missed", "failed", "superseded"):
        return Done(give_up(newsroom, claimed, verdict.action, verdict.reason))
    with suppress(LostClaim):  # somebody else went on with it: that is what fences are for
        async with held(newsroom, claimed, stop):
            if verdict.action == "ask":
                return Done(await approval.ask(newsroom, claimed))
            if claimed.state == "awaiting_approval":
                note_unasked(newsroom, claimed, verdict.reason)
            return await tried(newsroom, claimed, stop=stop, told=told, send_by=send_by)
    return None


async def tried(
    newsroom: Newsroom, slot: Slot, *, stop: asyncio.Event, told: Told | None, send_by: Post
) -> Done:
    """Carry it out; what could not be built is due again at once, and the ledger says why. Raises what went wrong."""
    try:
        return await carry_out(newsroom, slot, stop=stop, told=told, send_by=send_by)
    except Exception as error:
        if slot.state == "claimed":
            with suppress(StoreError, ValueError):  # frozen meanwhile: what failed was the sending
                move(newsroom, slot, "due", str(error) or type(error).__name__)
        raise


def judge(connection: sa.Connection, newsletter: Newsletter, slot: Slot, now: dt.datetime) -> Verdict:
    """What to do with a slot, as the ledger and the audit log stand."""
    others = ledger.unfinished(connection, newsletter.name)
    asked = audit.last(connection, str(slot), "asked") if newsletter.settings.approval.asked else None
    begun = slot.state == "sending" and editions.begun(connection, slot)
    wish = asked_by(newsletter.settings, asked)
    return decide(slot, now, newsletter.settings.catch_up, others, wish, begun=begun)


def note_unasked(newsroom: Newsroom, slot: Slot, why: str) -> None:
    """An edition goes out although no editor said so: the log tells why."""
    with newsroom.store.begin() as connection:
        approval.log(connection, slot, newsroom.clock(), (audit.PROGRAM, "sent unasked"), why)


@asynccontextmanager
async def held(newsroom: Newsroom, slot: Slot, stop: asyncio.Event) -> AsyncIterator[None]:
    """Renew the lease of a claimed slot as long as the block runs; a lost claim stops the sending."""

    async def renew() -> None:
        while True:
            await asyncio.sleep(RENEW.total_seconds())
            try:
                await asyncio.to_thread(_renew, newsroom, slot)
            except LostClaim:
                stop.set()
                return

    keeper = asyncio.create_task(renew())
    try:
        yield
    finally:
        keeper.cancel()
        with suppress(asyncio.CancelledError):
            await keeper


def _renew(newsroom: Newsroom, slot: Slot) -> None:
    with newsroom.store.begin() as connection:
        current = ledger.get(connection, slot.id)
        if current.fence != slot.fence:
            raise LostClaim(f"Slot {slot} was claimed by {current.owner}.")
        ledger.renew(connection, current, newsroom.clock())


async def carry_out(
    newsroom: Newsroom, slot: Slot, *, stop: asyncio.Event, told: Told | None, send_by: Post = post
) -> Done:
    """Build what is not frozen, send what is, and close the slot when nobody is left to write to."""
    built = None
    if slot.state in ("claimed", "awaiting_approval"):
        slot, built = await freeze(newsroom, slot)
        if built is None:
            return Done(slot)
    if slot.state == "frozen":
        slot = move(newsroom, slot, "sending")
    return await send(newsroom, slot, built, stop=stop, told=told, send_by=send_by)


async def freeze(newsroom: Newsroom, slot: Slot) -> tuple[Slot, Built | None]:
    """Build the edition and fix it; with too few stories the slot is skipped and nothing is sent."""
    newsletter = newsroom.newsletters[slot.key.newsletter]
    now = newsroom.clock()
    wanted = Planned(slot.key, slot.due)
    built = await build(newsroom, newsletter, wanted, now=now, number=slot.number, final=True)
    least, found = newsletter.settings.min_stories, len(built.edition.items)
    if found < least:
        return give_up(newsroom, slot, "skipped", f"{found} stories, fewer than min_stories ({least})"), None
    with newsroom.store.begin() as connection:
        return freeze_as(connection, slot, built, now), built


async def send(
    newsroom: Newsroom,
    slot: Slot,
    built: Built | None,
    *,
    stop: asyncio.Event,
    told: Told | None,
    send_by: Post = post,
) -> Done:
    """Send a frozen edition, or go on sending it."""
    newsletter = newsroom.newsletters[slot.key.newsletter]
    with newsroom.store.read() as connection:
        edition = editions.of_slot(connection, slot)
    assert edition is not None  # freezing wrote both in one transaction
    try:
        summary = await send_by(newsroom, newsletter, edition, stop=stop, told=told)
    except DigestError as error:
        _alarm(newsroom, slot, error)
        raise
    if not summary.finished:
        return Done(slot, summary, built)
    with newsroom.store.begin() as connection:
        whole = adds_up(connection, edition)
    reason = "" if whole else "the finals do not add up to the audience: see `digest deliveries summary`"
    return Done(move(newsroom, slot, "done", reason), summary, built)


def move(newsroom: Newsroom, slot: Slot, state: State, reason: str = "") -> Slot:
    """One step of the slot's life, in a transaction of its own."""
    with newsroom.store.begin() as connection:
        return ledger.advance(connection, slot, state, newsroom.clock(), reason)


def give_up(newsroom: Newsroom, slot: Slot, state: State, reason: str) -> Slot:
    """Record why nothing is sent for a slot. A missed or failed one is trouble; a skipped one is not."""
    with newsroom.store.begin() as connection:
        ended = ledger.advance(connection, slot, state, newsroom.clock(), reason)
        ledger.drop_waiting(connection, slot, newsroom.clock())
        if state in ("missed", "failed"):
            message = f"{slot} {'was missed' if state == 'missed' else 'failed'}: {reason.rstrip('.')}."
            advice = f"Send it by hand if it still matters: digest slots run {slot.key.newsletter}"
            alerts.trouble(connection, "slot", str(slot), newsroom.clock(), message=message, advice=advice)
            name, now = slot.key.newsletter, newsroom.clock()
            audit.note(connection, now, audit.PROGRAM, state, newsletter=name, slot=str(slot), detail=reason)
    return ended


def _alarm(newsroom: Newsroom, slot: Slot, error: DigestError) -> None:
    with newsroom.store.begin() as connection:
        alerts.trouble(
            connection,
            "delivery",
            str(slot),
            newsroom.clock(),
            message=f"{slot} cannot be sent: {error.message}",
            advice=error.advice,
        )
