"""The subject line and the preheader: what a subscriber sees before opening."""

from __future__ import annotations

import re

from digest.config.settings import NewsletterSettings
from digest.model import Edition
from digest.render.trim import clip, printable, sentences
from digest.render.words import Words

LONGEST_SUBJECT = 78
LONGEST_PREHEADER = 140
_FIELD = re.compile(r"\{(lead|title|edition|date|more|count)\}")
_DEFAULT = str(NewsletterSettings.model_fields["subject"].default)


def subject(edition: Edition, settings: NewsletterSettings, speech: Words, names: dict[str, str]) -> str:
    """At most 78 characters; the lead's headline gives way, cut at a word.

    ``names`` has the edition's ``title``, ``edition`` and ``date`` as printed. Fields are put in by name,
    never by ``str.format``: a headline with braces stays a headline.
    """
    items = edition.items
    if edition.corrections and not items:
        wrong = edition.corrections[0].headline or speech.one("A story was removed.")
        return clip(printable(speech.one("Correction: %(headline)s", headline=wrong)), LONGEST_SUBJECT)
    lead = items[0].headline if items else settings.title
    more = max(0, len(items) - 1)
    values = {**names, "more": str(more), "count": str(len(items))}
    pattern = _standard(speech, more) if settings.subject == _DEFAULT else settings.subject
    around = _FIELD.sub(lambda m: "" if m[1] == "lead" else values[m[1]], pattern)
    values["lead"] = clip(lead, max(20, LONGEST_SUBJECT - len(around)))
    line = printable(_FIELD.sub(lambda m: values[m[1]], pattern))
    return clip(" ".join(line.split()), LONGEST_SUBJECT)


def _standard(speech: Words, more: int) -> str:
    if not more:
        return "{lead}"
    return speech.many("%(lead)s · and %(num)d more", "%(lead)s · and %(num)d more", more, lead="{lead}")


def preheader(edition: Edition) -> str:
    """The headlines after the lead's, at most three and 140 characters; the lead's first sentence when alone."""
    items = edition.items
    rest = [item.headline for item in items[1:4]]
    while len(rest) > 1 and len(" · ".join(rest)) > LONGEST_PREHEADER:
        rest.pop()
    if edition.corrections and not items:
        rest = [edition.corrections[0].note]
    if not rest and items:
        rest = [sentences(items[0].standfirst, 1) or items[0].paper]
    return clip(" ".join(printable(" · ".join(rest)).split()), LONGEST_PREHEADER)
