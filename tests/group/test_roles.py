"""Who leads a story, who reports, who copies, what stands beside, and why."""

from __future__ import annotations

from dataclasses import replace

import pytest

from digest.group import group, restrict, why
from digest.group.roles import _told, agency, beside_kind, clarity, is_live_page, package, same_text
from digest.model import Picture, Story
from tests.group.news import ALONE, QUAKE, entry

WIRE = (
    "Skylark, a low-cost airline with 34 aircraft, filed for bankruptcy on Wednesday and cancelled all its "
    "flights, leaving 60,000 travellers stranded across Europe. (Reuters)"
)
SKYLARK = [
    entry(1, "Airline Skylark files for bankruptcy", WIRE),
    entry(2, "Skylark goes bankrupt, 60,000 stranded", WIRE),
    entry(
        3, "Skylark collapse strands 60,000 travellers across Europe", "Our reporter met families in Palma."
    ),
    entry(4, "Opinion: Skylark's bankruptcy was coming", "The airline sold seats below cost for years."),
]


def story() -> Story:
    return package("s", SKYLARK, {})


def roles(story: Story) -> dict[int, str]:
    return {int(m.entry.id, 16): m.role for m in story.members}


def test_a_text_printed_twice_is_one_voice_and_an_own_report_leads() -> None:
    assert roles(story()) == {3: "lead", 1: "report", 2: "copy", 4: "sidebar"}
    assert story().papers == ("Paper 3", "Paper 1")


def test_the_copy_names_the_agency() -> None:
    copy = next(m for m in story().members if m.role == "copy")
    assert (copy.reasons[0].kind, copy.reasons[0].text) == ("copy", "Reuters")


def test_members_come_lead_first_then_reports_copies_and_sidebars() -> None:
    assert [m.role for m in story().members] == ["lead", "report", "copy", "sidebar"]


def test_a_feed_can_be_given_weight_in_the_choice_of_the_lead() -> None:
    assert package("s", SKYLARK, {SKYLARK[0].feed: 5.0}).lead == SKYLARK[0]


def test_the_lead_says_in_words_what_counted_for_it() -> None:
    assert [(r.kind, r.text, r.value) for r in story().members[0].reasons] == [
        ("headline", "how clear its headline is", 1.0),
        ("central", "how much of its headline the others tell too", 1.857),
        ("typical", "how much of its text they do", 1.235),
        ("own", "its own report, not an agency's", 0.5),
        ("standfirst", "it says more than the headline", 0.3),
        ("fit", "its worth as a lead", 4.892),
    ]


def test_how_well_a_member_would_lead_leaves_out_the_weight_of_its_feed() -> None:
    def fits(weights: dict[str, float]) -> dict[str, float | None]:
        members = package("s", SKYLARK, weights).members
        return {m.entry.id: r.value for m in members for r in m.reasons if r.kind == "fit"}

    assert [fits({})[e.id] for e in SKYLARK] == [4.249, 3.875, 4.892, 1.952]
    assert fits({SKYLARK[3].feed: 9.0}) == fits({})


def test_a_clear_headline_leads_over_one_that_is_cut_short() -> None:
    cut = entry(1, "Kelso bridge falls into the river Tarn at dawn…")
    whole = entry(2, "Kelso bridge falls into the river Tarn at dawn")
    assert package("s", [cut, whole], {}).lead == whole


def test_a_feed_without_a_weight_counts_as_one_of_weight_one() -> None:
    twins = [entry(1, "Kelso bridge falls into the river"), entry(2, "Kelso bridge falls into the river")]
    assert package("s", twins, {twins[0].feed: 1.0}).lead == twins[0]
    assert package("s", twins, {twins[1].feed: 1.1}).lead == twins[1]


def test_a_picture_with_a_caption_helps_to_lead() -> None:
    twins = [
        entry(1, "Kelso bridge falls into the river Tarn at dawn"),
        entry(2, "Kelso bridge falls into river Tarn at dawn"),
    ]
    assert package("s", twins, {}).lead == twins[0]
    shown = replace(twins[1], pictures=(Picture("https://p.example/1.jpg", caption="The broken bridge"),))
    lead = package("s", [twins[0], shown], {}).members[0]
    assert lead.entry == shown
    assert ("picture", "its picture has a caption") in {(r.kind, r.text) for r in lead.reasons}


def test_a_second_edition_of_one_paper_stands_beside() -> None:
    first = entry(1, "Kelso bridge collapse kills two", "Divers searched the Tarn.")
    later = replace(
        first, id="f" * 16, title="Kelso bridge collapse kills three", standfirst="A third body was found."
    )
    assert sorted(m.role for m in package("s", [first, later], {}).members) == ["lead", "sidebar"]


def test_the_story_can_be_seen_by_a_newsletter_that_reads_fewer_feeds() -> None:
    seen = restrict(story(), lambda e: e.paper != "Paper 3")
    assert seen is not None
    assert seen.id == "s"
    assert roles(seen) == {1: "lead", 2: "copy", 4: "sidebar"}
    assert restrict(story(), lambda e: False) is None
    assert restrict(story(), lambda e: True) == story()


def test_every_member_says_what_ties_it_to_the_story() -> None:
    quake = next(s for s in group(QUAKE + ALONE).stories if len(s.members) == 2)
    reasons = quake.members[1].reasons
    score = next(r for r in reasons if r.kind == "score")
    assert score.value is not None
    assert score.threshold is not None
    assert score.value >= score.threshold
    assert ("name", "Iquique") in {(r.kind, r.text) for r in reasons}


def test_why_explains_a_pair_and_what_speaks_against_it() -> None:
    first, *rest = why(QUAKE[0], QUAKE[1], others=ALONE)
    assert first.kind == "score"
    assert first.value is not None
    assert first.value > 0.5
    assert {"name", "number"} <= {r.kind for r in rest}
    verdict, *_ = why(QUAKE[0], ALONE[0])
    assert verdict.value == 0.0


def test_near_misses_are_reported_when_asked_for() -> None:
    museum = entry(7, "A museum of astronomy opens in Iquique", "It shows the stars of the southern sky.")
    misses = group([*QUAKE, *ALONE, museum], near_misses=2).near_misses
    assert museum in misses[0][:2]
    assert 0 < misses[0][2] < 0.5


@pytest.mark.parametrize(
    ("title", "kind"),
    [
        ("Live: National Guard called in", "live"),
        ("Kommentar: Ein Haushalt auf Kosten der Städte", "column"),
        ("JANE DOE: The bridge we should have mended", "column"),
        ("What we know about the Kelso bridge", "explainer"),
        ("Who is Carla Voss?", "profile"),
        ("Union slams minister over Kelso", "reaction"),
        ("Kelso bridge falls | In pictures", "pictures"),
        ("Kelso bridge falls into the Tarn", ""),
        ("Bus driver lives to tell the tale", ""),
    ],
)
def test_sidebars_are_known_by_their_headlines(title: str, kind: str) -> None:
    assert beside_kind(entry(1, title)) == kind


def test_a_section_called_opinion_makes_a_column() -> None:
    assert beside_kind(entry(1, "The bridge we should have mended", categories=("Opinion",))) == "column"


@pytest.mark.parametrize(
    ("title", "kicker", "live"),
    [
        ("Cholera updates LIVE: schools of Sund shut", "", True),
        ("En direct : la crue de la Tarn", "", True),
        ("How we live now on the quays of Sund", "", False),
        ("Storm over Sund", "Live", False),
    ],
)
def test_a_live_page_says_so_before_its_headline(title: str, kicker: str, live: bool) -> None:
    assert is_live_page(entry(1, title, kicker=kicker)) == live


def test_the_agency_is_found_in_authors_and_text() -> None:
    assert agency(entry(1, "t", authors=("AFP",))) == "AFP"
    assert agency(entry(1, "t", "BERLIN (dpa) - Der Minister")) == "dpa"
    assert agency(entry(1, "t", "The apartment was empty")) == ""


def test_clear_headlines_score_above_riddles_and_shouting() -> None:
    plain = clarity("Kelso bridge collapse kills two, divers search the Tarn")
    assert plain > clarity("Could this be the end of the road for old bridges?")
    assert plain > clarity("KELSO BRIDGE COLLAPSE KILLS TWO, DIVERS SEARCH")
    assert clarity("") == -1


def test_texts_are_the_same_when_most_runs_of_words_are() -> None:
    assert same_text(SKYLARK[0], SKYLARK[1]) == 1
    assert same_text(SKYLARK[0], SKYLARK[2]) == 0


def test_the_headline_leads_whose_words_the_others_have() -> None:
    told = [
        entry(
            1, "Herald columnist gives Varga until Sunday to dismiss her aide", "Minister Varga's aide drove."
        ),
        entry(
            2, "Minister Varga defends aide over lockdown drive", "Varga said her aide obeyed the lockdown."
        ),
        entry(3, "Varga under fire as aide breaks lockdown", "The minister defends a drive of her aide."),
    ]
    assert package("s", told, {}).lead.id == told[1].id


def test_in_a_story_of_one_paper_its_other_entries_tell_what_is_central() -> None:
    told = [
        replace(entry(n, title, text), paper="One", feed="one")
        for n, (title, text) in enumerate(
            (
                ("A night of fear and of songs", "The ferry Alma ran aground off Vik."),
                ("Ferry Alma runs aground off Vik", "Passengers of the ferry Alma wait at Vik."),
            ),
            1,
        )
    ]
    assert package("s", told, {}).lead.id == told[1].id


def test_an_affairs_outskirts_do_not_lead_it_however_much_of_them_one_paper_has() -> None:
    centre = [
        entry(1, "Protesters set Remich police station on fire", "Rioters broke into the station in Remich."),
        entry(2, "Remich police station burns in third night of protest", "Troops are called to Remich."),
    ]
    outskirts = [
        replace(entry(n, title, text), paper="Coast", feed="coast")
        for n, (title, text) in enumerate(
            (
                ("Protesters and police clash in downtown Vik", "Windows broke along the harbour of Vik."),
                ("Vandalism in Vik during protest over police", "Cars and a kiosk burned at the harbour."),
                ("Photos: protesters block the ring road of Vik", "The harbour stood still for an hour."),
            ),
            3,
        )
    ]
    assert package("s", [*outskirts, *centre], {}).lead.id == centre[0].id


def test_another_print_of_a_text_does_not_make_it_typical() -> None:
    told = {r.kind for r in package("s", SKYLARK[:2], {}).members[0].reasons}
    assert "typical" not in told


@pytest.mark.parametrize(
    "title", ["Why the order could harm the president", "Warum die Brücke in Remich gesperrt bleiben muss"]
)
def test_a_headline_that_asks_is_less_clear_than_one_that_tells(title: str) -> None:
    assert clarity(title) < clarity("President signs an order on social media")


def test_one_word_that_both_have_is_all_that_either_tells() -> None:
    one, other = entry(1, "Kelso", url=""), entry(2, "Kelso", "It was so and not.", url="")
    assert _told([one, other]) == {one.id: (1.0, 1.0), other.id: (1.0, 1.0)}


def test_of_a_text_that_four_fifths_repeat_nothing_is_told() -> None:
    one = entry(1, "Kelso", "Divers search river below old bridge after fall", url="")
    other = entry(2, "Kelso", "Divers search river below old bridge after storm", url="")
    assert same_text(one, other) == 0.8
    assert _told([one, other]) == {one.id: (0.0, 0.0), other.id: (0.0, 0.0)}
