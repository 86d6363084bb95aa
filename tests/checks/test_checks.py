"""What the preflight finds, and what it does not."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from digest.checks import Draft, preflight, shares
from digest.checks.spam import judged
from digest.checks.support import declared, support, table, used
from digest.config.load import load_text, newsletters
from digest.model import Edition, Item, Mail, Picture, Reason, Section, SlotKey

NOON = dt.datetime(2026, 11, 23, 12, tzinfo=dt.UTC)
GOOD = Picture("https://p.example/a.jpg", "Boats in the harbour", "AFP", "Boats", 1200, 800, "image/jpeg")
CONFIG = b"""
feeds: {a: {url: "https://p.example/feed"}}
newsletters:
  evening:
    title: The Evening
    slots: {evening: "17:30"}
    sender: {address: a@evening.example}
    postal_address: 1 Main Street
site: {url: "https://evening.example"}
"""
HEADERS = (
    ("From", "a@evening.example"),
    ("Subject", "s"),
    ("Date", "d"),
    ("Message-ID", "<m>"),
    ("List-Id", "<l>"),
    ("List-Unsubscribe", "<https://evening.example/u/x>, <mailto:u@evening.example>"),
    ("List-Unsubscribe-Post", "List-Unsubscribe=One-Click"),
)


def item(number: int, **more: Any) -> Item:
    values = {"standfirst": "It was told.", "picture": GOOD} | more
    return Item(
        f"s{number}",
        f"e{number}",
        f"https://p.example/{number}",
        f"Headline {number}",
        "Paper",
        NOON,
        **values,
    )


@pytest.fixture
def draft(tmp_path: Path) -> Draft:
    """Four stories without a fault."""
    config = load_text(CONFIG, tmp_path / "config.yaml", {}).config
    items = tuple(item(n) for n in range(4))
    sections = (Section("", items[:1]), Section("World", items[1:3]), Section("Sport", items[3:]))
    edition = Edition(SlotKey("evening", dt.date(2026, 11, 23), "evening"), NOON, "en", "UTC", NOON, sections)
    html = (
        "<html>"
        + "".join(f'<td><a href="{i.url}">{i.headline}</a>{"x" * 400}</td>' for i in items)
        + "</html>"
    )
    text = "\n".join(f"{i.headline}\n{i.url}" for i in items)
    mail = Mail(
        edition.id, "en/front-page", "Headline 0 · and 3 more", "p" * 60, html, text, (), (), (), len(html)
    )
    return Draft(edition, newsletters(config, tmp_path)["evening"], mail, html, text, HEADERS)


def said(draft: Draft, check: str) -> list[tuple[str, str]]:
    return [(f.level, f.entry) for f in preflight(draft) if f.check == check]


def changed(draft: Draft, *items: Item) -> Draft:
    sections = (Section("", items[:1]), Section("World", items[1:]))
    return replace(draft, edition=replace(draft.edition, sections=sections))


def test_a_good_edition_has_no_errors_and_no_warnings(draft: Draft) -> None:
    assert [f for f in preflight(draft) if f.level != "note"] == []


def test_errors_come_first(draft: Draft) -> None:
    levels = [f.level for f in preflight(replace(draft, headers=()))]
    assert levels == sorted(levels, key=("error", "warning", "note").index)
    assert levels[0] == "error"


def test_a_mail_that_gmail_would_cut_is_an_error(draft: Draft) -> None:
    assert said(replace(draft, html="x" * 102_401), "size") == [("error", "")]
    assert said(replace(draft, html="x" * 95_000), "size") == [("note", "")]
    assert said(replace(draft, mail=replace(draft.mail, dropped=("Headline 3",))), "size") == [
        ("warning", "")
    ]


def test_the_bytes_of_the_sections_add_up_to_the_mail(draft: Draft) -> None:
    found = shares(draft)
    assert [s.name for s in found] == ["lead", "World", "Sport", "frame"]
    assert sum(s.bytes for s in found) == len(draft.html)
    assert found[1].bytes > found[0].bytes > 400


def test_an_edition_without_stories_is_all_frame(draft: Draft) -> None:
    empty = replace(draft, edition=replace(draft.edition, sections=()))
    assert [(s.name, s.bytes) for s in shares(empty)] == [("frame", len(draft.html))]


@pytest.mark.parametrize(
    ("picture", "check"),
    [
        (replace(GOOD, credit=""), "credit"),
        (replace(GOOD, caption=""), "caption"),
        (replace(GOOD, caption="", alt=""), "alt"),
        (replace(GOOD, url="http://p.example/a.jpg"), "picture"),
        (replace(GOOD, type="image/webp"), "picture"),
        (replace(GOOD, width=300), "picture"),
    ],
)
def test_what_a_picture_lacks_names_its_story(draft: Draft, picture: Picture, check: str) -> None:
    found = said(changed(draft, item(0, picture=picture), item(1), item(2)), check)
    assert [entry for _, entry in found] == ["e0"]


def test_a_way_out_is_needed(draft: Draft) -> None:
    without = tuple(h for h in HEADERS if not h[0].startswith("List-Unsubscribe"))
    assert said(replace(draft, headers=without), "unsubscribe") == [("error", "")] * 3


def test_too_few_stories_are_an_error(draft: Draft) -> None:
    assert said(changed(draft, item(0)), "stories") == [("error", "")]


def test_the_plain_text_says_what_the_html_says(draft: Draft) -> None:
    assert said(replace(draft, text=draft.text.replace("Headline 2", "")), "text") == [("warning", "e2")]
    assert said(replace(draft, text=draft.text.replace("https://p.example/2", "")), "text") == [
        ("note", "e2")
    ]


def test_a_long_subject_and_a_short_preheader_are_noted(draft: Draft) -> None:
    mail = replace(draft.mail, subject="s" * 80, preheader="p")
    found = [f.check for f in preflight(replace(draft, mail=mail)) if f.check in {"subject", "preheader"}]
    assert found == ["subject", "preheader"]


def test_a_decision_that_does_nothing_is_told(draft: Draft) -> None:
    edition = replace(draft.edition, ignored=(Reason("decision", "hide by ada: its entry is gone", 3.0),))
    assert said(replace(draft, edition=edition), "decision") == [("warning", "")]


def test_the_contrast_of_both_palettes_is_told(draft: Draft) -> None:
    assert said(draft, "contrast") == [("note", ""), ("note", "")]


def test_what_a_client_ignores_is_named_with_the_date_of_the_data(draft: Draft) -> None:
    html = '<p style="border-radius:4px">x</p><!--[if mso]><p style="float:left">y</p><![endif]-->'
    found = [f for f in support(replace(draft, html=html)) if "Outlook for Windows" in f.message]
    assert "border-radius" in found[0].message
    assert "float" not in found[0].message
    assert table().date in found[0].advice


def test_used_features_are_told_apart_by_where_they_stand() -> None:
    uses = used(
        '<style>@media (prefers-color-scheme: dark) { p { float: left } } a { opacity: 1 }</style><p dir="rtl">x'
    )
    assert {"css-at-media", "css-at-media-prefers-color-scheme", "css-float", "css-opacity"} <= uses.sheets
    assert uses.inline == {"html-p"}
    assert declared("mso-hide:all;-webkit-x:1;COLOR:red") == {"css-color"}


def test_the_support_table_is_whole() -> None:
    known = table()
    assert known.licence.startswith("MIT")
    assert all(len(row) == len(known.clients) and set(row) <= set("yanu") for row in known.features.values())


def test_spamassassins_verdict_is_read() -> None:
    report = "Subject: x\nX-Spam-Status: Yes, score=6.1 required=5.0 tests=ALL_TRUSTED,HTML_MESSAGE,\n\tURI_X autolearn=no\n"
    assert judged(report)[0].level == "error"
    assert judged(report)[0].message == "SpamAssassin gives 6.1 of 5 points: HTML_MESSAGE, URI_X."
    assert judged(report.replace("6.1", "0.2"))[0].level == "note"
    assert judged("nothing")[0].message == "SpamAssassin gave no verdict."
