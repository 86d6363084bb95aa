"""Entries in one language are compared by its rules; in different ones only when told."""

from __future__ import annotations

import pytest

from digest.group import group
from digest.group.languages import guess, primary, stop_words
from digest.group.reasons import shared
from digest.group.words import Reader, compound_parts, fold, joined, read, slug, split, term_hash
from tests.group.news import entry

LANDER = [
    entry(
        1, "Selene lander lifts off from Kourou for the moon", "Europe's probe left on an Ariane 6 at 14:06."
    ),
    entry(2, "Mondsonde Selene startet von Kourou", "Die Ariane 6 hob um 14:06 Uhr ab.", language="de"),
    entry(3, "La sonde Selene décolle de Kourou", "Ariane 6 a lancé la mission à 14:06.", language="fr"),
]
LEADERS = [
    entry(4, "Berlin: Merz trifft Macron", "Der Kanzler und Emmanuel Macron sprachen.", language="de"),
    entry(5, "Paris : Macron reçoit un ministre", "Emmanuel Macron et son hôte.", language="fr"),
]


def test_languages_stay_apart_unless_told() -> None:
    assert len(group(LANDER).stories) == 3


def test_names_and_numbers_bring_languages_together_when_told() -> None:
    stories = group(LANDER + LEADERS, across_languages=True).stories
    assert [len(s.members) for s in stories] == [3, 1, 1]


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("The minister said that she would not go to the meeting", "en"),
        ("Der Minister hat gesagt, dass er nicht zu dem Treffen kommt", "de"),
        ("Le ministre a dit que les élections auront lieu dans deux mois", "fr"),
        ("El ministro ha dicho que las elecciones serán en la capital", "es"),
        ("Министр заявил, что выборы пройдут в срок", "ru"),
        ("東京で大きな地震がありました", "ja"),
        ("北京今天下了大雪", "zh"),
        ("น้ำท่วมเชียงราย", "th"),
        ("Oslo 2026", ""),
    ],
)
def test_the_language_is_guessed_from_function_words_and_script(text: str, language: str) -> None:
    assert guess(text) == language


def test_accents_are_folded_where_they_are_ornament_only() -> None:
    assert [fold(w) for w in ("Élysée", "Straße", "ЁЛКА", "हिन्दी")] == ["elysee", "strasse", "елка", "हिन्दी"]


def test_scripts_without_spaces_are_cut_into_overlapping_pieces() -> None:
    assert split("雅安6级地震") == ["雅安", "6", "级地", "地震"]
    assert split("น้ำท่วม 5") == ["น้ำท", "้ำท่", "ำท่ว", "ท่วม", "5"]


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("https://a.example/news/2026/kelso-bridge-falls-into-tarn.html?x=1", "kelso bridge falls into tarn"),
        ("https://a.example/world-1234567", ""),
        ("https://a.example/kelso_bridge_collapse/article-99", "kelso bridge collapse"),
        ("", ""),
    ],
)
def test_the_words_of_a_url_are_read(url: str, words: str) -> None:
    assert slug(url) == words


@pytest.mark.parametrize(
    ("word", "language", "parts"),
    [
        ("grossbrand", "de", ("gross", "brand")),
        ("haushaltsstreit", "de", ("haushalt", "streit")),
        ("dijkdoorbraak", "nl", ("dijk", "doorbraak")),
        ("krankenhaus", "de", ()),  # common as it is
        ("oberammergau", "de", ()),
    ],
)
def test_a_rare_compound_is_taken_apart(word: str, language: str, parts: tuple[str, ...]) -> None:
    assert compound_parts(word, language) == parts


def test_a_compound_and_its_word_bring_two_reports_together() -> None:
    fuel = [
        entry(1, "Bundestag beschließt Tankrabatt", "Autofahrer zahlen ab Juni weniger.", language="de"),
        entry(2, "Rabatt beim Tanken ab Juni: Bundestag stimmt zu", "Es geht um Benzin.", language="de"),
        entry(3, "Oper in Dresden spielt wieder", "Der Vorhang hebt sich im Mai.", language="de"),
    ]
    assert len(group(fuel).stories) == 2


def test_umlauts_written_out_in_an_address_are_the_same_word() -> None:
    one = entry(1, "Kürzungen in Jülich", language="de", url="https://a.example/1")
    other = entry(2, "Neues", language="de", url="https://b.example/stadt-juelich-will-kuerzungen")
    words = read([one, other])
    terms = [set(words.terms["hash"][words.term[words.entry == n]].tolist()) for n in (0, 1)]
    assert {term_hash("kurzung"), term_hash("julich")} <= terms[0] & terms[1]


def test_the_reasons_name_the_parts_of_compounds() -> None:
    one = entry(1, "Tankrabatt beschlossen", language="de")
    other = entry(2, "Rabatt für Autofahrer", language="de")
    assert "Rabatt" in {reason.text for reason in shared(other, one)}


def test_read_in_parts_entries_have_the_words_of_one_reading() -> None:
    entries = [*LANDER, *LEADERS]
    reader = Reader()
    parts, whole = joined([reader.read(entries[:2]), reader.read(entries[2:])]), read(entries)
    assert parts.language == whole.language
    for name in ("offset", "term", "flags", "terms"):
        assert (getattr(parts, name) == getattr(whole, name)).all()


def test_a_reader_that_has_met_too_many_spellings_begins_anew(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("digest.group.words.MOST_SPELLINGS", 1)
    reader = Reader()
    reader.read(LEADERS)
    assert (reader.read(LANDER).term == read(LANDER).term).all()


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("Toyota の", "ja"),
        ("abcdefghij klmnopqrs の", "ja"),
        ("abcdefghij klmnopqrst の", ""),  # a name in Japanese letters does not make a long text Japanese
        ("Oslo π 2026", ""),
        ("2026", ""),
        ("Міністр заявив про вибори", "uk"),
    ],
)
def test_a_script_tells_when_most_letters_are_of_it_and_kana_in_a_short_text_at_once(
    text: str, language: str
) -> None:
    assert guess(text) == language


@pytest.mark.parametrize(
    ("words", "language"),
    [
        ("aber", "de"),  # one word of one language is enough
        ("at as", ""),  # two words that English shares with two others each are not
        ("aber auch aan alleen", ""),  # German, German, Dutch, Dutch
        ("aber auch auf aan alleen", "de"),
        ("aber auch aan over", "de"),  # the last is a quarter of a Dutch word
    ],
)
def test_a_language_is_told_by_a_whole_word_and_half_as_many_again_as_the_next_has(
    words: str, language: str
) -> None:
    assert guess(words) == language


def test_a_language_we_do_not_know_has_no_function_words() -> None:
    assert stop_words("xx") == frozenset()


def test_the_primary_subtag_is_found_however_a_feed_writes_its_tag() -> None:
    assert [primary(tag) for tag in ("en-GB", "en_GB", " EN ", "de-CH-1996", "")] == [
        "en",
        "en",
        "en",
        "de",
        "",
    ]
