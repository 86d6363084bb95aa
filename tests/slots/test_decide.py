"""What to do with a slot: build, resume, wait, miss or supersede, with the reason."""

from __future__ import annotations

import dataclasses
import datetime as dt
from typing import Any

import pytest

from digest.config.settings import NewsletterSettings
from digest.model import SlotKey
from digest.slots import FINISHED, NEXT, OPEN, RESUMED, Approval, Slot, State, approval, decide

DUE = dt.datetime(2026, 11, 24, 6, 30, tzinfo=dt.UTC)
MINUTE = dt.timedelta(minutes=1)
CATCH_UP = 90 * MINUTE
SLOT = Slot(7, SlotKey("news", dt.date(2026, 11, 24), "morning"), 0, DUE, "due")
EVENING = Slot(8, SlotKey("news", dt.date(2026, 11, 24), "evening"), 0, DUE + 30 * MINUTE, "due")


def test_a_due_slot_is_built() -> None:
    assert decide(SLOT, DUE, CATCH_UP).action == "build"


def test_a_late_slot_is_built_within_its_catch_up_window_and_missed_after() -> None:
    assert decide(SLOT, DUE + 90 * MINUTE, CATCH_UP).reason == "1 h 30 min late"
    late = decide(SLOT, DUE + 91 * MINUTE, CATCH_UP)
    assert (late.action, late.reason) == ("missed", "1 h 31 min late, more than the 1 h 30 min of catch_up")


def test_a_slot_whose_building_went_wrong_until_it_was_too_late_failed_with_that_reason() -> None:
    slot = dataclasses.replace(SLOT, reason="the template is broken")
    assert decide(slot, DUE + 90 * MINUTE, CATCH_UP).action == "build"
    late = decide(slot, DUE + 91 * MINUTE, CATCH_UP)
    assert (late.action, late.reason) == ("failed", "the template is broken")


def test_a_slot_before_its_time_waits() -> None:
    assert decide(SLOT, DUE - MINUTE, CATCH_UP).action == "wait"


def test_a_slot_somebody_holds_waits_and_goes_on_when_the_lease_ends() -> None:
    held = dataclasses.replace(SLOT, state="claimed", owner="two", lease_until=DUE + MINUTE)
    assert decide(held, DUE, CATCH_UP).reason == "claimed by two until 06:31:00 UTC"
    assert decide(held, DUE + MINUTE, CATCH_UP).action == "build"


@pytest.mark.parametrize("state", sorted(RESUMED))
def test_what_has_begun_to_leave_is_resumed_however_late(state: State) -> None:
    assert (
        decide(dataclasses.replace(SLOT, state=state), DUE + 600 * MINUTE, CATCH_UP, [EVENING]).action
        == "resume"
    )


@pytest.mark.parametrize("state", sorted(RESUMED))
def test_what_is_frozen_gives_way_to_a_newer_one_as_long_as_nothing_of_it_has_left(state: State) -> None:
    slot, late = dataclasses.replace(SLOT, state=state), DUE + 600 * MINUTE
    verdict = decide(slot, late, CATCH_UP, [slot, EVENING], begun=False)
    assert (verdict.action, state in NEXT and "superseded" in NEXT[state]) == ("superseded", True)
    assert verdict.reason == "nothing of it could be sent until news/2026-11-24/evening was due as well"
    assert decide(slot, late, CATCH_UP, [slot], begun=False).action == "resume"


@pytest.mark.parametrize("change", [{"number": 1}, {"state": "awaiting_approval"}, {"state": "held"}])
def test_what_is_frozen_does_not_give_way_to_one_that_may_not_go_out(change: dict[str, Any]) -> None:
    slot, newer = dataclasses.replace(SLOT, state="sending"), dataclasses.replace(EVENING, **change)
    assert decide(slot, DUE + 600 * MINUTE, CATCH_UP, [slot, newer], begun=False).action == "resume"
    extra = dataclasses.replace(slot, number=1)
    assert decide(extra, DUE + 600 * MINUTE, CATCH_UP, [EVENING], begun=False).action == "resume"


@pytest.mark.parametrize("state", sorted(OPEN))
def test_a_newer_slot_of_the_same_newsletter_supersedes_what_is_not_frozen(state: State) -> None:
    slot = dataclasses.replace(SLOT, state=state)
    verdict = decide(slot, DUE + 30 * MINUTE, CATCH_UP, [slot, EVENING])
    assert (verdict.action, verdict.reason) == ("superseded", "news/2026-11-24/evening is due as well")
    assert decide(slot, DUE + 29 * MINUTE, CATCH_UP, [slot, EVENING]).action in {"build", "wait"}


def test_of_two_slots_of_one_instant_the_later_of_the_ledger_is_sent() -> None:
    together = dataclasses.replace(EVENING, due=DUE)
    assert decide(SLOT, DUE, CATCH_UP, [SLOT, together]).action == "superseded"
    assert decide(together, DUE, CATCH_UP, [SLOT, together]).action == "build"


def test_another_newsletter_or_an_extra_edition_supersedes_nothing() -> None:
    other = dataclasses.replace(EVENING, key=SlotKey("other", SLOT.key.date, "evening"))
    extra = dataclasses.replace(EVENING, number=1)
    assert decide(SLOT, DUE + 30 * MINUTE, CATCH_UP, [other, extra]).action == "build"


def test_an_extra_edition_is_neither_late_nor_superseded() -> None:
    extra = dataclasses.replace(SLOT, number=1)
    assert decide(extra, DUE + 600 * MINUTE, CATCH_UP, [EVENING]).action == "build"


def test_editions_of_one_newsletter_are_not_built_at_the_same_time() -> None:
    building = dataclasses.replace(SLOT, state="claimed", owner="two", lease_until=DUE + 31 * MINUTE)
    assert decide(EVENING, DUE + 30 * MINUTE, CATCH_UP, [building]).action == "wait"


LEAD = 15 * MINUTE
REQUIRED = Approval(LEAD, asked=DUE - LEAD)
AUTO = Approval(LEAD, auto_after=20 * MINUTE, asked=DUE - LEAD)
WAITING = dataclasses.replace(SLOT, state="awaiting_approval")


def test_where_editors_approve_an_edition_is_made_in_its_lead_time_and_they_are_asked() -> None:
    approval = Approval(LEAD)
    assert decide(SLOT, DUE - LEAD - MINUTE, CATCH_UP, approval=approval).action == "wait"
    assert decide(SLOT, DUE - LEAD, CATCH_UP, approval=approval).action == "ask"
    assert decide(SLOT, DUE + 80 * MINUTE, CATCH_UP, approval=approval).action == "ask"
    assert decide(SLOT, DUE + 91 * MINUTE, CATCH_UP, approval=approval).action == "missed"


def test_editors_who_could_not_be_written_to_are_asked_again() -> None:
    assert decide(WAITING, DUE - MINUTE, CATCH_UP, approval=Approval(LEAD)).action == "ask"
    assert decide(WAITING, DUE - MINUTE, CATCH_UP, approval=REQUIRED).action == "wait"


def test_an_edition_that_must_be_approved_is_held_until_the_catch_up_window_ends_and_then_missed() -> None:
    held = decide(WAITING, DUE + 90 * MINUTE, CATCH_UP, approval=REQUIRED)
    assert (held.action, held.reason) == ("wait", "it is held for approval, until 08:00 UTC")
    missed = decide(WAITING, DUE + 91 * MINUTE, CATCH_UP, approval=REQUIRED)
    assert missed.action == "missed"
    assert "nobody approved it" in missed.reason


def test_an_unapproved_edition_goes_out_by_itself_so_long_after_the_editors_mail() -> None:
    assert decide(WAITING, DUE + 4 * MINUTE, CATCH_UP, approval=AUTO).action == "wait"
    assert decide(WAITING, DUE + 5 * MINUTE, CATCH_UP, approval=AUTO).action == "build"
    late = dataclasses.replace(AUTO, asked=DUE + 30 * MINUTE)
    assert decide(WAITING, DUE + 49 * MINUTE, CATCH_UP, approval=late).action == "wait"
    assert decide(WAITING, DUE + 50 * MINUTE, CATCH_UP, approval=late).action == "build"


def test_no_edition_goes_out_before_it_is_due_however_long_ago_editors_were_asked() -> None:
    early = dataclasses.replace(AUTO, asked=DUE - 60 * MINUTE)
    assert decide(WAITING, DUE - MINUTE, CATCH_UP, approval=early).action == "wait"
    frozen = dataclasses.replace(SLOT, state="frozen")
    assert decide(frozen, DUE - MINUTE, CATCH_UP, approval=REQUIRED).action == "wait"
    assert decide(frozen, DUE, CATCH_UP, approval=REQUIRED).action == "resume"


def test_an_edition_that_waits_goes_out_when_the_config_asks_for_no_approval_any_more() -> None:
    assert decide(WAITING, DUE - MINUTE, CATCH_UP).action == "wait"
    assert decide(WAITING, DUE, CATCH_UP).action == "build"


def test_an_extra_edition_waits_for_its_approval_without_an_end() -> None:
    extra = dataclasses.replace(WAITING, number=1)
    assert decide(extra, DUE + 600 * MINUTE, CATCH_UP, approval=REQUIRED).reason == "it is held for approval"


def test_every_unfinished_state_can_come_to_an_end() -> None:
    for state in NEXT:
        reached, new = {state}, {state}
        while new:
            new = {after for one in new for after in NEXT[one]} - reached
            reached |= new
        assert reached & FINISHED


def verdict(now: dt.datetime, *others: Slot, asks: Approval | None = None, begun: bool = True, **change: Any) -> tuple[str, str]:  # fmt: skip
    found = decide(dataclasses.replace(SLOT, **change), now, CATCH_UP, others, asks, begun=begun)
    return found.action, found.reason


ASKS = Approval(lead=45 * MINUTE, auto_after=20 * MINUTE)
ASKED = dataclasses.replace(ASKS, asked=DUE - 40 * MINUTE)
BY_HAND = Approval(lead=45 * MINUTE, asked=DUE - 40 * MINUTE)
WAITS: dict[str, Any] = {"state": "awaiting_approval"}
EXTRA: dict[str, Any] = {"number": 1}
BEING_BUILT = dataclasses.replace(EVENING, state="claimed", lease_until=DUE + 9 * MINUTE)


@pytest.mark.parametrize(
    ("minutes", "asks", "change", "action", "reason"),
    [
        (0, None, {}, "build", "due"),
        (0.99, None, {}, "build", "due"),
        (1, None, {}, "build", "1 min late"),
        (60, None, {}, "build", "1 h 00 min late"),
        (-0.01, None, {}, "wait", "it is not due yet"),
        (-1, None, {"state": "frozen"}, "wait", "it is approved and goes out when it is due"),
        (0, None, {"state": "frozen"}, "resume", "its content is frozen"),
        (-1, None, {"state": "sending"}, "resume", "its content is frozen"),
        (-1, None, WAITS, "wait", "it is not due yet"),
        (0, None, {"owner": "me", "lease_until": DUE + MINUTE}, "wait", "claimed by me until 06:31:00 UTC"),
        (0, None, {"state": "paused"}, "wait", "it is paused"),
        (0, None, {"state": "held"}, "wait", "it is held"),
        (99, None, {"state": "held"}, "wait", "it is held"),
        (91, None, {"state": "built"}, "missed", "1 h 31 min late, more than the 1 h 30 min of catch_up"),
        (91, None, {"state": "built", "reason": "x"}, "missed", "1 h 31 min late, more than the 1 h 30 min of catch_up"),
        (90, None, {"reason": "x"}, "build", "1 h 30 min late"),
        (91, None, EXTRA, "build", "1 h 31 min late"),
        (-45, ASKS, {}, "ask", "editors approve it"),
        (-45.01, ASKS, {}, "wait", "it is not due yet"),
        (-30, ASKS, WAITS, "ask", "the editors could not be written to"),
        (-30, ASKED, WAITS, "wait", "it is waiting for approval"),
        (0, ASKED, WAITS, "build", "nobody objected within 20 min"),
        (-1, ASKED, WAITS, "wait", "it is waiting for approval"),
        (0, BY_HAND, WAITS, "wait", "it is held for approval, until 08:00 UTC"),
        (0, BY_HAND, {**WAITS, **EXTRA}, "wait", "it is held for approval"),
        (91, BY_HAND, WAITS, "missed", "nobody approved it in time, 1 h 30 min after it was due"),
        (91, None, WAITS, "missed", "nobody approved it in time, 1 h 30 min after it was due"),
        (0, None, WAITS, "build", "no approval is asked for"),
    ],
)  # fmt: skip
def test_every_verdict_has_its_reason(
    minutes: float, asks: Approval | None, change: dict[str, Any], action: str, reason: str
) -> None:
    assert verdict(DUE + minutes * MINUTE, asks=asks, **change) == (action, reason)


def test_what_gives_way_names_the_newest() -> None:
    night = dataclasses.replace(
        EVENING, id=9, key=SlotKey("news", DUE.date(), "night"), due=DUE + 31 * MINUTE
    )
    late = DUE + 31 * MINUTE
    assert verdict(late, night, EVENING) == ("superseded", "news/2026-11-24/night is due as well")
    frozen = verdict(late, EVENING, night, begun=False, state="frozen")
    assert frozen == ("superseded", "nothing of it could be sent until news/2026-11-24/night was due as well")
    assert verdict(late, EVENING, begun=False, state="frozen", number=1)[0] == "resume"
    assert verdict(DUE + 29 * MINUTE, EVENING)[0] == "build"
    assert verdict(DUE + 30 * MINUTE, EVENING)[0] == "superseded"


def test_only_a_slot_of_the_same_newsletter_that_is_held_now_keeps_another_from_being_built() -> None:
    waits = ("wait", "another slot of this newsletter is being built")
    assert verdict(DUE, BEING_BUILT) == waits
    assert verdict(DUE, dataclasses.replace(BEING_BUILT, lease_until=DUE))[0] == "build"
    assert verdict(DUE, dataclasses.replace(BEING_BUILT, state="sending"))[0] == "build"
    other = dataclasses.replace(BEING_BUILT, key=SlotKey("weekly", DUE.date(), "evening"))
    assert verdict(DUE, other)[0] == "build"
    itself = dataclasses.replace(BEING_BUILT, id=SLOT.id)
    assert verdict(DUE, itself)[0] == "build"


def test_what_the_config_asks_of_editors() -> None:
    base = {"title": "T", "slots": {"morning": "06:30"}, "sender": {"address": "a@example.org"}}
    nothing = NewsletterSettings.model_validate(base)
    assert approval(nothing, DUE) is None
    asks = NewsletterSettings.model_validate({**base, "approval": {"auto_after": "20m"}})
    assert approval(asks, DUE) == Approval(asks.lead_time, 20 * MINUTE, DUE)
    assert approval(asks) == Approval(asks.lead_time, 20 * MINUTE)


def test_an_extra_edition_is_named_with_its_number() -> None:
    assert str(SLOT) == "news/2026-11-24/morning"
    assert str(dataclasses.replace(SLOT, number=2)) == "news/2026-11-24/morning/2"
