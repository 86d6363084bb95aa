"""A story packaged again: exactly one lead, the roles of the others, and the words that say why."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest

from digest.compose import package
from digest.model import Entry, Member, Reason, Role, Story
from tests.compose.compose_samples import WIDE, entry, story

WHY = Reason("editor", "by Ann", 1.0)
EARLIER = Reason("name", "both name Varga")


def settled(*members: Member, weights: dict[str, float] | None = None) -> Story:
    return package.settle("s", members, lambda of: (weights or {}).get(of.paper, 1.0))


def member(key: str, role: Role = "report", *reasons: Reason, **more: Any) -> Member:
    return Member(entry(key, **more), role, reasons)


def roles(of: Story) -> Sequence[tuple[str, Role]]:
    return [(m.entry.id, m.role) for m in of.members]


def test_the_lead_stays_and_stands_first() -> None:
    lead = member("b", "lead", EARLIER)
    assert settled(member("a"), lead) == Story("s", (lead, member("a")))


@pytest.mark.parametrize(
    ("members", "why"),
    [
        ([member("a", "report", EARLIER), member("b", "sidebar")], "leads now: the best report left"),
        ([member("a", "copy", EARLIER), member("b", "sidebar")], "leads now: the only text left"),
        ([member("a", "sidebar", EARLIER)], "leads now: nothing but sidebars is left"),
    ],
)
def test_without_a_lead_the_best_other_leads_and_says_why(members: list[Member], why: str) -> None:
    first, *rest = members
    lead = Member(first.entry, "lead", (EARLIER, Reason("lead", why)))
    assert settled(*reversed(members)) == Story("s", (lead, *rest))


def test_of_two_leads_the_other_becomes_a_report() -> None:
    one, other = member("a", "lead", EARLIER, hours=2), member("b", "lead", WHY, hours=1)
    assert settled(other, one) == Story("s", (one, Member(other.entry, "report", (WHY,))))


LATER = entry("z", "Herald", hours=1)


@pytest.mark.parametrize(
    "better",
    [
        entry("b", hours=0.5, pictures=(WIDE,)),
        entry("b", hours=2),
        entry("y", "Herald", hours=1),
    ],
)
def test_the_better_of_two_reports_leads(better: Entry) -> None:
    """By its picture, its age, its id."""
    assert settled(Member(LATER, "report"), Member(better, "report")).lead == better


def test_advertising_leads_last_whatever_its_role() -> None:
    assert roles(settled(member("a", "lead", sponsored=True), member("b", "sidebar"))) == [
        ("b", "lead"),
        ("a", "report"),
    ]


def test_a_captioned_picture_is_better_than_a_bare_one() -> None:
    bare = entry("a", hours=9, pictures=(WIDE.__class__(WIDE.url),))
    captioned = entry("b", hours=1, pictures=(WIDE,))
    assert settled(Member(bare, "report"), Member(captioned, "report")).lead == captioned


def test_a_bare_picture_is_better_than_none() -> None:
    bare = entry("b", hours=1, pictures=(WIDE.__class__(WIDE.url),))
    assert settled(member("a", hours=9), Member(bare, "report")).lead == bare


def test_the_weightier_feed_is_better_than_the_earlier() -> None:
    heavy = Member(entry("b", "Herald", hours=1), "report")
    assert settled(member("a", hours=9), heavy, weights={"Herald": 2.0}).lead == heavy.entry


def test_under_another_lead_the_former_is_a_report() -> None:
    told = Story("s", (member("a", "lead"), member("b", "copy", EARLIER), member("c", "sidebar")))
    assert package.leading(told, "b", WHY) == Story(
        "s", (Member(entry("b"), "lead", (EARLIER, WHY)), member("a"), member("c", "sidebar"))
    )


def test_merging_keeps_the_others_roles_but_its_lead() -> None:
    other = Story("o", (member("b", "lead", EARLIER), member("c", "copy"), member("d", "sidebar")))
    assert package.merged(story(entry("a"), key="s"), other, WHY) == Story(
        "s",
        (
            member("a", "lead"),
            member("b", "report", EARLIER, WHY),
            member("c", "copy", WHY),
            member("d", "sidebar", WHY),
        ),
    )


def test_what_is_split_off_has_an_id_that_follows_from_its_entry() -> None:
    told = Story("s", (member("a", "lead"), member("b", "copy", EARLIER)))
    rest, own = package.split(told, "b", lambda _entry: 1.0, WHY)
    assert rest == Story("s", (member("a", "lead"),))
    assert own == Story(own.id, (member("b", "lead", WHY),))
    assert len(own.id) == 16
    assert own.id == package.split(told, "b", lambda _entry: 2.0, EARLIER)[1].id


def test_the_report_that_would_lead_best_comes_before_one_with_a_picture_and_weight_may_outdo_it() -> None:
    fit = member("a", "report", Reason("fit", "its worth as a lead", 2.0), hours=1)
    shown = Member(
        entry("b", "Herald", hours=9, pictures=(WIDE,)),
        "report",
        (Reason("fit", "its worth as a lead", 1.5),),
    )
    assert settled(shown, fit).lead == fit.entry
    assert settled(shown, fit, weights={"Herald": 2.0}).lead == shown.entry


@pytest.mark.parametrize("reasons", [(), (Reason("fit", "its worth as a lead"),)])
def test_a_report_whose_worth_nobody_told_comes_after_one_that_has_some(reasons: tuple[Reason, ...]) -> None:
    untold = member("a", "report", *reasons, hours=1, pictures=(WIDE,))
    told = member("b", "report", Reason("fit", "its worth as a lead", 0.5), hours=1)
    assert settled(untold, told).lead == told.entry
