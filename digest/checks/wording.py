"""Words: lengths that inboxes cut, and a plain text that says what the HTML says."""

from __future__ import annotations

import re
from collections.abc import Iterator

from digest.checks.draft import Draft, Finding

SUBJECT_PHONE = 41  # characters; an iPhone held upright shows about so many
SUBJECT_DESKTOP = 70  # Gmail in a browser
PREHEADER_LEAST, PREHEADER_MOST = 30, 140
HEADLINE_MOST = 140
_SPACE = re.compile(r"\s+")


def wording(draft: Draft) -> Iterator[Finding]:
    """Subject, preheader, headlines, decisions that found nothing, and the plain text."""
    yield from _subject(draft)
    yield from _preheader(draft)
    for item in draft.edition.items:
        if len(item.headline) > HEADLINE_MOST:
            yield Finding(
                "note", "headline", f"a headline of {len(item.headline)} characters", entry=item.entry
            )
        if not item.standfirst:
            yield Finding("note", "standfirst", "no standfirst", entry=item.entry)
    for reason in draft.edition.ignored:
        yield Finding("warning", "decision", f"A decision does nothing now: {reason.text}.", "Undo it.")
    yield from parity(draft)
    yield from _count(draft)


def _subject(draft: Draft) -> Iterator[Finding]:
    subject = draft.mail.subject
    if not subject:
        yield Finding("error", "subject", "There is no subject.")
    elif len(subject) > SUBJECT_DESKTOP:
        cut = subject[:SUBJECT_PHONE].rstrip()
        message = f"The subject has {len(subject)} characters; a phone shows “{cut}…”."
        yield Finding("note", "subject", message, "What matters stands in front.")


def _preheader(draft: Draft) -> Iterator[Finding]:
    length = len(draft.mail.preheader)
    if length < PREHEADER_LEAST:
        message = f"The preheader has {length} characters; inboxes fill it up with the masthead."
        yield Finding("note", "preheader", message)
    elif length > PREHEADER_MOST:
        yield Finding(
            "note", "preheader", f"The preheader has {length} characters; about {PREHEADER_MOST} are seen."
        )


def parity(draft: Draft) -> Iterator[Finding]:
    """Every headline and every link of a story stands in the plain text as well."""
    said = _folded(draft.text)
    for item in draft.edition.items:
        if item.headline in draft.mail.dropped:
            continue
        if _folded(item.headline) not in said:
            yield Finding("warning", "text", "its headline is not in the plain text", entry=item.entry)
        elif item.url and item.url not in draft.text.replace("\n", ""):
            yield Finding("note", "text", "its link is not in the plain text", entry=item.entry)


def _count(draft: Draft) -> Iterator[Finding]:
    found, least = len(draft.edition.items), draft.newsletter.settings.min_stories
    if found < least:
        message = f"{found} stories, fewer than min_stories ({least}): nothing would be sent."
        yield Finding("error", "stories", message)


def _folded(text: str) -> str:
    return _SPACE.sub(" ", text).casefold()
