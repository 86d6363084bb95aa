"""Draws docs/grouping.svg: `python tools/grouping_figure.py`, the steps of grouping on a story of tests/eval.

The chances in it are those that grouping gives, in the crowd of lone entries in which the floors are measured.
"""

from __future__ import annotations

import itertools
import sys
import textwrap
from html import escape
from pathlib import Path

from digest.group.compare import FEATURES, NEIGHBOURS
from digest.group.index import Index
from digest.model import Entry

sys.path.insert(0, str(Path(__file__).parent.parent / "tests" / "eval"))
import quality

ROOT = Path(__file__).parent.parent
FIGURE = ROOT / "docs" / "grouping.svg"
STORY = "en/bridge-collapse"
STEPS = (
    ("Read", "words, names, numbers, and how common they are"),
    ("Find", f"the {NEIGHBOURS} nearest entries of each, by rare words"),
    ("Compare", f"{len(FEATURES)} features of each pair"),
    ("Weigh", "the chance that both tell one story"),
    ("Look again", "with the words of likely fellows"),
    ("Join", "best first, while enough members vouch"),
)
WIDTH, HEIGHT = 880, 470
CARD, TALL = 228, 92  # a card's width and height
PLACES = ((40, 150), (330, 150), (40, 330), (330, 330), (612, 240))
INK, GREY, LINE, RED, PAPER = "#1A1A1A", "#5F5F5F", "#C9C4BA", "#A3200D", "#FBF9F5"


def example() -> tuple[list[Entry], dict[tuple[int, int], float], float]:
    """The entries of the story and the one that came nearest, the chances of their pairs, and the threshold."""
    entries, gold = quality.labelled("en")
    index = Index()
    index.add([*entries, *quality.crowd(quality.CROWD)])
    shown = [e for e in entries if gold[e.id] == STORY]
    ids = {e.id for e in shown}
    near = [(chance, other) for e in shown for other, chance in index.likeliest(e.id, 8) if other not in ids]
    shown.append(next(e for e in entries if e.id == max(near)[1]))
    chances, threshold = {}, 0.0
    for a, b in itertools.combinations(range(len(shown)), 2):
        if odds := index.odds(shown[a].id, shown[b].id):
            chances[a, b], threshold = odds
    return shown, chances, threshold


def text(x: float, y: float, words: str, size: int, *, fill: str = INK, extra: str = "") -> str:
    """A line of text."""
    return f'<text x="{x}" y="{y}" font-size="{size}" fill="{fill}" {extra}>{escape(words)}</text>'


def steps() -> list[str]:
    """The steps, across the top."""
    drawn, wide = [], (WIDTH - 80) / len(STEPS)
    for number, (name, what) in enumerate(STEPS):
        x = 40 + number * wide
        drawn.append(text(x, 40, f"{number + 1}  {name}", 15, extra='font-weight="bold"'))
        drawn += [
            text(x, 60 + 16 * row, line, 12, fill=GREY)
            for row, line in enumerate(textwrap.wrap(what, int(wide / 6.6)))
        ]
    return [*drawn, f'<line x1="40" y1="112" x2="{WIDTH - 40}" y2="112" stroke="{LINE}"/>']


def card(entry: Entry, x: int, y: int, *, alone: bool) -> list[str]:
    """One entry."""
    edge = f'stroke="{LINE}" stroke-dasharray="4 4"' if alone else f'stroke="{INK}"'
    box = f'<rect x="{x}" y="{y}" width="{CARD}" height="{TALL}" rx="3" fill="#FFFFFF" {edge}/>'
    lines = textwrap.wrap(entry.title, 30)
    return [
        box,
        text(x + 14, y + 22, entry.paper, 11, fill=RED),
        *(text(x + 14, y + 44 + 18 * n, line, 14) for n, line in enumerate(lines)),
    ]


def tie(pair: tuple[int, int], chance: float, *, joined: bool) -> list[str]:
    """The line between two cards, with the chance on it."""
    (ax, ay), (bx, by) = ((PLACES[n][0] + CARD / 2, PLACES[n][1] + TALL / 2) for n in pair)
    share = 0.36 if pair in {(0, 3), (1, 2)} else 0.5  # the diagonals cross
    share = 0.51 if pair[1] == len(PLACES) - 1 else share
    x, y = ax + share * (bx - ax), ay + share * (by - ay)
    look = f'stroke="{INK}" stroke-width="{0.6 + 1.6 * chance:.1f}"'
    if not joined:
        look = f'stroke="{GREY}" stroke-width="1" stroke-dasharray="4 4"'
    return [
        f'<line x1="{ax}" y1="{ay}" x2="{bx}" y2="{by}" {look}/>',
        f'<rect x="{x - 19}" y="{y - 10}" width="38" height="20" rx="10" fill="{PAPER}"/>',
        text(x, y + 4.5, f"{chance:.2f}", 12, fill=INK if joined else GREY, extra='text-anchor="middle"'),
    ]


def figure() -> str:
    """The whole drawing."""
    shown, chances, threshold = example()
    last = len(shown) - 1
    telling = {pair: c for pair, c in chances.items() if pair[1] != last or pair[0] in {1, 3}}
    ties = [part for pair, c in telling.items() for part in tie(pair, c, joined=pair[1] != last)]
    cards = [
        part
        for n, (entry, place) in enumerate(zip(shown, PLACES, strict=True))
        for part in card(entry, *place, alone=n == last)
    ]
    nearest = max(c for pair, c in chances.items() if pair[1] == last)
    note = [f"At most {nearest:.2f} with one of them,", f"{threshold:.2f} is needed: it stays alone."]
    notes = [text(PLACES[-1][0], 356 + 18 * n, line, 12, fill=GREY) for n, line in enumerate(note)]
    told = "Four papers' entries on one bridge are joined, well above the threshold; a quiz that names the river stays out."
    return "\n".join(
        [
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" role="img">',
            f'<title>{escape(told)}</title><g font-family="Georgia, serif">',
            f'<rect width="{WIDTH}" height="{HEIGHT}" fill="{PAPER}"/>',
            *steps(),
            *ties,
            *cards,
            *notes,
            "</g></svg>\n",
        ]
    )


if __name__ == "__main__":
    FIGURE.write_text(figure(), encoding="utf-8")
    sys.stdout.write(f"wrote {FIGURE}\n")
