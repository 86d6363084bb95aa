"""Words, dates, lists and plurals in ten languages."""

from __future__ import annotations

import datetime as dt
import re
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po

from digest.render.present import edition_name, frequency
from digest.render.templates import builtin_folder
from digest.render.words import LANGUAGES, words
from tests.conftest import REPOSITORY
from tests.render.newsroom import newsletter

CATALOGUES = REPOSITORY / "digest" / "locale"
DAY = dt.date(2026, 11, 23)
ZONE = ZoneInfo("Europe/Luxembourg")
_SLOT_NAMES = re.compile(r"^\w+ edition$")


def used() -> set[str | tuple[str, str]]:
    """Every message that templates and code ask for."""
    keywords = {"_": None, "gettext": None, "ngettext": (1, 2), "one": None, "many": (1, 2)}
    found = set()
    for folder, method in (
        (builtin_folder() / "mail", "jinja2.ext:babel_extract"),
        (builtin_folder() / "page", "jinja2.ext:babel_extract"),
        (builtin_folder() / "site", "jinja2.ext:babel_extract"),
        (REPOSITORY / "digest" / "render", "python"),
    ):
        for _, _, message, _, _ in extract_from_dir(folder, [("**", method)], keywords=keywords):
            found.add(message)
    return found


def catalogue(language: str) -> dict[str | tuple[str, str], str | tuple[str, ...]]:
    with Path(CATALOGUES / language / "LC_MESSAGES" / "digest.po").open("rb") as source:
        read = read_po(source, locale=language)
    return {message.id: message.string for message in read if message.id}


def test_every_message_in_use_is_in_the_catalogues_and_the_others_are_slot_names() -> None:
    known = set(catalogue("en"))
    assert used() <= known
    assert all(isinstance(m, str) and _SLOT_NAMES.match(m) for m in known - used())


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_catalogue_is_complete_in_every_plural_form(language: str) -> None:
    words_of = catalogue(language)
    assert set(words_of) == set(catalogue("en"))
    forms = {"pl": 3, "ar": 6}.get(language, 2)
    for message, translation in words_of.items():
        if isinstance(message, tuple):
            assert isinstance(translation, tuple)
            assert len(translation) == forms
            assert all(translation)
        else:
            assert translation


@pytest.mark.parametrize("language", LANGUAGES)
def test_translations_use_the_values_they_are_given_and_no_others(language: str) -> None:
    for message, translation in catalogue(language).items():
        given = set(re.findall(r"%\((\w+)\)", message if isinstance(message, str) else " ".join(message)))
        for form in (translation,) if isinstance(translation, str) else translation:
            asked = set(re.findall(r"%\((\w+)\)", form))
            assert asked <= given
            assert given - asked <= {"num"}  # Arabic has words for one and two


@pytest.mark.parametrize("language", [code for code in LANGUAGES if code != "en"])
def test_nothing_is_left_in_english(language: str) -> None:
    same = {m for m, t in catalogue(language).items() if m == t and isinstance(m, str)}
    assert same <= {"Privacy", "%(name)s: %(url)s"}


def test_plurals_follow_each_languages_own_rule() -> None:
    story = ("%(num)d story", "%(num)d stories")
    assert [words("pl").many(*story, n) for n in (1, 3, 5, 22)] == [
        "1 temat",
        "3 tematy",
        "5 tematów",
        "22 tematy",
    ]
    assert [words("ar").many(*story, n) for n in (1, 2, 4, 12)] == ["خبر واحد", "خبران", "4 أخبار", "12 خبرًا"]
    assert [words("fr").many(*story, n) for n in (0, 1, 2)] == ["0 sujet", "1 sujet", "2 sujets"]


def test_dates_are_written_as_papers_write_them() -> None:
    assert words("en").date(DAY) == "Monday 23 November 2026"
    assert words("en-US").date(DAY) == "Monday, November 23, 2026"
    assert words("fr").date(DAY) == "lundi 23 novembre 2026"
    assert words("lb").date(DAY) == "Méindeg, 23. November 2026"
    assert "2026" in words("ar").date(DAY)


def test_a_time_of_another_day_carries_its_weekday() -> None:
    noon = dt.datetime(2026, 11, 23, 11, 5, tzinfo=dt.UTC)
    assert words("en").time(noon, ZONE, DAY) == "12:05"
    assert words("de").time(noon - dt.timedelta(days=1), ZONE, DAY) == "So. 12:05"
    assert words("en-US").time(noon, ZONE, DAY).replace("\u202f", " ") == "12:05 PM"
    assert words("fr").time(dt.datetime(2026, 11, 23, 23, 30, tzinfo=dt.UTC), ZONE, DAY) == "mar. 00:30"


def test_lists_are_joined_in_words() -> None:
    assert words("en").listing(["A", "B", "C"]) == "A, B and C"
    assert words("de").listing(["A", "B"]) == "A und B"
    assert words("lb").listing(["A", "B"]) == "A an B"
    assert words("ar").listing(["أ", "ب"]) == "أ وب"
    assert words("en").listing(["A"]) == "A"
    assert words("en").listing([]) == ""


def test_a_slot_of_ones_own_keeps_its_name() -> None:
    assert edition_name("morning", words("pt")) == "edição da manhã"
    assert edition_name("market-close", words("en")) == "market close edition"
    assert edition_name("market-close", words("de")) == "Ausgabe „market close“"


def test_a_language_without_a_catalogue_speaks_english() -> None:
    speech = words("sv")
    assert speech.one("Unsubscribe") == "Unsubscribe"
    assert speech.date(DAY) == "Monday 23 November 2026"
    assert words("nonsense-tag").one("Privacy") == "Privacy"


@pytest.mark.parametrize(
    ("slots", "said"),
    [
        ({"daily": "07:00"}, "Delivered to your inbox every day"),
        ({"morning": "06:30", "evening": "17:30"}, "Delivered to your inbox twice a day"),
        ({"a": "06:00", "b": "12:00", "c": "18:00"}, "Delivered to your inbox 3 times a day"),
        ({"a": {"time": "07:00", "weekdays": ["sun"]}}, "Delivered to your inbox once a week"),
        ({"a": {"time": "07:00", "weekdays": ["tue", "sun"]}}, "Delivered to your inbox twice a week"),
        (
            {"a": {"time": "07:00", "weekdays": ["mon", "tue", "wed", "thu", "fri"]}},
            "Delivered to your inbox 5 times a week",
        ),
    ],
)
def test_how_often_it_comes_is_said_as_people_say_it(slots: dict[str, object], said: str) -> None:
    assert frequency(newsletter(slots=slots), words("en")) == said


def test_how_often_it_comes_is_said_in_every_language() -> None:
    twice = newsletter(slots={"morning": "06:30", "evening": "17:30"})
    assert frequency(twice, words("fr")) == "Dans votre boîte deux fois par jour"
    assert len({frequency(twice, words(language)) for language in LANGUAGES}) == len(LANGUAGES)
