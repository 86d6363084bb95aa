"""Which entries of a pull are new, which are known, which have changed: one entry keeps one id for life. Pure.

The guid decides where it can be trusted. Feeds reuse one guid for different items, change all guids at
once, move from http to https, rewrite headline and address together, and republish their archive on the
day their publishing system is replaced; each of these is told by a second look at address, words and date.
"""

from __future__ import annotations

import datetime as dt
from collections import Counter, defaultdict
from collections.abc import Callable, Hashable, Iterable, Sequence
from dataclasses import dataclass, replace

from digest import text
from digest.model import Entry
from digest.pull import links
from digest.pull.ids import entry_id

KEEP = dt.timedelta(days=30)
FLOOD_SHARE = 0.8  # of a pull: more unknown old entries than that are an archive republished
LEAST_FLOOD = 10  # entries of a pull; a short feed may turn over wholly
LATE = dt.timedelta(hours=12)  # entries turn up late, and with the wrong zone
AHEAD = dt.timedelta(
    days=1
)  # a date further in the future than this was not to be believed, or our clock was behind
_ALIKE = 0.4  # share of the longer words that two versions of one entry have in common
_TELLING = 4  # words of title and standfirst that make a second look by words alone safe


@dataclass(frozen=True, slots=True)
class Reconciled:
    """A pull against what was known. All but ``held`` carry their ids, first-seen times and dates for storing."""

    new: tuple[Entry, ...] = ()
    changed: tuple[Entry, ...] = ()  # known, with other words than before; ``updated`` is now
    unchanged: tuple[Entry, ...] = ()  # known, with their position and pictures as they are now
    redated: tuple[Entry, ...] = ()  # those of them whose date is another now
    held: tuple[Entry, ...] = ()  # unknown and old in a flood of such: for an editor to decide
    dropped: int = 0  # unknown and older than entries are kept, and repetitions within the feed


def reconcile(
    pulled: Sequence[Entry],
    stored: Sequence[Entry],
    *,
    now: dt.datetime,
    last_success: dt.datetime | None = None,
    keep: dt.timedelta = KEEP,
    hold: bool = True,
) -> Reconciled:
    """Tell new, changed and unchanged entries of one feed apart.

    ``stored`` are the entries known of the same feed. ``last_success`` is when the feed was last read before
    this pull (default: when it last had a new entry). ``hold=False`` takes a republished archive in.
    """
    single = _single(pulled)
    known = _matches(single, stored)
    unknown = [entry for entry in single if id(entry) not in known]
    fresh = [entry for entry in unknown if entry.published >= now - keep]
    held = _flood(fresh, len(single), stored, last_success) if hold else []
    kept_back = {id(entry) for entry in held}
    new = _with_ids([entry for entry in fresh if id(entry) not in kept_back], stored)
    merged = [
        (_merged(entry, known[id(entry)], now), known[id(entry)]) for entry in single if id(entry) in known
    ]
    return Reconciled(
        new=tuple(new),
        changed=tuple(replace(entry, updated=now) for entry, old in merged if not _same_words(entry, old)),
        unchanged=tuple(entry for entry, old in merged if _same_words(entry, old)),
        redated=tuple(e for e, old in merged if _same_words(e, old) and e.published != old.published),
        held=tuple(held),
        dropped=len(pulled) - len(single) + len(unknown) - len(fresh),
    )


def _single(pulled: Sequence[Entry]) -> list[Entry]:
    """Each entry once: some feeds list one twice."""
    return list({(links.same(e.guid), links.same(e.url), e.title): e for e in reversed(pulled)}.values())[
        ::-1
    ]


def _matches(pulled: Sequence[Entry], stored: Sequence[Entry]) -> dict[int, Entry]:
    """The stored entry of each pulled one that has one, by ``id()`` of the pulled one. Each stored entry is used once."""
    found: dict[int, Entry] = {}
    if not stored:
        return found
    used: set[str] = set()

    def take(entry: Entry, candidates: Iterable[Entry], fits: Callable[[Entry, Entry], bool]) -> None:
        for old in candidates:
            if old.id not in used and fits(entry, old):
                found[id(entry)] = old
                used.add(old.id)
                return

    guids = Counter(links.same(e.guid) for e in pulled if e.guid)
    by_guid = _index(stored, lambda e: links.same(e.guid) if e.guid else None)
    for fits in (_same_page, _alike, _same_date):
        for entry in pulled:
            # With one item to a guid, the date may vouch for a rewritten one; with several it tells nothing.
            if id(entry) not in found and (fits is not _same_date or guids[links.same(entry.guid)] == 1):
                take(entry, by_guid.get(links.same(entry.guid), ()) if entry.guid else (), fits)
    pages = Counter(links.same(e.url) for e in [*pulled, *stored])
    for key in (lambda e: links.same(e.url) if pages[links.same(e.url)] <= 2 else None, _words_key):
        index = _index(stored, key)
        for entry in pulled:
            if id(entry) not in found:
                take(entry, index.get(key(entry), ()), _any)
    return found


def _index(entries: Iterable[Entry], key: Callable[[Entry], Hashable | None]) -> dict[Hashable, list[Entry]]:
    index: defaultdict[Hashable, list[Entry]] = defaultdict(list)
    for entry in entries:
        if (value := key(entry)) is not None:
            index[value].append(entry)
    return index


def _any(_entry: Entry, _old: Entry) -> bool:
    return True


def _same_page(entry: Entry, old: Entry) -> bool:
    return links.same(entry.url) == links.same(old.url)


def _same_date(entry: Entry, old: Entry) -> bool:
    """Whether the feed gave both the same date; a date of ours says nothing."""
    return entry.published == old.published != old.first_seen


def _alike(entry: Entry, old: Entry) -> bool:
    """Whether two entries are versions of one: the same page or article after an editor's hand."""
    a, b = _long_words(entry), _long_words(old)
    return bool(a and b) and len(a & b) >= _ALIKE * min(len(a), len(b))


def _long_words(entry: Entry) -> set[str]:
    return {word for word in text.fold(f"{entry.title} {entry.standfirst}").split() if len(word) > 3}


def _words_key(entry: Entry) -> Hashable | None:
    """Headline and standfirst, where they are enough to tell an entry by."""
    key = text.fold(entry.title), text.fold(entry.standfirst)
    return (
        key if len(" ".join(key).split()) >= _TELLING and (key[1] or len(key[0].split()) > _TELLING) else None
    )


def _flood(
    fresh: Sequence[Entry], size: int, stored: Sequence[Entry], last_success: dt.datetime | None
) -> list[Entry]:
    """The entries that an archive republished brings back; none on an ordinary day."""
    if not stored or size < LEAST_FLOOD:
        return []
    since = (last_success or max(entry.first_seen for entry in stored)) - LATE
    old = [entry for entry in fresh if entry.published < since]
    return old if len(old) > FLOOD_SHARE * size else []


def _with_ids(new: Sequence[Entry], stored: Sequence[Entry]) -> list[Entry]:
    """New entries, each with an id of its own, also where the feed gave several the same."""
    taken = {entry.id for entry in stored}
    made = []
    for entry in new:
        own = entry if entry.id not in taken else replace(entry, id=_other_id(entry))
        if own.id not in taken:
            made.append(own)
            taken.add(own.id)
    return made


def _other_id(entry: Entry) -> str:
    return entry_id(entry.feed, f"{entry.guid}\n{links.same(entry.url)}\n{entry.title}")


def _merged(entry: Entry, old: Entry, now: dt.datetime) -> Entry:
    """A known entry as it is now. It keeps its first date: feeds re-date everything to look busy.

    Where that date was ours, as the feed's lay days ahead, and the feed's has come: our clock was behind.
    """
    ours = old.published == old.first_seen
    believed = ours and old.first_seen + AHEAD < entry.published < now
    published = entry.published if believed else min(entry.published, old.published, now)
    return replace(entry, id=old.id, first_seen=old.first_seen, published=published, updated=old.updated)


def _same_words(entry: Entry, old: Entry) -> bool:
    """Whether an entry says what it said; case, punctuation and white space do not count."""
    ours, theirs = (entry.title, entry.standfirst, entry.text), (old.title, old.standfirst, old.text)
    return ours == theirs or [*map(text.fold, ours)] == [*map(text.fold, theirs)]
