"""The HTML part: structure, accessibility, what clients drop, and what readers must find."""

from __future__ import annotations

import re
from collections import Counter
from itertools import pairwise

import pytest

from digest.config.theme import ThemeSettings
from digest.model import Layout, Link, Section
from digest.render.words import LANGUAGES
from tests.render.conftest import VALUES, Received, receive
from tests.render.newsroom import ARABIC, LAYOUTS, LEAD, edition, front, item, native, newsletter, picture

Headings = list[tuple[str, str]]


def texts(letter: Received, path: str) -> list[str]:
    return [" ".join(e.text_content().split()) for e in letter.tree.xpath(path)]


def styles(letter: Received) -> list[str]:
    return [e.text or "" for e in letter.tree.xpath("//style")]


@pytest.mark.slow
@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("layout", LAYOUTS)
def test_every_layout_is_sound_in_every_language(layout: Layout, language: str) -> None:
    letter = receive(native(language), newsletter(language, layout))
    tree = letter.tree
    way = "rtl" if language == "ar" else "ltr"
    assert letter.mail.variant == f"{language}/{layout}"
    assert letter.html.startswith("<!DOCTYPE html>")
    assert (tree.get("lang"), tree.get("dir")) == (language, way)
    assert all((e.get("lang"), e.get("dir")) == (language, way) for e in tree.find("body"))
    assert {e.get("role") for e in tree.iter("table")} == {"presentation"}
    levels = [int(e.tag[1]) for e in tree.iter("h1", "h2", "h3", "h4")]
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(b - a <= 1 for a, b in pairwise(levels))
    assert all(e.get("href", "").startswith(("https://", "mailto:")) for e in tree.iter("a"))
    assert all(e.text_content().strip() for e in tree.iter("a"))
    assert not tree.xpath("//script|//form|//iframe|//link|//base|//body//style")
    assert letter.html.count("<!--[if ") == letter.html.count("<![endif]-->")
    assert not re.search(r"\{\{|\{%|__[A-Z]|%\(|>\s*None\s*<|undefined", letter.html + letter.text)
    assert not re.search("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ufffd]", letter.html + letter.text)


def test_every_block_has_its_place_in_the_full_edition(full: Received) -> None:
    body = " ".join(full.tree.find("body").text_content().split())
    for words in (
        "Monday 23 November 2026",
        "Evening edition · 15 stories from 31 papers · 2 min",
        "Change edition",
        "View in browser",
        "Good evening. The ferries stay in port",
        "Photo: Agence Lémanique",
        "Lakeside Courier · 17:05 · 2 min",
        "Also in Handelsblick, La Rive, Radio Mosel, Stad Bulletin and 3 more",
        "More on this topic: What the ferry ban costs a village · This morning: talks open under rain",
        "Updated · Wine",
        "New: Growers now expect 11 million litres",
        "Sponsored · Trier craft fair",
        "AFP, in 5 papers",
        "Same text in 2 papers",
        "Sun 22:40",
        "That’s your evening edition.",
        "You get this because you subscribed to The Moselle Evening, evening edition.",
        "Preferences · Change edition · Unsubscribe",
        "Forwarded to you? Subscribe · Delivered to your inbox every day",
        "12 Quai de la Gare, 5533 Remich · Imprint · Privacy",
    ):
        assert words in body, words


def test_the_lead_is_a_level_two_heading_and_sections_hold_level_three() -> None:
    headings: Headings = [
        (e.tag, e.text_content().strip()) for e in receive(front()).tree.iter("h1", "h2", "h3")
    ]
    assert headings[:4] == [
        ("h1", "The Moselle Evening"),
        ("h2", LEAD.headline),
        ("h2", "Luxembourg"),
        ("h3", "Tram line to the Findel quarter opens nine days early"),
    ]


def test_change_edition_and_preferences_lead_to_the_readers_own_page(full: Received) -> None:
    links = {e.text_content(): e.get("href") for e in full.tree.iter("a")}
    assert links["Change edition"] == links["Preferences"] == VALUES["preferences_url"]
    assert links["Unsubscribe"] == VALUES["unsubscribe_url"]
    assert links["View in browser"] == "https://moselle.example/archive/moselle/2026-11-23/evening"


def test_a_foreign_headline_says_its_language_and_keeps_the_left_edge() -> None:
    letter = receive(edition(Section("", (LEAD,)), Section("Culture", (ARABIC,))))
    link = letter.tree.xpath("//h3/a")[0]
    assert (link.get("lang"), link.get("dir")) == ("ar", "rtl")
    assert letter.tree.xpath("//h3")[0].get("dir") is None
    assert letter.tree.xpath("//p/span[@lang='ar' and @dir='rtl']")
    assert not letter.tree.xpath("//h2/a[@lang]")


def test_right_to_left_mirrors_the_thumbnail_table() -> None:
    for language, outer, inner in (("en", "rtl", "ltr"), ("ar", "ltr", "rtl")):
        tree = receive(native(language), newsletter(language)).tree
        table = tree.xpath("//table[@dir]")[0]
        assert table.get("dir") == outer
        assert [td.get("dir") for td in table.iter("td")] == [inner, inner]
        assert table.xpath("string(.//td[1]//img/@src)")


def test_the_preheader_comes_first_hidden_and_is_not_the_subject(full: Received) -> None:
    first = full.tree.find("body")[0]
    assert "display:none" in first.get("style")
    assert "mso-hide:all" in first.get("style")
    shown = re.sub("[\u034f\u200c\u00a0]+", "", first.text_content()).strip()
    assert shown == full.mail.preheader
    assert 30 <= len(shown) <= 140
    assert LEAD.headline not in shown


def test_no_class_stands_that_no_style_sheet_names(full: Received) -> None:
    known = set(re.findall(r"\.([a-z][\w-]*)", " ".join(styles(full))))
    used = {name for e in full.tree.xpath("//*[@class]") for name in e.get("class").split()}
    assert used <= known


def test_dark_and_phone_rules_win_over_inline_styles(full: Received) -> None:
    dark, phone, outlook = styles(full)
    assert "prefers-color-scheme: dark" in dark
    assert "max-width" in phone
    for sheet in (dark, phone, outlook):
        for name, value in re.findall(
            r"([\w-]+): ([^;{}]+)", re.sub(r":root \{[^}]*\}|@media[^{]*", "", sheet)
        ):
            assert "!important" in value, (name, value)


def test_outlook_com_rules_stand_in_an_element_of_their_own(full: Received) -> None:
    assert [("data-ogsc" in sheet, "@media" in sheet) for sheet in styles(full)] == [
        (False, True),
        (False, True),
        (True, False),
    ]


def test_gmail_keeps_the_style_elements(full: Received) -> None:
    assert sum(len(sheet.encode()) for sheet in styles(full)) < 16_000
    for sheet in styles(full):
        depth = 0
        for mark in re.findall(r"[{}@]", sheet):
            assert not (mark == "@" and depth), "an @ inside an @ makes Gmail drop the element"
            depth += {"{": 1, "}": -1}.get(mark, 0)


def test_design_numbers_hold(full: Received) -> None:
    inline = " ".join(full.tree.xpath("//@style"))
    assert set(re.findall(r"font-size:(\d+)px", inline)) == {"34", "28", "20", "17", "14", "13"}
    assert len(set(re.findall(r"[; ]color:(#\w+)", f" {inline}"))) <= 4
    assert len(set(re.findall(r"font-family:([^;]+)", inline))) == 2
    assert not re.search(r"var\(|calc\(|flex|grid", inline)
    assert '"' not in inline


def test_pictures_have_integer_widths_and_never_a_height(full: Received) -> None:
    images = list(full.tree.iter("img"))
    assert [image.get("width") for image in images] == ["552", "176", "176", "176", "176", "176"]
    assert not [image for image in images if image.get("height")]
    assert all(image.get("alt") is not None for image in images)


def test_every_picture_has_its_caption_or_credit_beside_it(full: Received) -> None:
    for image in full.tree.iter("img"):
        assert "Photo:" in image.getparent().text_content()


def test_brief_and_text_first_show_no_pictures() -> None:
    for layout in ("brief", "text-first"):
        assert not list(receive(front(), newsletter("en", layout)).tree.iter("img"))


def test_brief_prints_one_sentence_and_counts_papers() -> None:
    letter = receive(front(), newsletter("en", "brief"))
    assert "Both sides called the first round frank." in letter.text
    assert "The ferry ban stays" not in letter.text
    assert "Lakeside Courier · 17:05 · 2 min · also in 7 papers" in letter.text


def test_sponsored_comes_first_and_not_in_the_accent(full: Received) -> None:
    kicker = next(p for p in full.tree.iter("p") if p.text_content().startswith("Sponsored"))
    assert "#5C5A55" in kicker[0].get("style")
    assert "#9B1C1C" in kicker.get("style")


def test_papers_are_joined_in_the_newsletters_language() -> None:
    story = item(
        "Titre", also_in=(Link("https://a.example/", "t", "A"), Link("https://b.example/", "t", "B"))
    )
    letter = receive(edition(Section("", (story,)), language="fr"), newsletter("fr"))
    assert "À lire aussi dans A et B" in " ".join(letter.tree.text_content().split())


def test_a_name_in_the_other_direction_does_not_drag_the_time_along() -> None:
    letter = receive(native("ar"), newsletter("ar"))
    assert "Trierer Uferblatt\u200f · 08:30" in letter.text


def test_a_link_that_is_no_web_address_is_not_a_link() -> None:
    letter = receive(
        edition(Section("", (item("Click me", url="javascript:alert(1)"),)), Section("A", (LEAD,)))
    )
    assert "javascript" not in letter.html + letter.text
    assert "Click me" in texts(letter, "//h2")


def test_markup_in_feed_text_stays_text() -> None:
    nasty = "<script>alert(1)</script> & \"quotes\" 'single' <img src=x onerror=y>"
    story = item(
        nasty,
        nasty,
        kicker=nasty,
        standfirst=nasty,
        picture=picture("lake", nasty, nasty, alt=nasty),
        updated=nasty,
    )
    letter = receive(edition(Section(nasty, (story,)), intro=nasty))
    assert not letter.tree.xpath("//script|//*[@onerror]|//img[@src='x']")
    assert nasty in letter.tree.text_content()


def test_a_logo_replaces_the_name_and_has_a_dark_twin() -> None:
    theme = ThemeSettings(logo="https://moselle.example/l.png", logo_dark="https://moselle.example/d.png")
    tree = receive(front(), newsletter(theme=theme)).tree
    assert [i.get("alt") for i in tree.xpath("//h1//img")] == ["The Moselle Evening"] * 2
    assert "display:none" in tree.xpath("//h1//img")[1].get("style")
    alone = receive(front(), newsletter(theme=ThemeSettings(logo="https://moselle.example/l.png")))
    assert ".only-logo" in styles(alone)[0]


def test_a_theme_reaches_every_colour() -> None:
    theme = ThemeSettings.model_validate({"light": {"accent": "#004488"}, "width": 640})
    letter = receive(front(), newsletter(theme=theme))
    assert "#9B1C1C" not in letter.html
    assert "max-width:640px" in letter.html
    assert letter.tree.xpath("//img")[0].get("width") == "592"


def test_a_font_cannot_leave_its_declaration() -> None:
    theme = ThemeSettings(body_font='x"; } </style><script>')
    letter = receive(front(), newsletter(theme=theme))
    assert not letter.tree.xpath("//script")


def test_links_are_few_and_each_leads_somewhere_else(full: Received) -> None:
    counted = Counter(e.get("href") for e in full.tree.iter("a"))
    repeated = {url for url, count in counted.items() if count > 1}
    assert repeated <= {
        VALUES["preferences_url"],
        "https://moselle.example/archive/moselle",
        "https://handelsblick.example/1",
        "https://stadbulletin.example/1",
    }
