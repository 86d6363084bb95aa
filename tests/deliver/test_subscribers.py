"""Lists of people: what is taken, what is refused and why, what an import may never do."""

from __future__ import annotations

import csv
import datetime as dt
import io

import pytest
import sqlalchemy as sa
from office import NOW

from digest.addresses import parse_address
from digest.cli.subscribers import opened, rejected
from digest.errors import UsageError
from digest.roster import Entrant, Reject, open_csv, write_rows
from digest.store import consent, retention
from digest.store.subscribers import erase, everything, import_people, listed, remove
from digest.store.suppress import BouncePolicy, complained, count_soft, lift, suppress_subscribers
from digest.store.tables import deliveries, soft_bounces, subscribers, subscriptions, suppressions


def read(text: str, **columns: str) -> list[Entrant | Reject]:
    return list(open_csv(io.StringIO(text), ["morning", "evening"], columns))


def take(store, text: str, *, dry: bool = False):
    people = (row for row in read(text) if isinstance(row, Entrant))
    *_, tally = import_people(store, people, "evening", now=NOW, consent={"words": "fair"}, dry=dry)
    return tally


def states(store) -> dict[str, tuple[str, str]]:
    joined = subscribers.join(subscriptions, subscriptions.c.subscriber == subscribers.c.id)
    query = sa.select(subscribers.c.address, subscribers.c.state, subscriptions.c.state).select_from(joined)
    with store.read() as connection:
        return {row[0]: (row[1], row[2]) for row in connection.execute(query)}


# --- reading


@pytest.mark.parametrize(
    "heading", ["E-Mail;Name;Lang;Slots", "email\tfull name\tlanguage\tslots", "Address,name,locale,slots"]
)
def test_usual_headings_and_separators_are_understood(heading: str) -> None:
    separator = max(",;\t", key=heading.count)
    (row,) = read(f"{heading}\n" + separator.join(["ada@a.example", "Ada  L.", "en-GB", "morning"]) + "\n")
    assert row == Entrant(2, parse_address("ada@a.example"), "Ada L.", "en-GB", ("morning",))


def test_columns_can_be_named_by_name_or_number() -> None:
    (row,) = read("who,where\nAda,ada@a.example\n", address="2", name="WHO")
    assert (row.address.given, row.name) == ("ada@a.example", "Ada")


def test_a_list_without_heading_is_read_from_its_first_line() -> None:
    assert [row.address.given for row in read("a@x.example\nb@x.example\n")] == ["a@x.example", "b@x.example"]


def test_every_refused_row_has_its_line_and_reason() -> None:
    rows = read('email,slots\nada@a.example,\nnonsense,\n\n"ADA@a.example",\nben@b.example,noon\n')
    assert [(r.line, r.reason.partition(":")[0]) for r in rows if isinstance(r, Reject)] == [
        (3, "'nonsense' is not an e-mail address"),
        (5, "the same address as an earlier row"),
        (6, "there is no slot 'noon'"),
    ]


def test_people_whom_their_own_list_calls_gone_are_not_taken() -> None:
    rows = read("email,status\nada@a.example,Unsubscribed\nben@b.example,active\neve@c.example,\n")
    assert [type(row) for row in rows] == [Reject, Entrant, Entrant]
    assert rows[0].reason == "the list says 'Unsubscribed' of this person"


def test_our_own_export_can_be_taken_in_elsewhere_and_brings_back_nobody_who_is_suppressed(store) -> None:
    take(store, "email\nada@a.example\nben@b.example\n")
    with store.begin() as connection:
        suppress_subscribers(connection, [1], NOW)
    columns = ("address", "name", "language", "state", "newsletters", "since")
    rows = ((*row[:5], row[5].isoformat()) for row in listed(store))
    exported = "".join([*write_rows([columns]), *write_rows(rows)])
    assert [row.address.given for row in read(exported) if isinstance(row, Entrant)] == ["ben@b.example"]


def test_quoted_cells_with_line_ends_keep_the_line_numbers_of_the_file() -> None:
    assert read('name,email\n"a\nb",a@x.example\nc,nonsense\n')[1].line == 4


@pytest.mark.parametrize("columns", [{}, {"address": "nope"}, {"phone": "name"}])
def test_a_list_without_addresses_says_which_columns_there_are(columns: dict[str, str]) -> None:
    with pytest.raises(UsageError, match=r"name, town|address"):
        read("name,town\nAda,London\n", **columns)


def test_formula_cells_are_defused_going_out_and_restored_coming_in() -> None:
    line = "".join(write_rows([("=cmd|' /C calc'!A0@x.example", "-1", "plain")]))
    assert next(csv.reader([line])) == ["'=cmd|' /C calc'!A0@x.example", "'-1", "plain"]
    (row,) = read("email,name\n'+ada@a.example,'=Ada\n")
    assert (row.address.given, row.name) == ("+ada@a.example", "=Ada")


# --- importing


def test_importing_twice_changes_nothing(store) -> None:
    text = "email\nada@a.example\nBEN@b.example\n"
    assert take(store, text).added == 2
    again = take(store, text.lower())
    assert (again.added, again.unchanged) == (0, 2)
    assert states(store) == {"ada@a.example": ("active", "active"), "BEN@b.example": ("active", "active")}


def test_who_asked_and_never_confirmed_is_taken_in_with_the_operators_proof(store) -> None:
    with store.begin() as connection:
        for name, newsletter in (("same", "evening"), ("other", "morning")):
            who = consent.new_person(connection, parse_address(f"{name}@a.example"), NOW)
            consent.ask(connection, who, newsletter, (), proof={}, now=NOW)
    tally = take(store, "email\nsame@a.example\nother@a.example\n")
    assert (tally.added, tally.subscribed, tally.unchanged) == (0, 2, 0)
    with store.read() as connection:
        for name in ("same", "other"):
            who = consent.by_address(connection, f"{name}@a.example")
            assert who is not None
            assert (who.state, who.takes("evening")) == ("active", True)
    assert take(store, "email\nsame@a.example\nother@a.example\n").unchanged == 2


def test_a_dry_run_counts_the_same_and_writes_nothing(store) -> None:
    take(store, "email\nada@a.example\n")
    tally = take(store, "email\nada@a.example\nben@b.example\n", dry=True)
    assert (tally.added, tally.unchanged) == (1, 1)
    assert list(states(store)) == ["ada@a.example"]


def test_an_import_brings_back_nobody_who_left_complained_or_bounced(store) -> None:
    text = "email\n" + "".join(
        f"{name}@a.example\n" for name in ("left", "angry", "dead", "full", "erased", "well")
    )
    take(store, text)
    with store.begin() as connection:
        ids = dict(row for row in connection.execute(sa.select(subscribers.c.address, subscribers.c.id)))
        remove(connection, parse_address("left@a.example"), "evening", NOW, "by hand")
        complained(connection, ids["angry@a.example"], NOW)
        suppress_subscribers(connection, [ids["dead@a.example"], ids["erased@a.example"]], NOW)
        for delivery in range(3):
            count_soft(connection, [(ids["full@a.example"], delivery)], NOW, BouncePolicy(limit=3))
        assert erase(connection, parse_address("erased@a.example"))
    tally = take(store, text.upper())
    assert (tally.added, tally.left, tally.suppressed, tally.unchanged) == (0, 1, 4, 1)
    assert states(store) == {
        "left@a.example": ("active", "unsubscribed"),
        "angry@a.example": ("suppressed", "unsubscribed"),
        "dead@a.example": ("suppressed", "active"),
        "full@a.example": ("suppressed", "active"),
        "well@a.example": ("active", "active"),
    }


def full_at(store, *days: float, limit: int = 3) -> str:
    """Ada's state after messages that found her mailbox full on those days of fourteen."""
    take(store, "email\nada@a.example\n")
    policy = BouncePolicy(limit=limit, window=dt.timedelta(days=14))
    with store.begin() as connection:
        for delivery, day in enumerate(days):
            count_soft(connection, [(1, delivery)], NOW + dt.timedelta(days=day), policy)
        return str(connection.execute(sa.select(subscribers.c.state)).scalar())


@pytest.mark.parametrize(
    ("days", "state"),
    [
        ((0, 0, 0), "suppressed"),
        ((0, 7, 13.9), "suppressed"),
        ((0, 7, 14), "active"),  # the first has just left the window
        ((0, 7, 14, 15), "suppressed"),
        (
            (0, 10, 20, 30, 40, 50),
            "active",
        ),  # never a long pause between two, and never three in fourteen days
    ],
)
def test_so_many_soft_bounces_count_as_dead_only_within_the_window(store, days, state: str) -> None:
    assert full_at(store, *days) == state
    with store.begin() as connection:
        reasons = list(connection.execute(sa.select(suppressions.c.reason)).scalars())
    assert reasons == (["soft_bounces"] if state == "suppressed" else [])


def test_one_message_that_is_tried_often_is_one_soft_bounce(store) -> None:
    take(store, "email\nada@a.example\n")
    with store.begin() as connection:
        for hour in range(9):
            count_soft(connection, [(1, 7)], NOW + dt.timedelta(hours=hour), BouncePolicy(limit=2))
        assert connection.execute(sa.select(subscribers.c.state)).scalar() == "active"


def test_who_is_taken_off_the_suppression_list_starts_with_no_soft_bounces(store) -> None:
    full_at(store, 0, 1, limit=2)
    with store.begin() as connection:
        assert lift(connection, parse_address("ada@a.example"))
        count_soft(connection, [(1, 9)], NOW + dt.timedelta(days=2), BouncePolicy(limit=2))
        assert connection.execute(sa.select(subscribers.c.state)).scalar() == "active"


def test_soft_bounces_are_told_to_the_person_erased_with_them_and_forgotten_in_time(store) -> None:
    full_at(store, 0, 5)
    address, week = parse_address("ada@a.example"), dt.timedelta(days=7)
    with store.read() as connection:
        assert [row["delivery"] for row in everything(connection, address)["soft_bounces"]] == [0, 1]
    assert retention.forget(store, NOW + week, retention.Keep(week, week, bounces=week))["soft_bounces"] == 1
    with store.begin() as connection:
        assert erase(connection, address)
        assert connection.execute(sa.select(soft_bounces)).all() == []


def test_the_proof_of_consent_is_kept(store) -> None:
    take(store, "email\nada@a.example\n")
    with store.read() as connection:
        about = everything(connection, parse_address("ada@a.example"))
    assert about["subscriptions"][0]["consent"] == {"words": "fair"}


def test_erasing_forgets_all_but_the_hash_and_bare_counts(office) -> None:
    office.subscribe("ada@a.example")
    office.queue()
    address = parse_address("ada@a.example")
    with office.store.begin() as connection:
        connection.execute(deliveries.update().values(reply="550 <ada@a.example> unknown"))
        suppress_subscribers(connection, [1], NOW)
        assert erase(connection, address)
        assert not erase(connection, address)
        about = everything(connection, address)
        assert (about["subscriber"], about["subscriptions"], about["deliveries"]) == (None, [], [])
        assert about["suppressed"]["reason"] == "hard_bounce"
        (row,) = connection.execute(sa.select(deliveries.c.reply))
        assert row.reply == ""


def test_who_is_taken_off_the_suppression_list_is_written_to_again(store) -> None:
    take(store, "email\nada@a.example\nben@b.example\n")
    address = parse_address("ADA@a.example")
    with store.begin() as connection:
        suppress_subscribers(connection, [1], NOW)
        complained(connection, 2, NOW)
        assert lift(connection, address)
        assert not lift(connection, address)
        assert lift(connection, parse_address("ben@b.example"))
    assert states(store) == {
        "ada@a.example": ("active", "active"),
        "ben@b.example": ("active", "unsubscribed"),  # a complaint's end of it stays
    }


def test_people_who_never_confirm_are_forgotten_and_others_never(store) -> None:
    take(store, "email\nactive@a.example\n")
    with store.begin() as connection:
        for name, days in (("old", 40), ("new", 5), ("again", 40)):
            asked = NOW - dt.timedelta(days=days)
            who = consent.new_person(connection, parse_address(f"{name}@a.example"), asked)
            consent.ask(connection, who, "evening", (), proof={}, now=NOW if name == "again" else asked)
    month = dt.timedelta(days=30)
    gone = retention.forget(store, NOW, retention.Keep(month, month, unconfirmed=month))
    assert gone["unconfirmed subscribers"] == 1
    assert list(states(store)) == ["active@a.example", "new@a.example", "again@a.example"]


def test_a_list_with_a_quote_that_never_closes_is_refused_with_a_reason(tmp_path) -> None:
    file = tmp_path / "list.csv"
    file.write_text('email\n"' + "x" * 200_000)
    with pytest.raises(UsageError, match="is no CSV"), opened(file) as text:
        list(open_csv(text, []))


@pytest.mark.parametrize(("encoding", "named"), [("utf-16", "UTF-16"), ("windows-1252", "WINDOWS-1252")])
def test_a_list_in_another_encoding_says_how_to_convert_it(tmp_path, encoding: str, named: str) -> None:
    file = tmp_path / "list.csv"
    file.write_text("email,name\nada@a.example,Zoë\n", encoding=encoding)
    with pytest.raises(UsageError, match=f"iconv -f {named}"), opened(file) as text:
        list(open_csv(text, []))


def test_a_million_bad_rows_are_counted_and_the_first_told(tmp_path) -> None:
    with rejected(tmp_path / "bad.csv") as refused:
        for number in range(3000):
            refused(Reject(number, "no address", (f"=x{number}",)))
    assert (refused.count, len(refused.first)) == (3000, 1000)
    lines = (tmp_path / "bad.csv").read_text().splitlines()
    assert (len(lines), lines[1]) == (3001, "0,no address,'=x0")


def test_listing_pages_through_everybody(store) -> None:
    take(store, "email\n" + "".join(f"p{n}@a.example\n" for n in range(7)))
    assert len(list(listed(store, newsletter="evening", state="active"))) == 7
    assert len(list(listed(store, limit=3))) == 3
    assert list(listed(store, newsletter="other")) == []
