"""Where papers are at home, and which countries a report names."""

from __future__ import annotations

import pytest

from digest.compose import places
from digest.compose.places import abroad, called, country_of, homes, named
from tests.compose.compose_samples import entry


@pytest.fixture(autouse=True)
def _nothing_is_remembered() -> None:
    places._names.cache_clear()
    named.cache_clear()


@pytest.mark.parametrize(
    ("url", "country"),
    [
        ("https://www.post.co.nz/a", "NZ"),
        ("https://news.sun.co.uk/a", "GB"),
        ("https://zeit.de:8443/a", "DE"),
        ("https://globe.com/a", ""),
        ("https://start.io/a", ""),
        ("https://radio.fm", ""),
        ("https://192.0.2.10/a", ""),
        ("mailto:desk@post.nz", ""),
        ("https://[::1/a", ""),
        ("", ""),
    ],
)
def test_the_country_of_an_address_is_its_last_two_letters(url: str, country: str) -> None:
    assert country_of(url) == country


def test_a_paper_is_at_home_where_all_its_addresses_are() -> None:
    papers = [
        entry("a", "Post", url="https://post.co.nz/a"),
        entry("b", "Post", url="https://video.example.com/b"),
        entry("c", "Sun", url="https://sun.co.uk"),
        entry("g", "Sun", url="https://sun.co.uk/link//wire.de/g"),
        entry("d", "Wire", url="https://wire.de/d"),
        entry("e", "Wire", url="https://wire.at/e"),
        entry("f", "Globe", url="https://globe.com/f"),
        entry("h", "Jour", url="https://jour.fr"),
    ]
    assert homes(papers) == {"Post": "NZ", "Sun": "GB", "Jour": "FR"}


@pytest.mark.parametrize(
    ("countries", "share"),
    [("", 0.0), ("N", 0.0), ("NN", 0.0), ("NG", 1.0), ("NNG", 2 / 3), ("NNGD", 5 / 6), ("NNNN", 0.0)],
)
def test_the_world_is_the_share_of_pairs_of_papers_of_two_countries(countries: str, share: float) -> None:
    assert abroad({f"Paper {n}": country for n, country in enumerate(countries)}) == pytest.approx(share)


@pytest.mark.parametrize(
    ("text", "language", "countries"),
    [
        ("China to propose law in Hong Kong, U.S. warns", "en-GB", "CN HK US"),
        ("Brazilian and Indian leaders meet in Indiana, turkey for dinner", "en", "BR IN"),
        ("Turkey and the UK at the UN", "en", "TR GB UN"),
        ("Nigerian, Cuban, Iranian and Japanese votes; Burma's junta", "en", "NG CU IR JP MM"),
        ("South Korea and the United States", "", "KR US"),
        ("A chad, a jordan and a polish of china", "en", ""),
        ("UN CHEF DE L'ARMÉE", "fr", ""),
        ("US AND UK AND CHINA", "en", "CN"),
        ("Großbritannien und Frankreich streiten mit China", "de_AT", "GB FR CN"),
        ("Côte d’Ivoire : la France s’en va, l'ONU aussi", "fr", "CI FR UN"),
        ("缅甸官员：军机未进入中国", "zh-Hans", "MM CN"),
        ("Россия и Германия", "ru", "RU DE"),
        ("Brazil", "tlh", "BR"),
        ("Frankreich und Brasilien", "de-XX", "FR BR"),
        ("O Irã responde", "pt", "IR"),
        ("The U.K. votes at the U.N. on the British Virgin Islands", "en", "GB UN VG"),
        ("Africa and Europe meet in DR Congo", "en", "CD"),
        ("巴西與寮國", "zh-Hant-TW", "BR LA"),
        ("巴西與寮國", "zh-Hant-XX", "BR LA"),
        ("Nobody anywhere", "en", ""),
        ("", "en", ""),
    ],
)
def test_a_text_names_countries_in_its_language(text: str, language: str, countries: str) -> None:
    assert named(text, language) == frozenset(countries.split())


def test_a_text_without_end_is_read_at_its_beginning() -> None:
    assert named("Brazil " + "and " * 497 + "Chad", "en") == {"BR", "TD"}
    assert named("Brazil " + "and " * 498 + "Chad", "en") == {"BR"}


def test_countries_are_called_by_their_short_names() -> None:
    assert [called(code) for code in ("HK", "MM", "GB", "EU", "??")] == [
        "Hong Kong", "Myanmar", "United Kingdom", "European Union", "??"
    ]  # fmt: skip
