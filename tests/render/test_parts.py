"""Small decisions: pictures, subject lines, cutting, addresses, direction, size."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest.model import Item, Layout, Picture, Section
from digest.render.bidi import settled, way
from digest.render.pictures import picture_view, printable
from digest.render.subject import subject
from digest.render.trim import clip, sentences
from digest.render.urls import ascii_url
from digest.render.words import words
from tests.render.conftest import receive
from tests.render.newsroom import COURT, LAYOUTS, LEAD, TRAM, edition, front, item, large, newsletter, picture

NAMES = {"title": "The Moselle Evening", "edition": "evening edition", "date": "Monday 23 November 2026"}


def shown(found: Picture, *, lead: bool = False, **more: object) -> tuple[int, bool] | None:
    view = picture_view(item("A headline", picture=found, **more), column=552, lead=lead)
    return (view.width, view.large) if view else None


# --- pictures -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("url", "kind", "fits"),
    [
        ("https://a.example/x.jpg", "", True),
        ("http://a.example/x.jpg", "", False),
        ("https://a.example/x.webp", "", False),
        ("https://a.example/x.AVIF?w=600", "", False),
        ("https://a.example/x.webp", "image/jpeg", True),
        ("https://a.example/x", "image/webp", False),
        ("https://a.example/x", "text/html", False),
        ("https://a.example/x?format=webp", "image/png", True),
        ("data:image/png;base64,x", "", False),
    ],
)
def test_only_pictures_that_every_client_shows_are_printed(url: str, kind: str, fits: bool) -> None:
    assert printable(Picture(url, type=kind)) is fits


def test_a_lead_picture_fills_the_column_unless_it_is_small_or_upright() -> None:
    assert shown(picture("a"), lead=True) == (552, True)
    assert shown(picture("a", width=None, height=None), lead=True) == (552, True)
    assert shown(picture("a", width=320, height=180), lead=True) == (176, False)
    assert shown(picture("a", width=800, height=1200), lead=True) == (176, False)
    assert shown(picture("a")) == (176, False)


def test_a_very_tall_thumbnail_is_narrowed() -> None:
    assert shown(picture("a", width=500, height=2000)) == (66, False)


def test_a_caption_that_adds_nothing_is_left_out() -> None:
    same = picture_view(
        item("The bridge is open", picture=picture("a", "The bridge is open!", "AFP")), column=552, lead=False
    )
    other = picture_view(
        item("The bridge is open", picture=picture("a", "The mayor cuts a ribbon")), column=552, lead=False
    )
    assert same is not None
    assert (same.caption, same.credit) == ("", "AFP")
    assert other is not None
    assert other.caption == "The mayor cuts a ribbon"


@pytest.mark.parametrize(
    "alt", ["A caption", "a headline!", "IMG_2041.JPG", "DSC00023", "1234567-x", "  ", "AFP"]
)
def test_alternative_text_never_repeats_nor_names_a_file(alt: str) -> None:
    view = picture_view(
        item("A headline", picture=picture("a", "A caption.", "AFP", alt=alt)), column=552, lead=True
    )
    assert view is not None
    assert view.alt == ""


def test_alternative_text_that_describes_is_kept() -> None:
    view = picture_view(LEAD, column=552, lead=True)
    assert view is not None
    assert view.alt == "A white ferry on a lake below blue mountains, at sunset"


# --- subject ------------------------------------------------------------------------------------------


def made(pattern: str = "", *items: Item, language: str = "en") -> str:
    news = newsletter(language, **({"subject": pattern} if pattern else {}))
    return subject(edition(Section("", items or (LEAD, TRAM))), news.settings, words(language), NAMES)


def test_a_subject_leads_with_the_lead_and_counts_the_rest() -> None:
    assert made("", TRAM, LEAD) == "Tram line to the Findel quarter opens nine days early · and 1 more"
    assert made("", TRAM) == "Tram line to the Findel quarter opens nine days early"
    assert made("", item("Oui"), LEAD, TRAM, language="fr") == "Oui · et 2 autres sujets"


def test_a_long_headline_gives_way_at_a_word() -> None:
    assert made() == "Lake ministers part after eight hours, and agree to meet again… · and 1 more"


def test_a_subject_of_ones_own_is_filled_by_name_only() -> None:
    assert (
        made("{title}: {lead} ({count})", item("A {date} {0} %s"))
        == "The Moselle Evening: A {date} {0} %s (1)"
    )


@given(
    st.lists(st.text(min_size=1, max_size=300), min_size=1, max_size=4),
    st.sampled_from(["en", "fr", "ar", "pl"]),
)
def test_no_subject_is_longer_than_78(headlines: list[str], language: str) -> None:
    line = made("", *(item(h) for h in headlines), language=language)
    assert len(line) <= 78
    assert "\n" not in line


# --- cutting ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "count", "expected"),
    [
        ("One. Two. Three.", 1, "One."),
        ("One. Two. Three.", 2, "One. Two."),
        ("Dr. Smith left. He is well.", 1, "Dr. Smith left."),
        ("Mr. J. Doe paid 3.5 million. All of it.", 1, "Mr. J. Doe paid 3.5 million."),
        ("Am 3. Oktober ist frei. Alle feiern.", 1, "Am 3. Oktober ist frei."),
        ("The U.S. Senate voted. It was late.", 1, "The U.S. Senate voted."),
        ("“Really?” he asked. Yes.", 1, "“Really?” he asked."),
        ("هذا خبر. وهذا آخر.", 1, "هذا خبر."),
        ("no end", 1, "no end"),
        ("", 1, ""),
    ],
)
def test_sentences_end_where_sentences_end(text: str, count: int, expected: str) -> None:
    assert sentences(text, count) == expected


def test_text_is_cut_after_a_whole_word() -> None:
    assert clip("one two three", 20) == "one two three"
    assert clip("one two, three", 10) == "one two…"
    assert clip("x" * 50, 10) == "x" * 9 + "…"


@given(st.text(max_size=200), st.integers(2, 100))
def test_clip_never_exceeds_its_limit(text: str, limit: int) -> None:
    assert len(clip(text, limit)) <= limit


# --- addresses and direction --------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("https://a.example/x?a=1&b=%20#c", "https://a.example/x?a=1&b=%20#c"),
        ("https://zürich.example/é?q=ü", "https://xn--zrich-kva.example/%C3%A9?q=%C3%BC"),
        ("https://[2001:db8::1]:8443/x", "https://[2001:db8::1]:8443/x"),
        ("javascript:alert(1)", ""),
        ("//a.example/x", ""),
        ("https://", ""),
        ("https://a.example:port/", ""),
        ('https://a.example/"><script>', "https://a.example/%22%3E%3Cscript%3E"),
    ],
)
def test_addresses_become_ascii_or_nothing(url: str, expected: str) -> None:
    assert ascii_url(url) == expected


def test_direction_is_that_of_the_first_strong_letter() -> None:
    assert [way(text) for text in ("12 Quai", "12 رصيف", "12:55", "")] == ["ltr", "rtl", "", ""]
    assert settled("La Rive", "rtl") == "La Rive\u200f"
    assert settled("La Rive", "ltr") == "La Rive"
    assert settled("الضفة", "ltr") == "الضفة\u200e"


# --- size ---------------------------------------------------------------------------------------------


def test_thirty_stories_with_pictures_fit_with_room_to_spare() -> None:
    mail = receive(large(30)).mail
    assert mail.html_bytes == len(mail.html.encode()) < 80_000
    assert mail.dropped == ()


@pytest.mark.slow
def test_the_largest_edition_shrinks_until_it_fits_and_says_what_it_left_out() -> None:
    letter = receive(large(100, words=60))
    assert letter.mail.html_bytes < 100_000
    assert len(letter.html.encode()) < 102_400
    assert letter.mail.html_bytes > 85_000  # not more than needed
    left = len(letter.mail.dropped)
    assert left > 10
    assert f"…and {left} more in the browser" in letter.text
    assert letter.tree.xpath(f"//a[.='…and {left} more in the browser']")
    assert not [headline for headline in letter.mail.dropped if f"{headline} [" in letter.text]
    assert "Evening edition · 100 stories" in letter.text


def test_what_is_left_out_is_the_least_and_never_a_lead_or_a_sections_first() -> None:
    whole = large(100, words=60)
    letter = receive(whole)
    firsts = {section.items[0].headline for section in whole.sections}
    assert not firsts & set(letter.mail.dropped)
    scores = {i.headline: i.score for i in whole.items}
    kept = [s for h, s in scores.items() if h not in letter.mail.dropped and h not in firsts]
    assert max(scores[h] for h in letter.mail.dropped) < min(kept)


def test_a_tighter_edition_says_less_before_it_drops_anything() -> None:
    whole = receive(large(30)).mail.html_bytes
    letter = receive(large(30), largest=whole - 1)
    assert letter.mail.dropped == ()
    assert letter.mail.html_bytes < whole


def test_even_with_no_room_the_lead_and_the_way_out_stay() -> None:
    letter = receive(front(), largest=1)
    assert LEAD.headline in letter.text
    assert len(letter.mail.dropped) == 8
    assert "Unsubscribe" in letter.text


def test_an_unnamed_stream_has_headings_without_gaps() -> None:
    stream = edition(
        Section("", (LEAD,)), Section("", (TRAM, replace(TRAM, story="other", headline="Other")))
    )
    assert [e.tag for e in receive(stream).tree.iter("h1", "h2", "h3")] == ["h1", "h2", "h2", "h2"]


@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize("stories", [(LEAD,), (TRAM,), (LEAD, TRAM), (LEAD, COURT)])
def test_the_number_of_addresses_is_even(layout: Layout, stories: tuple[Item, ...]) -> None:
    """An odd number costs a point with rspamd."""
    tree = receive(edition(Section("", stories)), newsletter("en", layout)).tree
    assert len(tree.xpath("//a/@href|//img/@src")) % 2 == 0
