"""Categories, kicker, sponsored mark, authors, language."""

from __future__ import annotations

import pytest

from digest.pull import labels


def test_categories_are_clean_and_each_once() -> None:
    terms = [
        "News",
        " news ",
        "",
        "8ac9d1ff-ae27-596c-ae8a-145852a3b48e",
        "https://x.example/tag",
        "Sports\x00",
        "42",
        "x" * 90,
    ]
    assert labels.categories(terms) == ("News", "Sports")


@pytest.mark.parametrize(
    ("terms", "expected"),
    [
        (["News", "World news"], "World news"),
        (["fnc", "fox-news/politics/foreign-policy/state-department"], "Fnc"),
        (["fox-news/politics/foreign-policy/state-department"], "State department"),
        (["Coronavirus (2019-nCoV)"], "Coronavirus"),
        (["United States Politics and Government", "Trump, Donald J", "China"], "China"),
        (["type:article", "#tag", "a_b_c"], "A b c"),
        (["Uncategorized", "Sin categoría", "Actualités"], ""),
        (["Sponsored"], ""),
        (["The Paper"], ""),
        (["Russia-US"], "Russia-US"),
        ([], ""),
    ],
)
def test_the_kicker_is_a_short_category_for_people(terms: list[str], expected: str) -> None:
    assert labels.kicker(terms, "A title", "The Paper") == expected


@pytest.mark.parametrize(
    ("title", "terms", "url", "flag", "bare"),
    [
        ("Sponsored: Sleep better", [], "", True, "Sleep better"),
        ("[Anzeige] Besser schlafen", [], "", True, "Besser schlafen"),
        ("Sleep better (Advertorial)", [], "", True, "Sleep better"),
        ("Dormir mieux | Contenu sponsorisé", [], "", True, "Dormir mieux"),
        ("Dormir mieux", ["Publireportage"], "", True, "Dormir mieux"),
        ("Sleep better [Ad]", [], "", True, "Sleep better"),
        ("Sleep better", ["Paid Post"], "", True, "Sleep better"),
        ("Sleep better", [], "https://x.example/sponsored/sleep", True, "Sleep better"),
        (
            "State-sponsored hackers strike",
            ["PAID"],
            "https://x.example/a",
            False,
            "State-sponsored hackers strike",
        ),
        ("Anzeige gegen Minister", [], "", False, "Anzeige gegen Minister"),
        ("Paris: the rain", [], "", False, "Paris: the rain"),
    ],
)
def test_an_advertisement_is_told(title: str, terms: list[str], url: str, flag: bool, bare: str) -> None:
    assert labels.sponsored(title, terms, url) == (flag, bare)


@pytest.mark.parametrize(
    ("names", "expected"),
    [
        (["By Ana Ruiz and Jo Poe"], ("Ana Ruiz", "Jo Poe")),
        (["Ana Ruiz, Jo Poe and Al Lee"], ("Ana Ruiz", "Jo Poe", "Al Lee")),
        (["Poe, Jo"], ("Poe, Jo",)),
        (["Ana Ruiz", "ana ruiz"], ("Ana Ruiz",)),
        (["webmaster@x.example (Carlos Medley)"], ("Carlos Medley",)),
        (["newsfeeds@x.example"], ()),
        (["Jo Poe (Metz), Ana Ruiz (Trier)"], ("Jo Poe (Metz)", "Ana Ruiz (Trier)")),
        (["The Paper"], ()),
        (["Research and Development"], ("Research and Development",)),
        (["", "-"], ()),
    ],
)
def test_authors_are_names(names: list[str], expected: tuple[str, ...]) -> None:
    assert labels.authors(names, "The Paper") == expected


@pytest.mark.parametrize(
    ("code", "expected"),
    [("en-us", "en-US"), ("en_GB", "en-GB"), ("zh-hans-cn", "zh-Hans-CN"), ("de", "de"), ("pt-br.utf8", "pt-BR"),
     ("", ""), ("english", ""), ("und", ""), ("x'><script>", ""), ("es-419", "es-419")],
)  # fmt: skip
def test_language_tags_get_their_usual_form(code: str, expected: str) -> None:
    assert labels.language(code) == expected
