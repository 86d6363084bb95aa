"""Editors approve: an edition is composed ahead of its slot, told to them, and frozen exactly as they saw it."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Iterator

import sqlalchemy as sa

from digest.checks import Draft, Finding, preflight
from digest.config.newsletter import Newsletter
from digest.deliver.recover import new_owner
from digest.errors import DigestError, UsageError
from digest.pipeline.build import Built, build
from digest.pipeline.export import specimen
from digest.pipeline.freeze import freeze_as
from digest.pipeline.newsroom import Newsroom
from digest.pipeline.note import Note, send_note
from digest.slots import OPEN, Planned, Slot, zone
from digest.store import alerts, audit, editions
from digest.store import slots as ledger

HERE = "http://127.0.0.1:8400"
LISTED = 12  # findings in the editors' mail


async def ask(newsroom: Newsroom, slot: Slot) -> Slot:
    """Compose the edition of a claimed slot and ask the editors; what cannot be mailed is tried at the next tick."""
    newsletter = newsroom.newsletters[slot.key.newsletter]
    now = newsroom.clock()
    built = await build(newsroom, newsletter, Planned(slot.key, slot.due), now=now, number=slot.number)
    if slot.state == "claimed":
        with newsroom.store.begin() as connection:
            slot = ledger.advance(connection, slot, "built", now)
            log(connection, slot, now, (audit.PROGRAM, "composed"), f"{len(built.edition.items)} stories")
    told = await _tell(newsroom, newsletter, slot, built)
    with newsroom.store.begin() as connection:
        if told:
            people = ", ".join(newsroom.config.desk.editors) or "nobody: desk.editors is empty"
            log(connection, slot, now, (audit.PROGRAM, "asked"), people)
        if slot.state == "built":
            return ledger.advance(connection, slot, "awaiting_approval", now, "waiting for approval")
        return ledger.release(connection, slot)


async def _tell(newsroom: Newsroom, newsletter: Newsletter, slot: Slot, built: Built) -> bool:
    """Write to the editors; False, with an alert, when that failed."""
    try:
        for address in newsroom.config.desk.editors:
            await send_note(newsroom, letter(newsroom, newsletter, slot, built, address))
    except (OSError, DigestError) as error:
        with newsroom.store.begin() as connection:
            message = f"The editors could not be asked to approve {slot}: {error}"
            advice = f"It is tried again. Approve it at the desk: {desk_url(newsroom, newsletter.name)}"
            alerts.trouble(
                connection, "slot", f"{slot} editors", newsroom.clock(), message=message, advice=advice
            )
        return False
    return True


def letter(newsroom: Newsroom, newsletter: Newsletter, slot: Slot, built: Built, address: str) -> Note:
    """What an editor is told: when it goes out, what happens without a word, what the preflight found, and where."""
    settings = newsletter.settings
    local = slot.due.astimezone(zone(settings.timezone))
    edition = built.edition
    lines = [
        f"{slot.key.name.capitalize()} edition of {settings.title}, {local:%A} {local.day} {local:%B %Y}.",
        f"It goes out at {local:%H:%M} ({settings.timezone}). {without_a_word(newsroom, newsletter, slot)}",
        f"Look at it, change it, approve it: {desk_url(newsroom, newsletter.name)}",
        f"Subject: {built.mail.subject}",
        f"{len(edition.items)} stories from {edition.papers} papers:\n"
        + "\n".join(f"  {item.headline} ({item.paper})" for item in edition.items),
        "\n".join(_report(newsroom, newsletter, built)),
    ]
    subject = f"To approve: {settings.title}, {slot.key.name} edition, {local:%H:%M}"
    return Note(address, subject, "\n\n".join(lines) + "\n", settings.sender, settings.title)


def without_a_word(newsroom: Newsroom, newsletter: Newsletter, slot: Slot) -> str:
    """What happens when nobody approves."""
    settings = newsletter.settings
    tz = zone(settings.timezone)
    after = settings.approval.auto_after
    if after is not None:
        then = max(slot.due, newsroom.clock() + after).astimezone(tz)
        return f"Without a word from you it goes out at {then:%H:%M}."
    if slot.number:
        return "Without an approval it is held."
    until = (slot.due + settings.catch_up).astimezone(tz)
    return f"Without an approval it is held until {until:%H:%M}, then it is missed."


def _report(newsroom: Newsroom, newsletter: Newsletter, built: Built) -> Iterator[str]:
    found = [f for f in findings(newsroom, newsletter, built) if f.level != "note"]
    counts = Counter(f.level for f in found)
    yield "Preflight: " + (", ".join(f"{n} {level}s" for level, n in counts.items()) or "all clear")
    titles = {item.entry: item.headline for item in built.edition.items}
    for finding in found[:LISTED]:
        story = f"{titles[finding.entry]}: " if finding.entry in titles else ""
        yield f"  {finding.level}: {story}{finding.message}"
    if len(found) > LISTED:
        yield f"  and {len(found) - LISTED} more at the desk"


def findings(newsroom: Newsroom, newsletter: Newsletter, built: Built) -> tuple[Finding, ...]:
    """What the preflight says of the edition."""
    copy = specimen(newsroom, newsletter, built)
    return preflight(Draft(built.edition, newsletter, built.mail, copy.html, copy.text, copy.headers))


def desk_url(newsroom: Newsroom, newsletter: str) -> str:
    """Where editors find the edition."""
    return f"{newsroom.config.desk.url or HERE}/desk/{newsletter}"


# --- what an editor decides ---------------------------------------------------------------------------


def approve(newsroom: Newsroom, planned: Planned, number: int, built: Built, who: str) -> Slot:
    """Freeze what an editor saw, byte for byte; it goes out when it is due. Raises UsageError when it cannot be."""
    newsletter, now = newsroom.newsletters[planned.key.newsletter], newsroom.clock()
    least, count = newsletter.settings.min_stories, len(built.edition.items)
    if count < least:
        raise UsageError(f"It has {count} stories, fewer than min_stories ({least}).", "Add or pin some.")
    with newsroom.store.begin() as connection:
        if not number:
            ledger.insert_due(connection, [planned], now)
        slot = ledger.find(connection, planned.key, number)
        if slot is None or slot.state not in OPEN:
            state = slot.state.replace("_", " ") if slot else "not in the ledger"
            raise UsageError(f"The edition is {state}.", "It cannot be approved any more.")
        claimed = ledger.claim(connection, slot.id, new_owner(), now)
        if claimed is None:
            raise UsageError("The edition is being made at this moment.", "Try again in a few seconds.")
        frozen = freeze_as(connection, claimed, built, now)
        log(connection, frozen, now, (who, "approved"), f"{count} stories: {built.mail.subject}")
        return ledger.release(connection, frozen)


def take_back(newsroom: Newsroom, slot: Slot, who: str) -> Slot:
    """Open an approved edition again, as long as nobody has begun to send it. Raises UsageError."""
    now = newsroom.clock()
    with newsroom.store.begin() as connection:
        if slot.state != "frozen" or slot.due <= now or not editions.thaw(connection, slot):
            raise UsageError("It is going out already.", "Pause or cancel it, or correct it afterwards.")
        opened = ledger.interrupt(connection, slot, "awaiting_approval", now, "waiting for approval")
        log(connection, opened, now, (who, "taken back"))
        if audit.last(connection, str(slot), "asked") is None:
            log(connection, opened, now, (audit.PROGRAM, "asked"), f"{who} has it open")
    return opened


def pause(newsroom: Newsroom, slot: Slot, who: str) -> Slot:
    """Stop sending; messages in flight finish. Raises UsageError."""
    return _by_hand(newsroom, slot, who, "sending", "paused")


def resume(newsroom: Newsroom, slot: Slot, who: str) -> Slot:
    """Go on sending. Raises UsageError."""
    return _by_hand(newsroom, slot, who, "paused", "resumed")


def _by_hand(newsroom: Newsroom, slot: Slot, who: str, state: str, what: audit.What) -> Slot:
    now = newsroom.clock()
    if slot.state != state:
        raise UsageError(f"The edition is {slot.state.replace('_', ' ')}, not {state}.")
    with newsroom.store.begin() as connection:
        if what == "paused":
            moved = ledger.interrupt(connection, slot, "paused", now, f"paused by {who}")
        else:
            moved = ledger.resume(connection, slot, now)
        log(connection, moved, now, (who, what))
    return moved


def cancel(newsroom: Newsroom, slot: Slot, who: str) -> int:
    """Never send the edition, or what is left of it; how many messages nobody gets. It cannot be undone."""
    now = newsroom.clock()
    with newsroom.store.begin() as connection:
        unsent = ledger.cancel(connection, slot, now, f"cancelled by {who}")
        log(connection, slot, now, (who, "cancelled"), f"{unsent} messages were not sent")
    return unsent


def remind(newsroom: Newsroom, slot: Slot, now: dt.datetime) -> None:
    """One alert when an edition that should be out waits for its approval."""
    newsletter = newsroom.newsletters[slot.key.newsletter]
    with newsroom.store.begin() as connection:
        message = f"{slot} is held: nobody has approved it. {without_a_word(newsroom, newsletter, slot)}"
        advice = f"Approve it at the desk: {desk_url(newsroom, newsletter.name)}"
        alerts.trouble(connection, "slot", f"{slot} approval", now, message=message, advice=advice)


def log(
    connection: sa.Connection, slot: Slot, now: dt.datetime, done: tuple[str, audit.What], detail: str = ""
) -> None:
    """Note in the audit log what somebody (the first of ``done``) did to a slot's edition."""
    who, what = done
    audit.note(connection, now, who, what, newsletter=slot.key.newsletter, slot=str(slot), detail=detail)
