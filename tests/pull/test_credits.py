"""Credits: split from captions, and bared."""

from __future__ import annotations

import pytest

from digest.pull.credits import bare, split


@pytest.mark.parametrize(
    ("written", "caption", "credit"),
    [
        ("Rain in Spain. (Photo: Ana Ruiz)", "Rain in Spain.", "Ana Ruiz"),
        ("Rain in Spain (Ana Ruiz / Los Angeles Times)", "Rain in Spain", "Ana Ruiz / Los Angeles Times"),
        ("Rain. (AP Photo/Alex Brandon, Pool)", "Rain.", "AP Photo/Alex Brandon, Pool"),
        ("Rain (Photo by Apu GOMES / AFP) (Photo by APU GOMES/AFP via Getty Images)", "Rain", "Apu GOMES / AFP"),
        ("Rain in Spain. Photo: Ana Ruiz", "Rain in Spain.", "Ana Ruiz"),
        ("MORENO VALLEY, CA- MAY 6, 2020: Nurses wave.", "Nurses wave.", ""),
        ("LOS ANGELES, CALIF. -- MONDAY, APRIL 6, 2020: Dusk settles.", "Dusk settles.", ""),
        ("MALIBU, CALIFORNIA MAY 19, 2020-Ann Poe (Cq) surfs.", "Ann Poe surfs.", ""),
        ("NASA in May 2020 launched two.", "NASA in May 2020 launched two.", ""),
        ("MAY 6 was wet in Spain.", "MAY 6 was wet in Spain.", ""),
        ("Rain in Spain. Photo credit: AFP", "Rain in Spain.", "AFP"),
        ("Regen in Trier. Foto: Harald Tittel/dpa", "Regen in Trier.", "Harald Tittel/dpa"),
        ("Regen in Trier © dpa", "Regen in Trier", "dpa"),
        ("Regen in Trier | Bildquelle: AFP", "Regen in Trier", "AFP"),
        ("La pluie à Metz. Crédit photo : Jean Dupont", "La pluie à Metz.", "Jean Dupont"),
        ("La pluie à Metz, le 3 mai. JEAN DUPONT / AFP", "La pluie à Metz, le 3 mai.", "JEAN DUPONT / AFP"),
        ("La pluie à Metz — Jean Dupont/AFP", "La pluie à Metz", "Jean Dupont/AFP"),
        ("Lluvia en Madrid. Foto: EFE", "Lluvia en Madrid.", "EFE"),
        ("Chuva no Rio — Foto: Ana Ruiz/G1", "Chuva no Rio", "Ana Ruiz/G1"),
        ("Deszcz w Łodzi, fot. Jan Nowak", "Deszcz w Łodzi, fot. Jan Nowak", ""),
        ("Deszcz w Łodzi. Zdjęcie: Jan Nowak", "Deszcz w Łodzi.", "Jan Nowak"),
        ("Дождь в Киеве. Фото: Reuters", "Дождь в Киеве.", "Reuters"),
        ("مطر في القاهرة. صورة: أ ف ب", "مطر في القاهرة.", "أ ف ب"),
        ("Copyright 2020 The Associated Press. All rights reserved.", "", "The Associated Press"),
        ("© 2021 NASA", "", "NASA"),
        ("AP Photo/Ben Margot", "", "AP Photo/Ben Margot"),
        ("The (UC Merced) campus in May.", "The (UC Merced) campus in May.", ""),
        ("A fire in El Centro (Calif.)", "A fire in El Centro (Calif.)", ""),
        ("The actor poses for a photo by the river.", "The actor poses for a photo by the river.", ""),
        ("Leaders meet: Photo of the day", "Leaders meet: Photo of the day", ""),
        ("An image from the film", "An image from the film", ""),
        ("A yes/no vote (left/right)", "A yes/no vote (left/right)", ""),
        ("The Prophet-Elsendoorn. (Photo by X/AFP/Getty Images/TNS) ** OUTS - ELSENT, FPG, TCN - OUTS **",
         "The Prophet-Elsendoorn.", "X/AFP/Getty Images/TNS"),
        ("", "", ""),
    ],
)  # fmt: skip
def test_a_credit_at_the_end_is_split_off(written: str, caption: str, credit: str) -> None:
    assert split(written) == (caption, credit)


def test_a_given_credit_wins_and_leaves_the_caption() -> None:
    written = "Justice Kruger works in her office. (David Butow / For The Times)"
    assert split(written, "David Butow / For The Times") == (
        "Justice Kruger works in her office.",
        "David Butow / For The Times",
    )
    assert split("A council vote. Credit: Jo Poe", "Jo Poe") == ("A council vote.", "Jo Poe")
    assert split("A portrait of Jo Poe", "Jo Poe") == ("A portrait of Jo Poe", "Jo Poe")


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("Photograph: Yui Mok/PA", "Yui Mok/PA"),
        ("Al Seib/Al Seib/Los Angeles Times", "Al Seib/Los Angeles Times"),
        ("Glenn Koenig / Los Angeles Times / Los Angeles Times", "Glenn Koenig / Los Angeles Times"),
        ("(Kirk McKoy / Los Angeles Times)", "Kirk McKoy / Los Angeles Times"),
        ("Andi Rice for The New York Times.", "Andi Rice for The New York Times"),
        ("Ventura County Fire Dept.", "Ventura County Fire Dept."),
        ("Courtesy of NASA", "NASA"),
        ("By Ana Ruiz", "Ana Ruiz"),
        ("Crédits : AFP", "AFP"),
        ("Getty Images | Bloomberg", "Getty Images | Bloomberg"),
        ("Photothèque de Metz", "Photothèque de Metz"),
        ("None", ""),
        ("Photo:", ""),
        ("", ""),
        ("https://x.example/photographer", ""),
    ],
)
def test_a_credit_is_bared_to_the_name(written: str, expected: str) -> None:
    assert bare(written) == expected
