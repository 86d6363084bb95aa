"""Mending an edition that is out: on its page, in a note of the next one, and by mail when asked."""

from __future__ import annotations

import dataclasses
import datetime as dt
import json
from dataclasses import dataclass, field

import sqlalchemy as sa

from digest.compose.decisions import FIELDS
from digest.compose.mend import mended
from digest.deliver.recover import new_owner
from digest.errors import StoreError, UsageError
from digest.model import Correction, Edition, Item
from digest.pipeline.newsroom import Newsroom
from digest.render import render
from digest.slots import Slot
from digest.store import audit, corrections, editions
from digest.store import slots as ledger
from digest.text import clean, clean_paragraphs

OUT = ("sending", "paused", "done")


@dataclass(frozen=True, slots=True)
class Wish:
    """What somebody wants mended in one story."""

    entry: str  # Item.entry
    words: dict[str, str] = field(default_factory=dict)  # kicker, headline, standfirst, caption, credit, alt
    note: str = ""  # what readers are told
    remove: bool = False


def archived(connection: sa.Connection, edition: str) -> Edition:
    """An edition as its page shows it now. Raises StoreError when there is none of that id."""
    return mended(editions.load(connection, edition), corrections.of_edition(connection, edition))


def correct(newsroom: Newsroom, edition: str, wish: Wish, who: str) -> Correction:
    """Mend the page of an edition that went out; the next edition tells of it. Raises UsageError, StoreError.

    A story that is removed takes its picture with it, from the pictures folder as well.
    """
    now = newsroom.clock()
    with newsroom.store.begin() as connection:
        found = archived(connection, edition)
        if editions.state(connection, edition) not in OUT:
            raise UsageError(f"{edition} has not gone out.", "Change it at the desk: digest preview")
        item = _item(found, wish.entry)
        made = corrections.add(connection, _correction(edition, item, wish, now, who))
        detail = f"removed “{item.headline}”" if wish.remove else f"“{item.headline}”: {made.note}"
        newsletter = found.slot.newsletter
        audit.note(connection, now, who, "corrected", newsletter=newsletter, slot=edition, detail=detail)
    if wish.remove and item.picture is not None:
        remove_picture(newsroom, item)
    return made


def _correction(edition: str, item: Item, wish: Wish, now: dt.datetime, who: str) -> Correction:
    note = clean_paragraphs(wish.note)
    if wish.remove:
        return Correction(0, edition, now, who, "remove", item.entry, note=note)
    words = {name: clean(text) for name, text in wish.words.items()}
    unknown = sorted(set(words) - set(FIELDS))
    if unknown:
        raise UsageError(f"There is no field {unknown[0]!r}.", f"There is {', '.join(FIELDS)}.")
    if not note:
        raise UsageError("Readers are told what was wrong: the note is missing.", "Write one sentence.")
    value = json.dumps(words, ensure_ascii=False) if words else ""
    return Correction(0, edition, now, who, "amend", item.entry, item.headline, value, note)


def _item(edition: Edition, entry: str) -> Item:
    found = next((i for i in edition.items if entry in (i.entry, i.url)), None)
    if found is None:
        listed = "\n".join(f"  {i.entry}  {i.headline}" for i in edition.items)
        raise UsageError(f"{edition.id} has no story {entry!r}.", f"It has\n{listed}")
    return found


def remove_picture(newsroom: Newsroom, item: Item) -> None:
    """Delete our copy of a story's picture, unless another story that still stands shows it."""
    assert item.picture is not None
    own = f"{newsroom.config.site.url}/pictures/"
    if not newsroom.config.site.url or not item.picture.url.startswith(own):
        return
    name = item.picture.url.removeprefix(own)
    with newsroom.store.read() as connection:
        users = editions.mentioning(connection, name)
        stand = [i for e in users for i in archived(connection, e).items if i.picture]
    if not any(i.picture and i.picture.url == item.picture.url for i in stand):
        (newsroom.path(newsroom.config.pictures.folder) / name).unlink(missing_ok=True)


def mail(newsroom: Newsroom, edition: str, who: str) -> Slot:
    """Send the corrections of an edition that no mail carried yet to those whom it reached, as a further edition.

    The daemon, or ``digest send --due``, sends it. Raises UsageError when there is nothing to tell.
    """
    now = newsroom.clock()
    with newsroom.store.begin() as connection:
        original = editions.load(connection, edition)
        told = corrections.unmailed(connection, edition)
        if not told:
            raise UsageError("There is no correction that was not mailed.", "Correct a story first.")
        slot = ledger.add_extra(connection, original.slot, now)
        letter = _letter(original, told, slot.number, now)
        newsletter = newsroom.newsletters[original.slot.newsletter]
        built = render(
            letter,
            newsletter,
            site_url=newsroom.config.site.url,
            key=newsroom.keys.secret,
            template_dir=newsroom.template_dir,
        )
        claimed = ledger.claim(connection, slot.id, new_owner(), now)
        if claimed is None:
            raise StoreError(f"{slot} could not be claimed.", "Try again.")
        ready = ledger.advance(connection, claimed, "built", now)
        frozen = editions.freeze(connection, ready, letter, [built], memory=(), now=now, corrects=edition)
        corrections.mark_mailed(connection, tuple(c.id for c in told), letter.id)
        audit.note(
            connection,
            now,
            who,
            "corrected",
            newsletter=newsletter.name,
            slot=edition,
            detail=f"mailed as {slot}",
        )
        return ledger.release(connection, frozen)


def _letter(original: Edition, told: tuple[Correction, ...], number: int, now: dt.datetime) -> Edition:
    """An edition of nothing but corrections."""
    return dataclasses.replace(
        original,
        due=now,
        composed=now,
        sections=(),
        left_out=(),
        papers=0,
        intro="",
        number=number,
        ignored=(),
        corrections=told,
    )
