"""The figures of grouping for a few entries: the weights were fitted to these, so that none may change by itself."""

from __future__ import annotations

import itertools
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from digest.group import abroad, compare, group, index, scoring, why
from digest.group.compare import FEATURES, Frequencies
from digest.group.frequencies import zipf
from digest.group.index import Index, compared_pairs
from digest.group.languages import stemmer
from digest.group.words import (
    CAPITAL,
    CASED,
    INITIAL,
    NUMBER,
    PAUSE,
    STOP,
    TITLE,
    Lexicon,
    Reader,
    fold_spelling,
    read,
    split,
    term_hash,
    texts,
)
from digest.model import Entry
from tests.group.news import ALONE, DAY, QUAKE, entry

CASES = [
    *DAY,
    entry(
        5,
        "Iquique counts 12 dead after the quake",
        "The mayor of Iquique, Rosa Diaz, spoke of 12 dead and 340 hurt.",
        minutes=200,
        feed=DAY[0].feed,
        paper=DAY[0].paper,
    ),
    entry(
        6,
        "Nach dem Beben in Chile: Tsunamiwarnung aufgehoben",
        "Die Behörden in Iquique hoben die Warnung auf.",
        minutes=1800,
        language="de",
    ),
    entry(
        7,
        "Norges Bank keeps its interest rate at 4.5 percent",
        "The central bank of Norway left its rate at 4.5 percent on Thursday.",
        minutes=400,
    ),
]
PAIRS = {
    (1, 2): [
        0.4218, 0.2265, 0.4285, 0.3512, 0, 0.9156, 5.5196, 15.6394, 0, 9.0907, 19.3322, 5.5196, 0, 0.0007, 0, 0, 23.5175, 0.6246, 2.4849, 2.5649,
    ],
    (1, 5): [
        0.1398, 0.1318, 0.1514, 0.1303, 0, 0.3699, 4.8343, 0, 0, 9.0907, 9.6661, 0, 1, 0.1382, 1, 0.1398, 1.7528, 0.1847, 2.4849, 2.4849,
    ],
    (2, 5): [
        0.2455, 0.2973, 0.2951, 0.1751, 0, 0.404, 5.5196, 0, 0, 9.0907, 19.3322, 0, 1, 0.1375, 0, 0, 7.2724, 0.3955, 2.4849, 2.5649,
    ],
    (3, 7): [
        0.7461, 0.5581, 0.6612, 0.8826, 0.5932, 0.811, 5.5196, 27.5755, 10.7912, 8.503, 17.0296, 0, 0, 0.2757, 0, 0, 38.4834, 1, 2.1972, 2.4849,
    ],
}  # fmt: skip


def key(number: int) -> str:
    return f"{number:016x}"


def grouped(entries: list[Entry], **options: Any) -> Index:
    made = Index(**options)
    made.add(entries)
    return made


def stories(made: Index) -> set[frozenset[int]]:
    found: dict[str, set[int]] = {}
    for name, story in made.story_of().items():
        found.setdefault(story, set()).add(int(name, 16))
    return {frozenset(numbers) for numbers in found.values()}


def test_the_features_of_a_pair_are_those_that_the_weights_were_fitted_to() -> None:
    i, j, found = compared_pairs(CASES)
    assert [(a + 1, b + 1) for a, b in zip(i.tolist(), j.tolist(), strict=True)] == list(PAIRS)
    for row, expected in zip(found.tolist(), PAIRS.values(), strict=True):
        told = dict(zip(FEATURES, row, strict=True))
        assert told == pytest.approx(dict(zip(FEATURES, expected, strict=True)), abs=6e-5)


def test_a_gap_counts_up_to_two_days_and_numbers_up_to_a_point() -> None:
    late = replace(CASES[1], id=key(9), published=CASES[0].published.replace(day=9))
    many = "12 34 56 78 91 23 45 67 89 dead"
    one, other = entry(11, "Iquique quake count", many), entry(12, "Iquique quake count", many, minutes=20)
    *_, found = compared_pairs([CASES[0], late])
    assert dict(zip(FEATURES, found[0].tolist(), strict=True))["gap"] == 2.0
    *_, found = compared_pairs([one, other])
    assert dict(zip(FEATURES, found[0].tolist(), strict=True))["numbers"] == 12.0


def test_the_chances_of_pairs_stories_and_close_calls_are_these() -> None:
    made = grouped(CASES)
    assert stories(made) == {frozenset({1, 2}), frozenset({3, 7}), *map(frozenset, ({4}, {5}, {6}))}
    assert made.odds(key(2), key(1)) == (pytest.approx(0.90287, abs=1e-5), 0.62)
    assert made.odds(key(4), key(1)) is None
    assert made.likeliest(key(1), 9) == [
        (key(2), pytest.approx(0.90287, abs=1e-5)),
        (key(5), pytest.approx(0.01621, abs=1e-5)),
    ]
    assert made.close_calls(1) == [(key(2), key(5), pytest.approx(0.12119, abs=1e-5))]
    assert made.close_calls(0) == []
    ties = {
        int(a, 16): (int(b, 16), round(chance, 4), least) for a, (b, chance, least) in made.ties().items()
    }
    assert ties == {
        1: (2, 0.9029, 0.62),
        2: (1, 0.9029, 0.62),
        3: (7, 0.9587, 0.62),
        7: (3, 0.9587, 0.62),
    }


def test_the_likeliest_come_first_and_no_more_than_asked_for() -> None:
    again = replace(CASES[1], id=key(8), paper="Paper 8", feed="https://8.example/feed")
    made = grouped([*CASES, again])
    assert [int(name, 16) for name, _ in made.likeliest(key(2), 9)] == [8, 1, 5]
    assert [int(name, 16) for name, _ in made.likeliest(key(2), 1)] == [8]
    assert made.ties()[key(2)][0] == key(8)


def test_across_languages_the_odds_are_of_shared_names_and_numbers() -> None:
    quake = [
        entry(1, "Earthquake of magnitude 7.1 strikes Chile near Iquique", "Rosa Diaz, the mayor, spoke of 12 dead."),
        entry(2, "Chile: Beben der Stärke 7.1 erschüttert Iquique", "Bürgermeisterin Rosa Diaz spricht von 12 Toten.", language="de"),
        entry(3, "Tremblement de 7.1 au Chili", "Le maire Rosa Diaz.", language="fr"),
        replace(ALONE[0], id=key(4)),
        entry(5, "Iquique 7.1 Rosa Diaz Chile", language="xx"),
    ]  # fmt: skip
    words = read(quake)
    i, j, odds = abroad.pairs(words, np.ones(5, bool))
    everything = list(zip(i.tolist(), j.tolist(), odds.round(3).tolist(), strict=True))
    assert everything == ABROAD
    only_last = abroad.pairs(words, np.array([False, False, True, False, False]))
    assert list(zip(*(a.tolist() for a in only_last[:2]), strict=True)) == [
        pair[:2] for pair in ABROAD if 2 in pair[:2]
    ]


ABROAD = [(0, 1, 1.939), (0, 2, -0.597), (0, 4, 4.223), (1, 2, 0.831), (1, 4, 0.759), (2, 4, 0.215)]


BITS = {"stop": STOP, "pause": PAUSE, "number": NUMBER, "capital": CAPITAL, "title": TITLE, "initial": INITIAL, "cased": CASED}  # fmt: skip


def told(of: Entry) -> list[str]:
    words = read([of])
    return ["+".join(name for name, bit in BITS.items() if flags & bit) for flags in words.flags.tolist()]


def test_every_token_is_told_by_what_it_is_and_where_it_stands() -> None:
    found = told(entry(1, "Kelso bridge: The 2 fell", "She saw Carla Voss. It was late!", url=""))
    assert found == [
        "capital+title+initial+cased",
        "title+cased",
        "pause+title+cased",
        "stop+capital+title+initial+cased",
        "number+title+cased",
        "title+cased",
        "stop+capital+initial+cased",
        "cased",
        "capital+cased",
        "capital+cased",
        "pause+cased",
        "stop+capital+initial+cased",
        "stop+cased",
        "cased",
        "pause+cased",
        "pause+initial+cased",
    ]


def test_capitals_mean_nothing_where_most_words_have_one() -> None:
    title = told(entry(1, "Kelso Bridge Falls On Divers Near Tarn", "", url=""))[:7]
    assert not any("cased" in flags for flags in title)
    fewer = told(entry(1, "Kelso Bridge falls near divers here", "", url=""))[:6]
    assert all("cased" in flags for flags in fewer)


def test_a_term_is_counted_once_an_entry_whatever_the_size_of_the_parts(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    words = read(CASES)
    whole = compare.frequencies(words)
    of = {
        name: int(whole.of(np.array([term_hash(name)], np.uint64))[0])
        for name in ("iquiqu", "bank", "12", "nowhere")
    }
    assert of == {"iquiqu": 4, "bank": 2, "12": 1, "nowhere": 0}
    assert whole.entries == 7
    monkeypatch.setattr(compare, "PART", 2)
    parts = compare.frequencies(words)
    assert parts.count.tolist() == whole.count.tolist()


def test_counts_of_two_collections_add_up() -> None:
    one = Frequencies(np.array([2, 5], np.uint64), np.array([1, 4]), 4)
    other = Frequencies(np.array([3, 5], np.uint64), np.array([2, 1]), 3)
    both = one.plus(other)
    assert (both.hash.tolist(), both.count.tolist(), both.entries) == ([2, 3, 5], [1, 2, 5], 7)
    assert one.of(np.array([1, 2, 3, 5, 9], np.uint64)).tolist() == [0, 1, 0, 4, 0]
    nothing = Frequencies(np.zeros(0, np.uint64), np.zeros(0, np.int64), 0)
    assert nothing.of(np.array([1, 2], np.uint64)).tolist() == [0, 0]


def test_background_makes_terms_common() -> None:
    background = [entry(n, f"Iquique magnitude earthquake Chile report {n}") for n in range(100, 160)]
    made = Index()
    made.add(CASES, background=background)
    odds = made.odds(key(1), key(2))
    assert odds is not None
    assert odds[0] == pytest.approx(WITH_BACKGROUND, abs=1e-4)


WITH_BACKGROUND = 0.16993


def test_blocks_are_compared_with_what_is_nearest_in_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(index, "BLOCK", 2)
    monkeypatch.setattr(index, "CONTEXT", 2)
    made = grouped(CASES)
    near = {n: [int(name, 16) for name, _ in made.likeliest(key(n), 9)] for n in (1, 2, 3, 5)}
    assert near[1] == [2]
    assert near[3] == [7]
    which = {start: made._context(np.arange(start, min(start + 2, 7))).tolist() for start in (0, 2, 4, 6)}
    assert which == {0: [], 2: [0, 1], 4: [2, 3], 6: [4, 5]}


@pytest.mark.parametrize(
    ("size", "partnered", "density", "threshold", "witnesses", "settled"),
    [
        (100, 50, 0.051, 0.6037, 3.0357, 2.1092),
        (1000, 550, 0.4876, 0.464, 7.6202, 3.8993),
        (40, 24, 0.0, 0.62, 2.5, 1.9),
        (4000, 4000, 1.0, 0.3, 13.0, 6.0),
    ],
)
def test_the_denser_a_collection_the_more_readily_groups_join(
    size: int, partnered: int, *, density: float, threshold: float, witnesses: float, settled: float
) -> None:
    found = scoring.setting(size, partnered)
    told = (found.density, found.threshold, found.witnesses, found.settled)
    assert told == pytest.approx((density, threshold, witnesses, settled), abs=1e-4)


def test_chances_are_of_both_fits_by_the_density() -> None:
    setting = scoring.Setting(0.25, 0.5, 2.0, 2.0)
    day, dense = np.array([0.0, 4.0, 1000.0, -1000.0]), np.array([0.0, 4.0, 0.0, 0.0])
    found = setting.chances(day, dense)
    odds = [0.0, 4.0, 30.0, -30.0]  # three quarters of the day's, a quarter of the other's
    assert found.tolist() == pytest.approx([1 / (1 + np.exp(-o)) for o in odds])


@pytest.mark.parametrize(
    ("text", "tokens"),
    [
        ("Don't stop: A.B. & C, 3.5", ["Don't", "stop", ":", "A.B", ".", "C", "3.5"]),
        (
            "60,000 of 1,234,567, 12,34 and 2,000m",
            ["60,000", "of", "1,234,567", "12", "34", "and", "2,000", "m"],
        ),
        ("60.000 oder 1’200’000 à 12\u202f000 €", ["60.000", "oder", "1’200’000", "à", "12\u202f000"]),
        ("L’été à Évian…", ["L’été", "à", "Évian", "…"]),
        ("地震 A", ["地震", "A"]),
        ("震", ["震"]),
        ("น้ำท่วม", ["น้ำท", "้ำท่", "ำท่ว", "ท่วม"]),
    ],
)
def test_a_text_is_cut_into_words_numbers_and_pauses(text: str, tokens: list[str]) -> None:
    assert split(text) == tokens


@pytest.mark.parametrize(
    ("spelling", "word"),
    [
        ("60,000", "60000"), ("60.000", "60000"), ("12\u202f000", "12000"), ("3.5", "3.5"), ("1.2000", "1.2000"),
        ("Kelso", "kelso"), ("Kelso's", "kelso"), ("KELSO’S", "kelso"), ("L'Élysée", "elysee"),
        ("dell’Arte", "arte"), ("Évian", "evian"), ("O'Neill", "o'neill"),
    ],
)  # fmt: skip
def test_a_spelling_loses_article_possessive_capitals_and_accents(spelling: str, word: str) -> None:
    assert fold_spelling(spelling) == word


def test_what_is_compared_is_the_headline_and_what_stands_below_with_the_words_of_the_address() -> None:
    of = entry(
        1,
        "T" * 400,
        "See https://a.example/x and www.b.example now",
        url="https://a.example/the-old-bridge-falls",
    )
    assert texts(of) == ("T" * 300, "See   and   now . the old bridge falls")
    assert texts(replace(of, standfirst="", text="B" * 500, url=""))[1] == "B" * 480 + " . "


def test_a_term_is_as_common_as_its_word_and_has_its_ends() -> None:
    spellings: list[str] = []
    from digest.group.words import Hashes

    look = Lexicon("en", Hashes(), spellings, []).look
    assert look(".") == (0, 0, 0, 9.0, PAUSE)
    assert look("The") == (term_hash("the"), 0, 0, 9.0, STOP | CAPITAL)
    assert look("2020")[1:3] == (0, 0)
    assert look("2020")[4] == NUMBER
    first = look("Bridges")
    assert first[:3] == (term_hash("bridg"), term_hash("^bridg"), term_hash("idges$"))
    assert first[3] == pytest.approx(4.0, abs=1.0)
    assert first[4] == CAPITAL
    assert look("bridges") == (*first[:4], 0)


def test_a_reader_gives_a_spelling_one_number_in_each_language() -> None:
    reader = Reader()
    both = reader.read([entry(1, "Rat", url=""), entry(2, "Rat", url="", language="de")])
    again = reader.read([entry(3, "Rat", url="")])
    assert both.language == ("en", "de")
    assert len(both) == 2
    assert (
        again.terms["hash"][again.term].tolist() == both.terms["hash"][both.term[: len(again.term)]].tolist()
    )


def test_quakes_are_alone_without_each_other() -> None:
    assert stories(grouped([QUAKE[0], *ALONE])) == {frozenset({n}) for n in (1, 3, 4)}


def test_what_is_forgotten_leaves_nothing_behind() -> None:
    early = entry(90, "Live on 2 March: ferry Alma aground near Sund", "Tugs came.", minutes=-60)
    made, never = grouped([early, *CASES]), grouped(CASES)
    assert early.id in made
    made.forget({early.id})
    assert early.id not in made
    for name in ("_hours", "_feeds", "_papers", "_headlines", "_titles", "_serial", "_days", "_live"):
        assert getattr(made, name).tolist() == getattr(never, name).tolist()
    assert (made._ids, made._number) == (never._ids, never._number)


def test_older_pairs_are_scored_again_when_what_they_share_has_become_common() -> None:
    common = [entry(n, f"Iquique magnitude earthquake Chile report {n}", minutes=n) for n in range(100, 140)]
    parts = grouped(CASES)
    before = parts.odds(key(1), key(2)), parts.odds(key(3), key(7))
    again = replace(CASES[1], id=key(8), paper="Paper 8", feed="https://8.example/feed")
    parts.add([*common, again])
    whole = grouped([*CASES, *common, again])
    for a, b in ((1, 2), (3, 7)):
        now, at_once = parts.odds(key(a), key(b)), whole.odds(key(a), key(b))
        assert now is not None
        assert at_once is not None
        assert now[0] == pytest.approx(at_once[0], abs=0.05)
    assert before[0] != parts.odds(key(1), key(2))


def test_a_block_sees_the_entries_nearest_to_its_middle(monkeypatch: pytest.MonkeyPatch) -> None:
    made = grouped(CASES)
    made._hours = np.array([0.0, 10.0, 14.0, 20.0, 12.0])
    for most, expected in ((1, [1]), (2, [1, 2]), (3, [1, 2, 3]), (4, [0, 1, 2, 3]), (9, [0, 1, 2, 3])):
        monkeypatch.setattr(index, "CONTEXT", most)
        assert made._context(np.array([4])).tolist() == expected


@pytest.mark.parametrize(("count", "serial"), [(5, False), (6, True)])
def test_six_headlines_of_a_feed_that_differ_in_numbers_alone_are_a_series(count: int, serial: bool) -> None:
    feed = "https://lotto.example/feed"
    draws = [entry(n, f"Lottery numbers of draw {n}", feed=feed, minutes=n) for n in range(20, 20 + count)]
    again = [entry(n, "Lottery numbers of draw 20", feed=feed, minutes=n) for n in range(40, 44)]
    other = entry(60, "Lottery numbers of draw 99", minutes=60)
    made = grouped([*draws, *again, other])
    assert made._serial.tolist() == [serial] * (count + 4) + [False]


@pytest.mark.parametrize(("hours", "column"), [(17.9, False), (18.0, True)])
def test_one_headline_of_a_feed_after_eighteen_hours_is_a_column(hours: float, column: bool) -> None:
    one = entry(1, "What to cook tonight with leeks and beans", feed="https://a.example/feed")
    later = replace(
        one, id=key(2), published=one.published + (CASES[1].published - CASES[0].published) * 60 * hours
    )
    made = grouped([one, later])
    assert made._columns(np.array([0]), np.array([1])).tolist() == [column]
    assert len(stories(made)) == 1 + column


@pytest.mark.parametrize(
    ("title", "body", "phrases"),
    [
        ("Kelso bridge fell", "", 2),
        ("bridge of Kelso", "", 1),
        ("bridge of the Kelso", "", 0),
        ("bridge: Kelso", "", 0),
        ("old bridge: Kelso", "", 1),
        ("bridge", "Kelso", 0),
        ("", "Kelso bridge", 1),
        ("Kelso bridge Kelso", "", 2),
        ("Kelso bridge Kelso bridge", "", 2),
    ],
)
def test_a_phrase_is_two_terms_side_by_side_or_with_one_small_word_between(
    title: str, body: str, phrases: int
) -> None:
    words = read([entry(1, title, body, url="")])
    has, rarity = compare._phrases(words, (words.flags & (STOP | PAUSE)) == 0)
    assert has.nnz == phrases
    if phrases:
        assert rarity.tolist() == pytest.approx([np.log(501 / 1.3)] * phrases)


def test_entries_without_words_have_no_figures() -> None:
    words = read([entry(1, "", url=""), entry(2, "", url="")])
    none = words.part(np.zeros(0, np.int64))
    for some, count in ((words, 2), (none, 0)):
        made = compare.rows(some, np.zeros(count), np.zeros(count, np.int64), compare.frequencies(some))
        assert made.words.shape[0] == count
        assert made.words.nnz == 0
        assert made.letters.nnz == 0


def test_numbers_conflict_only_where_both_have_some() -> None:
    titles = [
        "Kelso bridge falls into Tarn",
        "Kelso bridge falls 12",
        "Kelso bridge 14 falls",
        "Kelso bridge 12",
    ]
    i, j, found = compared_pairs([entry(n, title, url="") for n, title in enumerate(titles, 1)])
    at = FEATURES.index("conflict")
    told = {(a, b): row[at] for a, b, row in zip(i.tolist(), j.tolist(), found.tolist(), strict=True)}
    assert {pair for pair, conflict in told.items() if conflict} == {(1, 2), (2, 3)}
    assert len(told) == 6


def test_a_common_name_says_less_across_languages() -> None:
    words = read([entry(1, "They met World 10", url=""), entry(2, "Xylo Quark", url="")])
    has, idf = abroad._names(words)
    by_entry = [sorted(idf[has[n].indices].round(3).tolist()) for n in (0, 1)]
    rare = round(float(np.log(202 / 2)), 3)
    common = [round((9 - zipf(word, "en")) * np.log(10) / 2, 3) for word in ("world", "10")]
    assert common[0] < common[1] < rare
    assert by_entry == [pytest.approx(common, abs=0.001), [rare, rare]]


def rows_of(*titles: str) -> compare.Rows:
    words = read([entry(n, title, url="") for n, title in enumerate(titles, 1)])
    zeros = np.zeros(len(titles))
    return compare.rows(words, zeros, zeros.astype(np.int64), compare.frequencies(words))


def test_more_entries_than_words_are_all_compared() -> None:
    i, j = compare.neighbours(rows_of(*["Kelso bridge"] * 5), np.ones(5, bool))
    assert {*zip(i.tolist(), j.tolist(), strict=True)} == {*itertools.combinations(range(5), 2)}


@pytest.mark.parametrize(
    ("languages", "pairs"), [([0, 2], 1), ([2, 0], 1), ([0, 0], 1), ([2, 2], 1), ([1, 2], 0)]
)
def test_an_entry_in_a_language_nobody_knows_is_compared_with_any(languages: list[int], pairs: int) -> None:
    rows = replace(rows_of("Kelso bridge", "Kelso bridge"), language=np.array(languages))
    assert len(compare.neighbours(rows, np.ones(2, bool))[0]) == pairs


def test_a_word_that_is_rarer_today_than_ever_is_no_burst() -> None:
    rows = rows_of("Kelso bridge", "Kelso bridge")
    usual = replace(rows, batch_idf=rows.static_idf + 0.5)
    burst = replace(rows, batch_idf=rows.static_idf - 0.5)
    pair = np.array([0]), np.array([1])
    at = FEATURES.index("burst")
    assert [compare.features(some, *pair)[0, at] for some in (usual, burst)] == pytest.approx([0.0, 0.5])


def test_grouping_hands_on_all_that_it_is_told() -> None:
    common = [entry(n, f"Iquique magnitude earthquake Chile report {n}") for n in range(100, 160)]
    assert len(group(CASES).stories) == 5
    assert len(group(CASES, background=common).stories) == 6
    heavy = group(CASES, weights={CASES[1].feed: 9.0}).stories[0]
    assert heavy.lead == CASES[1]
    assert any(r.kind == "weight" for r in heavy.members[0].reasons)
    assert group(CASES).near_misses == ()
    again = replace(CASES[1], id=key(8), paper="Paper 8", feed="https://8.example/feed")
    misses = group([*CASES, again], near_misses=9).near_misses
    chances = [chance for *_, chance in misses]
    assert len(misses) == 3
    assert chances == sorted(chances, reverse=True)
    assert len(group([*CASES, again], near_misses=1).near_misses) == 1


def test_why_asks_across_languages_when_told() -> None:
    german = entry(2, "Chile: Beben 7.1 in Iquique", "Rosa Diaz spricht.", language="de")
    one = entry(1, "Chile: Earthquake 7.1 in Iquique", "Rosa Diaz speaks.")
    assert why(one, german)[0].text == "too little in common to be compared"
    assert why(one, german, across_languages=True)[0].text == "alike enough"


def same(titles: list[str], fresh: list[bool] | None = None) -> list[tuple[int, int]]:
    words = read([entry(n, title, "Some words below.") for n, title in enumerate(titles)])
    i, j = index._same(
        words,
        np.array([True] * len(titles) if fresh is None else fresh, bool),
        index.SAME_HEADLINE_WORDS,
        TITLE,
    )
    return sorted(zip(i.tolist(), j.tolist(), strict=True))


def test_one_headline_of_four_words_is_a_pair_whatever_stands_below() -> None:
    four, three = "Kelso bridge collapse kills two", "Letters to editor, Kelso"
    assert same([four, "Ferry runs aground off Sund", four, three, three, four]) == [(0, 2), (0, 5), (2, 5)]
    assert same(["Kelso bridge falls early", "The Kelso bridge falls: early"]) == [(0, 1)]
    assert same(["Kelso bridge kills 12", "Kelso bridge kills 13"]) == []
    assert same([]) == []


def test_a_text_printed_word_for_word_is_one_story_however_common_its_words_are_that_day() -> None:
    starts, ends = (
        ("har", "stei", "vel", "kro", "bas", "fin", "gal"),
        ("mo", "lun", "ter", "rin", "melt", "borg"),
    )
    vocabulary = [a + b + c for a in starts for b in ends for c in ("", "en", "ost")]
    rng = np.random.default_rng(7)

    def made_up(number: int) -> Entry:
        return entry(number, " ".join(rng.choice(vocabulary, 8)), " ".join(rng.choice(vocabulary, 22)))

    own = [made_up(n) for n in range(10, 210)]
    copies = [entry(n, own[0].title, own[0].standfirst) for n in (1, 2, 3)]
    story_of = grouped([*own, *copies]).story_of()
    assert len({story_of[e.id] for e in [own[0], *copies]}) == 1


def test_of_many_with_one_headline_each_meets_the_first_five() -> None:
    found = same(["Kelso bridge collapse kills two"] * 8)
    assert found == sorted((i, j) for j in range(8) for i in range(min(j, 5)))


def test_pairs_of_old_entries_are_not_made_again() -> None:
    title = "Kelso bridge collapse kills two"
    assert same([title] * 3, [False, False, True]) == [(0, 2), (1, 2)]
    assert same([title] * 3, [True, False, False]) == [(0, 1), (0, 2)]


def test_an_entry_added_later_changes_only_its_own_story_and_is_told() -> None:
    made = grouped(CASES)
    before = made.story_of()
    again = replace(CASES[1], id=key(8), paper="Paper 8", feed="https://8.example/feed")
    changed = made.add([again, entry(70, "Ferry Alma aground near Sund", "Tugs came.", minutes=70)])
    assert set(changed) >= {key(8), key(70)}
    assert made.story_of()[key(8)] == before[key(2)]
    assert {name: made.story_of()[name] for name in (key(3), key(7))} == {
        n: before[n] for n in (key(3), key(7))
    }
    assert changed[key(70)] not in before.values()


def test_across_languages_a_few_names_among_many_are_no_pair_and_an_entry_without_names_is_none() -> None:
    shared = ["Iquique", "Diaz", "Xylo"]
    own = [[f"Q{a}{b}q" for a in letters for b in "abcdefg"] for letters in ("mnop", "rstu")]
    few = [entry(n, " ".join([*shared, *own[n]]), language=name) for n, name in enumerate(("de", "fr"))]
    nameless = entry(3, "rien de neuf", language="fr", url="")
    i, _, _ = abroad.pairs(read([*few, nameless]), np.ones(3, bool))
    assert len(i) == 0
    alike = [entry(n, " ".join(shared), language=name) for n, name in enumerate(("de", "fr"))]
    i, j, _ = abroad.pairs(read([*alike, nameless]), np.ones(3, bool))
    assert list(zip(i.tolist(), j.tolist(), strict=True)) == [(0, 1)]


def test_what_every_report_of_a_paper_says_tells_nothing() -> None:
    paper, other = "Kelso TV", "Paper 40"
    clips = [
        entry(n, f"{title} kelsovision", "Subscribe to Kelsovision.", paper=paper, url="")
        for n, title in enumerate(("Bridge falls", "Vote counted", "Ferry aground", "Storm nears"), 20)
    ]
    elsewhere = entry(40, "Why kelsovision matters", "On television.", paper=other, url="")
    words = read([*clips, elsewhere])
    papers = compare.papers_of([*clips, elsewhere])
    rows = compare.rows(words, np.zeros(5), papers, compare.frequencies(words))
    of_name = rows.has.indices == int(
        np.flatnonzero(words.terms["hash"] == term_hash(stem("kelsovision")))[0]
    )
    entry_of = np.repeat(np.arange(5), np.diff(rows.has.indptr))
    rare = dict(zip(entry_of[of_name].tolist(), rows.telling[of_name].tolist(), strict=True))
    idf = float(rows.idf[rows.has.indices[of_name][0]])
    by_hand = float(np.log((4 - 1 + 5) / (4 - 1 + 5 * np.exp(-idf))))
    assert rare == pytest.approx({0: by_hand, 1: by_hand, 2: by_hand, 3: by_hand, 4: idf})
    at = FEATURES.index("telling")
    pairs = np.array([0, 0]), np.array([1, 4])
    own, across = compare.features(rows, *pairs)[:, at]
    assert own < idf
    assert across == pytest.approx(by_hand)


def stem(word: str) -> str:
    made = stemmer("en")
    return made(word) if made else word


def test_two_entries_are_of_one_paper_by_its_name_or_its_feed() -> None:
    named = [
        entry(1, "Kelso", paper="Post", feed="a"),
        entry(2, "Kelso", paper="Post", feed="b"),
        entry(3, "Kelso", paper="", feed="a"),
        entry(4, "Kelso", paper="", feed="a"),
        entry(5, "Kelso", paper="", feed=""),
        entry(6, "Kelso", paper="", feed=""),
    ]
    rows = replace(rows_of("Kelso"), paper=compare.papers_of(named))
    i, j = np.array([0, 2, 0, 4]), np.array([1, 3, 2, 5])
    assert rows.own(i, j).tolist() == [True, True, False, False]


def test_a_headline_may_be_contained_in_the_other_report() -> None:
    long = "Divers search the Tarn after Kelso bridge falls in storm"
    i, j, found = compared_pairs(
        [entry(1, "Kelso bridge falls", url=""), entry(2, long, "Two are dead.", url="")]
    )
    told = dict(zip(FEATURES, found[0].tolist(), strict=True))
    assert (i.tolist(), j.tolist()) == ([0], [1])
    assert told["contained"] == pytest.approx(1.0)
    assert told["title"] < 0.8
    assert told["shorter"] == pytest.approx(np.log(4))
    assert told["longer"] == pytest.approx(np.log(9))
    assert told["own_words"] == 0.0


def test_a_paper_that_prints_a_headline_again_tells_the_same_story() -> None:
    title = "Why Kelso counts bridges at noon"
    again = [
        entry(1, title, "A column.", paper="Post", feed="a", url="https://post.example/1"),
        entry(2, title, "Readers wrote to us of rivers.", paper="Post", feed="a", url="https://post.example/2"),
    ]  # fmt: skip
    assert stories(grouped([*again, *ALONE])) == {frozenset({1, 2}), frozenset({3}), frozenset({4})}
    assert grouped(again).odds(key(1), key(2)) == (pytest.approx(1 / (1 + np.exp(-6))), 0.62)


def test_a_report_without_a_headline_has_figures_like_any() -> None:
    one, other = (entry(n, "", "Kelso bridge falls into the Tarn in a storm.", url="") for n in (1, 2))
    *_, found = compared_pairs([one, other])
    told = dict(zip(FEATURES, found[0].tolist(), strict=True))
    assert (told["title"], told["cross"], told["contained"]) == (0.0, 0.0, 0.0)
    assert told["words"] == pytest.approx(1.0)


def test_log_odds_are_the_figures_times_the_coefficients_and_a_constant_in_both_fits() -> None:
    fit = scoring.weights()
    figures = np.arange(len(FEATURES), dtype=float)[None, :]
    day, dense = scoring.log_odds(figures, fit)
    assert day.tolist() == pytest.approx([float(figures[0] @ fit.day) + fit.day_constant])
    assert dense.tolist() == pytest.approx([float(figures[0] @ fit.dense) + fit.dense_constant])


def test_a_pair_is_kept_when_either_fit_has_hope_for_it() -> None:
    i = np.arange(4)
    odds = np.array([-9.0, -9.0, 0.0, 0.0]), np.array([-9.0, 0.0, -9.0, 0.0])
    edges = index.Edges(i, i + 4, odds[0], odds[0].copy(), odds[1])
    assert index._hopeful(edges).i.tolist() == [1, 2, 3]
