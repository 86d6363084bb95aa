"""What publishing systems hang on a text."""

from __future__ import annotations

import pytest

from digest.pull.tails import trim


@pytest.mark.parametrize(
    "tail",
    [
        "Continue reading...", "Continue reading →", "Read more", "Read More »", "[…] Read more", "Read full article Comments",
        "Click here for the full article.", "Click to Continue »", "Read the full story on example.com", "Weiterlesen",
        "Mehr lesen", "Lire la suite", "Lire la suite sur Le Journal", "Leer más", "Seguir leyendo", "Leia mais",
        "Continua a leggere", "Leggi tutto", "Lees meer", "Lees verder »", "Czytaj więcej", "Läs mer", "اقرأ المزيد",
        "続きを読む", "阅读全文", 'Continue reading "Rain in Spain" →',
        "The post Rain in Spain appeared first on The Paper.",
        "The post Rain first appeared on The Paper .",
        "Der Beitrag Regen erschien zuerst auf Die Zeitung.",
        "L’article La pluie est apparu en premier sur Le Journal.",
        "La entrada Lluvia se publicó primero en El Diario.",
        "L'articolo Pioggia proviene da Il Giornale.",
        "O post Chuva apareceu primeiro em O Jornal.",
        "Het bericht Regen verscheen eerst op De Krant.",
        "Artykuł Deszcz pochodzi z serwisu Gazeta.",
        "Read more The post Rain in Spain appeared first on The Paper.",
        "submitted by /u/someone [link] [comments]",
    ],
)  # fmt: skip
def test_a_tail_is_taken_off(tail: str) -> None:
    assert trim(f"It rained in Spain. {tail}").text == "It rained in Spain."


@pytest.mark.parametrize(
    ("written", "expected", "cut"),
    [
        ("It rained in […]", "It rained in…", True),
        ("It rained in [...] Continue reading", "It rained in…", True),
        ("It rained in...", "It rained in…", True),
        ("It rained in… Read more", "It rained in…", True),
        ("It rained. […]", "It rained.", True),
        ("It rained.", "It rained.", False),
        ("Comments", "", False),
        ("Read more", "", True),
        ("There is much to read on", "There is much to read on", False),
        ("It rained. Read on", "It rained.", True),
        ("Children should read more books.", "Children should read more books.", False),
        ("Comments drew fire.", "Comments drew fire.", False),
        ("He first appeared on television in 1990.", "He first appeared on television in 1990.", False),
        ("", "", False),
    ],
)
def test_a_cut_text_says_so(written: str, expected: str, cut: bool) -> None:
    assert trim(written) == (expected, cut)
