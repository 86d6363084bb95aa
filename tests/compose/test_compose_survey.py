"""What a window of entries tells: how alike two are, who writes of one affair, which feeds are edited. Exact figures."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import replace

import pytest

from digest.compose.survey import Echo, Index, survey
from digest.model import Entry, Feed
from tests.compose.compose_samples import entry


def index(
    headlines: Iterable[str], *, size: int = 0, papers: str = "ABCDEFGHIJ"
) -> tuple[Index, list[Entry]]:
    """An index of entries with ``headlines``, each of another paper, filled up to ``size`` with others' words."""
    told = [entry(f"e{i}", papers[i % len(papers)], title=title) for i, title in enumerate(headlines)]
    fill = [entry(f"f{i}", "Fill", title=f"Filling{i}") for i in range(size - len(told))]
    return survey([*told, *fill], ()).index, told


def rarity(count: int, of: int) -> float:
    return math.log((of + 1) / (count + 0.5))


def test_likeness_is_the_cosine_of_what_is_rare() -> None:
    seen, (one, other) = index(["alpha beta", "alpha gamma delta"])
    shared, own = rarity(2, 2) ** 2, rarity(1, 2) ** 2
    assert seen.likeness(one, other) == pytest.approx(shared / math.sqrt((shared + own) * (shared + 2 * own)))
    assert seen.likeness(one, one) == pytest.approx(1.0)


def test_entries_that_share_nothing_are_not_alike() -> None:
    seen, (one, other) = index(["alpha beta", "gamma delta"])
    assert seen.likeness(one, other) == 0.0


@pytest.mark.parametrize(("size", "share", "common"), [(40, 4, False), (40, 5, True), (39, 5, False)])
def test_in_a_window_of_forty_a_word_of_more_than_a_tenth_says_nothing(
    size: int, share: int, common: bool
) -> None:
    seen, told = index([f"virus word{i}" for i in range(share)], size=size)
    assert (seen.likeness(told[0], told[1]) == 0.0) is common


def test_an_affair_is_two_rare_words_shared_one_of_them_in_both_headlines() -> None:
    standfirst = "Varga spoke of the dam."
    both = entry("a", "A", title="Varga dam report")
    others = {
        "b": entry("b", "B", title="Minister Varga resigns", standfirst=standfirst),
        "c": entry("c", "C", title="Minister speaks", standfirst=standfirst),
        "d": entry("d", "D", title="Varga opens bridge"),
    }
    fill = [entry(f"f{i}", "F", title=f"Filling{i} words{i}") for i in range(40)]
    seen = survey([both, *others.values(), *fill], ()).index
    assert {key: seen.same_affair(both, other) for key, other in others.items()} == {
        "b": True,
        "c": False,
        "d": False,
    }


def test_two_words_in_common_do_not_make_one_affair_of_long_texts() -> None:
    long = " ".join(f"other{i}" for i in range(60))
    one = entry("a", "A", title="Varga dam", standfirst=long)
    other = entry("b", "B", title="Varga dam", standfirst=long.replace("other", "further"))
    assert survey([one, other], ()).index.likeness(one, other) < 0.15
    assert not survey([one, other], ()).index.same_affair(one, other)
    assert survey([one, other], ()).index.echo(one).papers == {"A"}


@pytest.mark.parametrize(
    ("share", "size", "rare"), [(5, 60, True), (6, 61, False), (6, 120, True), (7, 120, False)]
)
def test_a_word_is_rare_in_five_entries_or_a_twentieth_of_all(share: int, size: int, rare: bool) -> None:
    """Apart from each other, so that they are no name of two words."""
    titles = [f"{'Varga' if i % 2 else 'Dam'} word{i} {'Dam' if i % 2 else 'Varga'}" for i in range(share)]
    seen, told = index(titles, size=size)
    assert seen.likeness(told[0], told[1]) > 0.15
    assert seen.same_affair(told[0], told[1]) is rare


def great(count: int, *, apart: int = 0, headlined: int | None = None) -> tuple[Index, list[Entry]]:
    """An affair too great to be rare: ``count`` entries with its name, some with one word of it only."""
    headlined = count if headlined is None else headlined
    named = [
        entry(
            f"e{i}", title=f"George Floyd word{i}" if i < headlined else f"Word{i}", standfirst="George Floyd"
        )
        for i in range(count)
    ]
    alone = [entry(f"g{i}", title=f"Floyd river{i}") for i in range(apart)]
    fill = [entry(f"f{i}", title=f"Filling{i}") for i in range(60 - len(named) - len(alone))]
    return survey([*named, *alone, *fill], ()).index, named


@pytest.mark.parametrize(
    ("count", "apart", "headlined", "named"),
    [
        (12, 0, 12, True),
        (12, 8, 12, True),  # 12 of 20: three fifths together
        (12, 9, 12, False),
        (12, 0, 4, False),  # of a name two fifths stand in headlines
        (15, 0, 6, True),
        (15, 0, 5, False),
    ],
)
def test_words_that_stand_together_nearly_always_are_a_name_of_an_affair(
    count: int, apart: int, headlined: int, named: bool
) -> None:
    seen, entries = great(count, apart=apart, headlined=headlined)
    assert seen.same_affair(entries[0], entries[-1]) is named


@pytest.mark.parametrize(("count", "named"), [(5, True), (4, False)])
def test_a_name_stands_in_five_entries(count: int, named: bool) -> None:
    long = " ".join(f"other{i}" for i in range(60))
    told = [
        entry(f"e{i}", title="George Floyd", standfirst=long.replace("other", f"more{i}"))
        for i in range(count)
    ]
    assert survey(told, ()).index.same_affair(told[0], told[1]) is named


def test_an_entry_that_shares_no_name_is_not_of_the_affair() -> None:
    seen, entries = great(12)
    stranger = entry("f0", title="Filling0")
    assert not seen.same_affair(entries[0], stranger)
    assert not seen.same_affair(stranger, entries[0])


def test_an_echo_is_the_papers_of_the_affair_and_the_two_words_they_share_most() -> None:
    titles = ["Varga dam crack report", "Varga dam", "Crack in Varga dam", "Weather in the north"]
    seen, told = index(titles, size=60)
    assert seen.echo(told[0]) == Echo(frozenset("ABC"), ("dam", "varga"))
    assert seen.echo(told[3]) == Echo(frozenset("D"), ())


def test_what_several_words_share_adds_up() -> None:
    title = "Varga dam " + " ".join(f"own{{0}}{i}" for i in range(8))
    seen, told = index([title.format("a"), title.format("b")], size=60)
    assert 0.15 <= seen.likeness(*told) < 0.3
    assert seen.echo(told[0]).papers == {"A", "B"}


def test_what_all_share_comes_before_what_one_shares() -> None:
    seen, told = index(["Aardvark Varga Zoo", "Aardvark Zoo", "Zoo Varga", "Zoo Aardvark"], size=60)
    assert seen.echo(told[0]).words == ("zoo", "aardvark")


def test_one_shared_word_is_no_echo() -> None:
    seen, told = index(["Varga dam", "Varga bridge", "Varga tunnel"], size=60)
    assert seen.echo(told[0]) == Echo(frozenset("A"), ())


def test_a_papers_own_entries_are_no_echo() -> None:
    seen, told = index(["Varga dam", "Varga dam again", "Varga dam still"], size=60, papers="A")
    assert seen.echo(told[0]) == Echo(frozenset("A"), ())


EDITED = "https://courier.example/feed"


def edited(ages: Iterable[float], *, size: int = 50, shift: int = 0) -> float:
    """How edited a feed is whose places hold entries of ``ages`` hours, the rest of ``size`` beyond its top."""
    top = [entry(f"t{i}", hours=age, position=i + shift) for i, age in enumerate(ages)]
    rest = [entry(f"r{i}", hours=99, position=20 + i) for i in range(size - len(top))]
    return survey([*top, *rest], ()).edited[EDITED]


@pytest.mark.parametrize(
    ("ages", "how"),
    [
        ([1, 2, 3, 4, 5], 0.0),
        ([1, 1, 1, 1, 1], 0.0),  # a feed that dates them all alike
        ([2, 1, 4, 3], 0.0),  # four are too few to tell
        ([2, 1, 3, 4, 5], 1.0),  # one in four
        ([2, 1, 3, 4, 5, 6, 7, 8, 9], 0.5),
        ([9, 8, 7, 6, 5], 1.0),
        ([*range(1, 20), 0.5], 4 / 19),
        ([*range(1, 21), 0.5], 0.0),  # the twenty-first place is not the top
    ],
)
def test_a_feed_is_edited_where_older_entries_stand_above_newer_ones(ages: list[float], how: float) -> None:
    assert edited(ages) == pytest.approx(how)


@pytest.mark.parametrize(
    ("size", "how"), [(50, 1.0), (500, 1.0), (5, math.log(5 / 4) / math.log(50 / 4)), (14, 0.496)]
)
def test_the_top_of_a_longer_feed_says_more(size: int, how: float) -> None:
    assert edited([5, 4, 3, 2, 1], size=size) == pytest.approx(how, abs=1e-3)


def test_a_handful_of_entries_says_nothing() -> None:
    told = [entry(f"t{i}", hours=9 - i, position=i) for i in range(3)]
    assert survey(told, ()).edited[EDITED] == 0.0


def test_of_entries_that_stood_at_one_place_the_newest_counts() -> None:
    current = [entry(f"t{i}", hours=i + 1, position=i) for i in range(5)]
    gone = [entry(f"a{i}", hours=60 - i, position=i % 5) for i in range(45)]
    assert survey([*gone, *current], ()).edited[EDITED] == 0.0
    assert survey([*current, *gone], ()).edited[EDITED] == 0.0


def test_an_entry_of_no_feed_has_a_plain_one() -> None:
    mine = Feed(EDITED, "Courier", weight=2.0)
    seen = survey([], [mine])
    assert seen.feed(entry("a")) == mine
    assert seen.feed(entry("b", "Stranger")) == Feed("", "")


def test_a_paper_alone_has_no_neighbour() -> None:
    assert survey((), ()).company.closest("Courier", []) == 0.0


def test_a_word_that_only_an_entry_from_elsewhere_has_is_as_rare_as_one_of_a_single_entry() -> None:
    seen, (one, _) = index(["alpha beta", "gamma delta"])
    assert seen.likeness(entry("x", "X", title="alpha zeta"), one) == pytest.approx(0.5)


def test_an_entry_from_elsewhere_is_read_again_when_its_words_change() -> None:
    seen, told = index(["alpha beta report", "alpha beta denied", "alpha beta vote"], size=40)
    mine = entry("x", "X", title="alpha beta again")
    assert len(seen.echo(mine).papers) == 4
    changed = replace(mine, title="choir practice")
    assert seen.echo(changed) == Echo(frozenset({"X"}), ())
    assert seen.likeness(changed, told[0]) == 0.0


def test_an_entry_from_elsewhere_is_read_once_while_it_stays_the_same() -> None:
    seen, _ = index(["alpha beta report", "alpha beta denied"], size=40)
    mine = entry("x", "X", title="alpha beta again")
    assert seen.echo(mine) is seen.echo(mine)


def test_an_entry_of_the_window_is_known_by_what_it_said_there() -> None:
    seen, (one, other) = index(["alpha beta", "alpha gamma"])
    before = seen.likeness(one, other)
    assert seen.likeness(replace(one, title="something else"), other) == before > 0


def test_the_share_of_local_news_is_counted() -> None:
    there = entry("a", url="https://courier.example/metro/a")
    assert survey([there, entry("b"), entry("c"), entry("d")], ()).local == 0.25
    assert survey([there], ()).local == 1.0
    assert survey([], ()).local == 0.0
