"""What editors read of a grouping, exactly: roles, the reasons of every member, why a pair is or is not one story."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from typing import Any

import pytest

from digest.group import roles
from digest.group.identity import story_ids
from digest.group.reasons import against, explain, headline, shared, terms
from digest.group.roles import agency, beside_kind, clarity, package, same_text
from digest.model import Entry, Picture, Reason
from tests.group.news import ALONE, QUAKE, entry
from tests.group.test_roles import SKYLARK

FLOOD = entry(5, "Iquique counts 12 dead after the quake", "Rosa Diaz spoke of 12 dead.", feed=QUAKE[0].feed)


def scores(of: Entry, *others: Entry, weights: dict[str, float] | None = None) -> dict[str, float | None]:
    """What counts for ``of`` as the lead, which it is made by the weight of its feed."""
    members = package("s", [of, *others], {of.feed: 9.0, **(weights or {})}).members
    assert members[0].entry == of
    return {
        reason.kind: reason.value for reason in members[0].reasons if reason.kind not in {"weight", "fit"}
    }


def test_every_member_has_its_role_and_its_reasons() -> None:
    tie = {SKYLARK[0].id: (SKYLARK[2].id, 0.912345678, 0.51234567), SKYLARK[1].id: ("elsewhere", 0.9, 0.5)}
    _, report, copy, sidebar = package("s", SKYLARK, {}, tie).members
    common = (
        Reason("term", "stranded", 3.2),
        Reason("term", "travellers", 3.2),
        Reason("number", "60,000", 3.5),
    )
    assert report.reasons == (
        Reason("report", "Paper 1's own account"),
        Reason("score", "tells what Paper 3 tells", 0.9123, 0.5123),
        Reason("name", "Skylark", 3.2),
        *common,
        Reason("fit", "its worth as a lead", 4.249),
    )
    assert copy.reasons[:-1] == (Reason("copy", "Reuters", 1.0), Reason("term", "Skylark", 3.2), *common)
    assert sidebar.reasons[:-1] == (Reason("sidebar", "column"), Reason("term", "Skylark's", 3.2))


def test_an_entry_that_stands_alone_says_so() -> None:
    (member,) = package("s", [SKYLARK[0]], {}).members
    assert (member.role, member.reasons) == ("lead", (Reason("alone", "no other entry tells it"),))


def test_a_copy_of_a_text_nobody_signed_names_the_paper_that_has_it() -> None:
    text = "The bridge over the Tarn fell at dawn and divers search the river for two people."
    first, again = (
        entry(1, "Kelso bridge falls", text),
        entry(2, "Bridge falls at Kelso", text + " More soon."),
    )
    story = package("s", [first, again], {first.feed: 2.0})
    assert story.members[1].reasons[0] == Reason("copy", "the text that Paper 1 has", 1.0)


def test_another_edition_of_one_paper_says_so_and_another_story_of_it_does_not() -> None:
    first = entry(1, "Kelso bridge collapse kills two", "Divers searched the Tarn.")
    later = replace(first, id="f" * 16, title="Kelso bridge collapse kills three", standfirst="A third body.")
    other = replace(
        first, id="e" * 16, title="Minister to visit Kelso on Monday", standfirst="He comes early."
    )
    story = package("s", [first, later, other], {})
    told = {m.entry.id: (m.role, m.reasons[0]) for m in story.members[1:]}
    assert sorted(role for role, _ in told.values()) == ["report", "sidebar"]
    assert ("sidebar", Reason("edition", "another edition of the same paper's report")) in told.values()


def test_a_paper_with_another_headline_of_another_paper_is_a_report() -> None:
    story = package("s", [entry(1, "Kelso bridge falls", "One."), entry(2, "Kelso bridge falls", "Two.")], {})
    assert [m.role for m in story.members] == ["lead", "report"]


def test_what_counts_for_a_lead_is_told_with_its_figure() -> None:
    title = "Kelso bridge falls into the river Tarn at dawn"
    shown = Picture("https://p.example/1.jpg", caption="The broken bridge")
    other = entry(2, "Divers search the river Tarn")
    plain = {"headline": 1.0, "central": 1.0, "typical": 1.633, "own": 0.5}
    assert scores(entry(1, title), other) == plain
    assert scores(entry(1, title, pictures=(shown,)), other) == {**plain, "picture": 0.6}
    assert scores(entry(1, title, pictures=(replace(shown, caption=""),)), other) == {**plain, "picture": 0.3}
    assert scores(entry(1, title, authors=("AFP",)), other) == {k: v for k, v in plain.items() if k != "own"}
    assert scores(entry(1, title, kicker="Opinion"), other) == {**plain, "sidebar": -2.0}
    assert scores(entry(1, title, "It is so."), other)["standfirst"] == 0.3


def test_the_weight_of_a_feed_counts_by_what_it_is_above_one() -> None:
    told = package("s", SKYLARK, {SKYLARK[0].feed: 5.25}).members[0].reasons
    assert Reason("weight", "the weight of its feed", 4.25) in told


def test_a_picture_is_called_what_it_is() -> None:
    pictured = entry(1, "Kelso bridge falls", pictures=(Picture("https://p.example/1.jpg"),))
    reasons = package("s", [pictured, entry(2, "Divers search")], {pictured.feed: 9.0}).members[0].reasons
    assert Reason("picture", "its picture", 0.3) in reasons


def test_of_equal_entries_the_earlier_leads() -> None:
    twins = [entry(2, "Kelso bridge falls", minutes=9), entry(1, "Kelso bridge falls", minutes=10)]
    assert package("s", twins, {}).lead == twins[0]
    again = [replace(e, published=twins[0].published) for e in twins]
    assert package("s", again, {}).lead == again[1]  # then the smaller id


@pytest.mark.parametrize(
    ("title", "clear"),
    [
        ("", -1.0), ("  ", -1.0), ("Kelso", 0.0), ("x" * 19, 0.0), ("x" * 20, 0.5), ("x" * 34, 0.5),
        ("x" * 35, 1.0), ("x" * 95, 1.0), ("x" * 96, 0.5), ("x" * 130, 0.5), ("x" * 131, 0.0),
        ("Kelso bridge collapse kills two people", 1.0),
        ("KELSO BRIDGE COLLAPSE KILLS TWO PEOPLE", 0.6),
        ("KELSO BRIDGE xxxxxxxxxxx fell into the", 1.0),
        ("X" * 18 + "x" * 18, 1.0),
        ("“Kelso bridge collapse kills two people”", 0.8), (" 'Kelso bridge collapse kills two people'", 0.8),
        ("Will the Kelso bridge collapse kill two? ", 0.4), ("Kelso bridge collapse kills two people…", 0.4),
        ("“WILL?", -1.0), ("橋が落ちた町の人々が語る", 0.5), ("橋が落ちた町の人々が語る町の人々が語る", 1.0),
        ("1" * 40, 1.0),
    ],
)  # fmt: skip
def test_a_headline_is_clear_when_it_is_of_a_length_to_read_and_neither_asks_nor_shouts(
    title: str, clear: float
) -> None:
    assert clarity(title) == clear


@pytest.mark.parametrize(
    ("fields", "name"),
    [
        ({"authors": ("Jo Doe", "Reuters")}, "Reuters"),
        ({"authors": ("By Jo Doe, Associated Press",)}, "AP"),
        ({"standfirst": "x" * 50 + " (dpa) " + "y" * 80}, "dpa"),
        ({"standfirst": "x" * 70 + " (dpa) " + "y" * 80}, ""),
        ({"standfirst": "x" * 90 + " – AFP"}, "AFP"),
        ({"standfirst": "x" * 90 + " (AFP) " + "y" * 40}, ""),
        ({"text": "x" * 100 + " (dpa) " + "y" * 80}, "dpa"),
        ({"text": "x" * 130 + " (dpa) "}, ""),
        ({"standfirst": "The therapists met."}, ""),
    ],
)
def test_an_agency_is_named_by_the_author_or_near_the_ends_of_the_text(
    fields: dict[str, Any], name: str
) -> None:
    assert agency(entry(1, "t", **fields)) == name


@pytest.mark.parametrize(
    ("title", "fields", "kind"),
    [
        ("Kelso bridge falls", {"kicker": "Analysis"}, "column"),
        ("Kelso bridge falls", {"categories": ("News", "Obituary")}, "profile"),
        ("Kelso bridge falls – live", {}, "live"),
        ("Everybody reacts to Kelso", {}, "reaction"),
        ("A column of smoke over Kelso", {}, ""),
        ("x" * 300 + " | Opinion", {}, ""),
        ("Kelso", {"kicker": "", "categories": ()}, ""),
    ],
)
def test_a_label_a_kicker_or_a_category_tells_what_stands_beside(
    title: str, fields: dict[str, Any], kind: str
) -> None:
    assert beside_kind(entry(1, title, **fields)) == kind


def test_texts_are_alike_by_the_share_of_the_shorter() -> None:
    long = entry(1, "t", "one two three four five six seven eight")
    half = entry(2, "t", "one two three four five six nine ten")
    assert same_text(long, half) == pytest.approx(3 / 5)
    assert same_text(long, entry(3, "t", "three four five six")) == 1.0
    assert same_text(entry(4, "one two"), entry(5, "one two")) == 1.0
    assert same_text(entry(4, "one two"), entry(5, "one three")) == 0.0
    assert same_text(entry(6, ""), entry(7, "")) == 0.0
    assert same_text(entry(8, "t", text="one two three four"), long) == 1.0


def test_a_pair_is_explained_by_its_score_what_is_shared_and_what_speaks_against_it() -> None:
    shared = (
        Reason("number", "7.1", 3.2),
        Reason("name", "Iquique", 3.2),
        Reason("term", "magnitude", 4.0),
        Reason("name", "Chile", 4.1),
        Reason("term", "Earthquake", 4.2),
    )
    alike = explain(*QUAKE, (0.90001, 0.50001))
    assert alike == (Reason("score", "alike enough", 0.9, 0.5), *shared)
    assert explain(*QUAKE, (0.5, 0.5))[0] == Reason("score", "alike enough", 0.5, 0.5)
    assert explain(*QUAKE, (0.4, 0.5))[0] == Reason("score", "not alike enough", 0.4, 0.5)
    assert explain(QUAKE[0], FLOOD, None) == (
        Reason("score", "too little in common to be compared", 0.0),
        Reason("name", "Iquique", 3.2),
        Reason("against", "different numbers: 7.1 and 12"),
        Reason("against", "both from one feed, which rarely tells a story twice"),
    )


def test_time_and_language_speak_against_one_story() -> None:
    one = ALONE[0]

    def after(hours: float, **fields: Any) -> Entry:
        values = {
            "id": "f",
            "feed": "https://f.example",
            "published": one.published + dt.timedelta(hours=hours),
        }
        return replace(one, **{**values, **fields})

    assert against(one, after(17.9)) == ()
    assert against(one, after(18)) == (Reason("against", "hours between them", 18.0),)
    assert against(after(30.04), one) == (Reason("against", "hours between them", 30.0),)
    assert against(one, after(1, language="de-AT")) == (Reason("against", "different languages: en and de"),)
    assert against(one, after(1, language="en-GB")) == ()
    many = after(1, title="9 8 7 6 5", standfirst="")
    assert against(replace(one, title="1 2"), many) == (
        Reason("against", "different numbers: 1, 2 and 5, 6, 7"),
    )


def test_the_first_word_of_a_sentence_is_no_name_unless_it_is_one_elsewhere() -> None:
    found = terms(entry(1, "Kelso falls", "Divers came. The bridge of Kelso, built 1887.", url=""))
    assert {term.spelling: term.kind for term in found.values()} == {
        "Kelso": "name",
        "falls": "term",
        "Divers": "term",
        "came": "term",
        "bridge": "term",
        "built": "term",
        "1887": "number",
    }


def test_a_story_keeps_the_id_that_most_of_its_entries_had() -> None:
    known = {"a": "one", "b": "one", "c": "two", "d": "two", "e": "two"}
    assert story_ids([["a", "b", "c"], ["d", "e"]], known) == ["one", "two"]
    assert story_ids([["c"], ["d", "e"], ["a"]], known)[1:] == ["two", "one"]
    assert story_ids([["a", "b", "c", "d", "e"]], known) == ["two"]
    assert story_ids([["a", "c"]], known) == ["one"]  # of equals the smaller
    assert story_ids([["a", "c"]], known, {"one"}) == ["two"]


def test_a_new_storys_id_follows_from_its_first_entry_and_is_nobody_elses() -> None:
    (name,) = story_ids([["a", "b"]], {})
    assert len(name) == 16
    assert story_ids([["a"]], {}) == [name]
    first, second = story_ids([["a"], ["a"]], {})
    assert first == name
    assert second not in {name, ""}
    assert len(second) == 16
    assert story_ids([["\udc80"]], {}) == story_ids([["?"]], {})  # no text at all does harm
    (other,) = story_ids([["a"]], {}, {name})
    assert len({name, other}) == 2
    assert story_ids([["a"], ["x"]], {"x": name}) == [other, name]


def test_a_story_of_one_keeps_its_name() -> None:
    assert package("s", [SKYLARK[0]], {}).id == "s"


def test_members_stand_by_their_roles_whenever_they_came() -> None:
    text = "The bridge over the Tarn fell at dawn and divers search the river for two people."
    side = entry(1, "Opinion: The bridge we should have mended", "It rotted.")
    first, copy = entry(2, "Kelso bridge falls", text), entry(3, "Bridge falls at Kelso", text)
    report = entry(4, "Divers search the Tarn", "They found a car.")
    story = package("s", [side, first, copy, report], {first.feed: 9.0})
    assert [(m.role, m.entry.id) for m in story.members] == [
        ("lead", first.id),
        ("report", report.id),
        ("copy", copy.id),
        ("sidebar", side.id),
    ]


def test_the_agency_of_a_copy_is_named_by_either_text() -> None:
    text = "The bridge over the Tarn fell at dawn and divers search the river for two people."
    first, again = entry(1, "Kelso bridge falls", text), entry(2, "Bridge falls", text, authors=("AFP",))
    for lead, other in ((first, again), (again, first)):
        story = package("s", [first, again], {lead.feed: 9.0})
        assert story.members[1].entry == other
        assert story.members[1].reasons[0].text == "AFP"


def test_a_sidebar_that_leads_says_what_it_is() -> None:
    column = entry(1, "Opinion: The bridge we should have mended")
    reasons = package("s", [column, entry(2, "Divers search")], {column.feed: 9.0}).members[0].reasons
    assert Reason("sidebar", "column", -2.0) in reasons


def test_a_text_and_none_are_not_the_same() -> None:
    assert same_text(SKYLARK[0], entry(9, "")) == 0.0
    assert same_text(entry(9, ""), SKYLARK[0]) == 0.0


@pytest.mark.parametrize(
    ("title", "clear"),
    [
        ("Kelso bridge collapse kills two people...", 0.4),
        ("橋が落ちた町の人々が語る町の人々が語る？", 0.4),
        ("KELSO 1234567890 BRIDGE 123456 and then", 0.6),
    ],
)
def test_dots_marks_of_every_script_and_shouted_letters_count(title: str, clear: float) -> None:
    assert clarity(title) == clear


def test_a_pair_that_shares_only_common_words_shares_nothing() -> None:
    one, other = entry(1, "People want time", url=""), entry(2, "Time for people", url="")
    assert explain(one, other, None) == (Reason("score", "too little in common to be compared", 0.0),)


def test_hours_between_are_told_to_a_tenth() -> None:
    later = replace(
        ALONE[0], id="f", feed="https://f.example", published=ALONE[0].published + dt.timedelta(hours=20.26)
    )
    assert against(ALONE[0], later) == (Reason("against", "hours between them", 20.3),)


def test_the_language_of_an_entry_that_names_none_is_read_from_its_words() -> None:
    german = entry(1, "Der Minister hat gesagt, dass er nicht zu dem Treffen kommt", language="")
    french = entry(2, "Le ministre a dit que les élections auront lieu dans deux mois", language="")
    assert against(german, french) == (Reason("against", "different languages: de and fr"),)


def test_a_word_keeps_the_spelling_in_which_it_came_first_and_is_a_name_where_either_writes_it_so() -> None:
    one = entry(1, "Divers find kelsos", "A kelso came up.", url="")
    other = entry(2, "Divers see Kelso", url="")
    assert [(r.kind, r.text) for r in shared(one, other)] == [("term", "Divers"), ("name", "kelsos")]
    assert [(r.kind, r.text) for r in shared(other, one)] == [("term", "Divers"), ("name", "Kelso")]


def test_the_parts_of_a_compound_are_words_and_no_names() -> None:
    found = terms(entry(1, "Am Montag: Tankrabatt", language="de", url=""))
    assert [(t.spelling, t.kind) for t in found.values()] == [
        ("Montag", "name"),
        ("Tankrabatt", "term"),
        ("tank", "term"),
        ("rabatt", "term"),
    ]


def test_new_stories_have_names_of_their_own_also_where_they_begin_alike() -> None:
    names = {seed: story_ids([[seed], [seed], [seed]], {}) for seed in "ab"}
    assert len({*names["a"], *names["b"]}) == 6


def test_texts_are_alike_by_runs_in_which_every_word_is_the_same() -> None:
    for other in ("five two three four", "one five three four", "one two five four", "one two three five"):
        assert same_text(entry(1, "t", "one two three four"), entry(2, "t", other)) == 0.0


def told(*entries: Entry) -> dict[str, tuple[str, str]]:
    """The role of each entry and its first reason's kind; the first entry leads."""
    members = package("s", entries, {entries[0].feed: 9.0}).members
    return {m.entry.title: (m.role, m.reasons[0].kind) for m in members[1:]}


def test_four_fifths_of_the_runs_of_a_text_make_it_a_copy() -> None:
    lead = entry(1, "a", "one two three four five six seven eight")
    assert told(lead, entry(2, "b", "one two three four five six seven nine"))["b"] == ("copy", "copy")
    assert told(lead, entry(2, "b", "one two three four five six ten nine"))["b"] == ("report", "report")


def test_what_is_like_a_copy_and_unlike_what_was_copied_is_a_report() -> None:
    text = "one two three four five six seven eight"
    copy = entry(2, "b", f"{text} nine ten eleven twelve thirteen fourteen fifteen")
    end = entry(3, "c", "eight nine ten eleven twelve thirteen fourteen fifteen")
    assert told(entry(1, "a", text), copy, end) == {"b": ("copy", "copy"), "c": ("report", "report")}


@pytest.mark.parametrize(
    ("title", "role"),
    [
        ("Kelso bridge falls at noon", "sidebar"),
        ("Kelso bridge stands at noon", "report"),
        ("Kelso", "sidebar"),
    ],
)
def test_three_of_five_words_of_a_papers_headline_make_another_edition_of_it(title: str, role: str) -> None:
    first = entry(1, "Kelso bridge falls into river", "Divers searched.")
    assert told(first, entry(2, title, "A third.", paper=first.paper))[title][0] == role


def test_of_two_papers_each_ones_headline_is_measured_by_what_the_other_tells() -> None:
    first, second = entry(1, "Kelso bridge"), entry(2, "Kelso bridge", paper="Paper 1")
    other = entry(3, "Flood warning")
    assert "central" not in scores(first, second, other)


def test_so_many_other_papers_tell_what_is_central_as_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(roles, "ENOUGH", 2)
    texts = ("It fell.", "Rain in the hills.", "Divers search.", "A mayor speaks.")
    titles = ("Kelso bridge", "Flood warning", "Kelso bridge", "Kelso bridge")
    told = enumerate(zip(titles, texts, strict=True), 1)
    first, *others = (entry(n, title, text) for n, (title, text) in told)
    assert scores(first, *others)["central"] == 1.5  # one of two


def test_the_weight_of_a_feed_is_told_to_a_thousandth() -> None:
    story = package("s", [ALONE[0], QUAKE[0]], {ALONE[0].feed: 9.12345})
    assert [r.value for r in story.members[0].reasons if r.kind == "weight"] == [8.123]


def test_the_words_of_a_headline_are_read_in_the_language_that_the_whole_entry_is_in() -> None:
    german = entry(
        1, "Die Minister der Länder", "Er hat gesagt, dass er nicht zu dem Treffen kommt", language="de"
    )
    assert headline(replace(german, language="")) == headline(german)
    assert headline(german) != headline(replace(german, language="en"))
