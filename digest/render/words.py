"""The reader-facing words of a language: catalogues, dates, times, lists and plurals."""

from __future__ import annotations

import datetime as dt
import gettext
import io
import itertools
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from zoneinfo import ZoneInfo

from babel import Locale, UnknownLocaleError
from babel.dates import format_date, format_skeleton
from babel.lists import format_list
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

LANGUAGES = ("en", "fr", "de", "lb", "pt", "es", "it", "nl", "pl", "ar")
RIGHT_TO_LEFT = frozenset(
    {"ar", "arc", "ckb", "dv", "fa", "he", "iw", "ku", "ps", "sd", "syr", "ug", "ur", "yi"}
)
_CATALOGUES = Path(__file__).parent.parent / "locale"
# A bare "en" is European English (24-hour clock, "Monday 23 November"), a bare "pt" is Portugal's: say
# en-US or pt-BR for the others.
_REGIONS = {"en": "en_GB", "pt": "pt_PT"}
_FULL_DATES = {"en_GB": "EEEE d MMMM y"}  # British papers set no comma; newer CLDR releases agree


def base(language: str) -> str:
    """The primary subtag of a BCP 47 tag: "pt" of "pt-BR"."""
    return language.replace("_", "-").partition("-")[0].lower()


def direction(language: str) -> str:
    """The way ``language`` is written: "rtl" or "ltr"."""
    return "rtl" if base(language) in RIGHT_TO_LEFT else "ltr"


@lru_cache(maxsize=32)
def _translations(language: str) -> gettext.NullTranslations:
    # Catalogues stay readable .po files, in the checkout and in the wheel; compiling one takes 5 ms, once.
    file = _CATALOGUES / language / "LC_MESSAGES" / "digest.po"
    if not file.is_file():
        return gettext.NullTranslations()
    with file.open("rb") as source:
        catalogue = read_po(source, locale=language)
    compiled = io.BytesIO()
    write_mo(compiled, catalogue)
    compiled.seek(0)
    return gettext.GNUTranslations(compiled)


def _locale(language: str) -> Locale:
    tag = language.replace("-", "_")
    try:
        return Locale.parse(_REGIONS.get(tag, tag))
    except (ValueError, UnknownLocaleError):
        return Locale.parse("en_GB")


@dataclass(frozen=True, slots=True)
class Words:
    """One language's words, dates and lists."""

    language: str
    direction: str
    locale: Locale
    translations: gettext.NullTranslations

    def one(self, message: str, **values: object) -> str:
        """``message`` in this language, its ``%(name)s`` filled in."""
        return self.translations.gettext(message) % values

    def many(self, singular: str, plural: str, number: int, **values: object) -> str:
        """The right plural form, with ``%(num)d`` and the other values filled in."""
        return self.translations.ngettext(singular, plural, number) % {"num": number, **values}

    def date(self, day: dt.date) -> str:
        """A full date: "Monday 23 November 2026"."""
        return format_date(day, format=_FULL_DATES.get(str(self.locale), "full"), locale=self.locale)

    def time(self, instant: dt.datetime, zone: ZoneInfo, day: dt.date) -> str:
        """The local time of day, with the weekday when it is not ``day``."""
        local = instant.astimezone(zone)
        if local.date() == day:
            return format_skeleton(self._clock, local, tzinfo=zone, locale=self.locale)
        weekday = format_date(local.date(), format="EEE", locale=self.locale)
        return f"{weekday} {format_skeleton(self._clock, local, tzinfo=zone, locale=self.locale)}"

    @property
    def _clock(self) -> str:
        # Twelve hours where English readers expect them; newspapers elsewhere print twenty-four.
        twelve = self.locale.language == "en" and "a" in self.locale.time_formats["short"].pattern
        return "hm" if twelve else "Hm"

    def joints(self, count: int) -> tuple[str, ...]:
        """What stands between the members of a list of ``count``: (", ", " and ") for three."""
        if count < 2:
            return ()
        marks = [chr(0xE000 + i) for i in range(count)]
        # CLDR writes Luxembourgish "a(n)" because the n depends on the next sound; "an" reads on.
        text = format_list(marks, locale=self.locale).replace("a(n)", "an")
        cuts = [text.index(mark) for mark in marks]
        return tuple(text[a + 1 : b] for a, b in itertools.pairwise(cuts))

    def listing(self, members: list[str]) -> str:
        """A list in words: "A, B and C"."""
        joints = (*self.joints(len(members)), "")
        return (
            "".join(member + joint for member, joint in zip(members, joints, strict=True)) if members else ""
        )


@lru_cache(maxsize=64)
def words(language: str) -> Words:
    """The words of ``language``, English where there is no catalogue."""
    known = base(language) if base(language) in LANGUAGES else "en"
    locale = _locale(language if base(language) in LANGUAGES else "en")
    return Words(language or "en", direction(language), locale, _translations(known))
