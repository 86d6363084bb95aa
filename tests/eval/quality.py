"""The quality of grouping on the stories in this folder: `python tests/eval/quality.py [--write [--lower]]`.

They are grouped twice: by themselves, where nearly all entries have company, and in a crowd of entries that
tell nothing together, as on a day of many feeds, where grouping asks for more before it joins.

``--write`` raises the floors in floors.json to what is measured now, less a margin for other machines. It
refuses to lower one without ``--lower``.
"""

from __future__ import annotations

import datetime as dt
import json
import random
import sys
from collections import Counter
from hashlib import blake2b
from pathlib import Path

from digest.group import group
from digest.group.frequencies import zipf_values
from digest.model import Entry

HERE = Path(__file__).parent
FLOORS = HERE / "floors.json"
MIDNIGHT = dt.datetime(2026, 5, 12, tzinfo=dt.UTC)
MARGIN = 0.005
CROWD = 1500  # entries that stand alone

Figures = dict[str, dict[str, float]]


def labelled(language: str) -> tuple[list[Entry], dict[str, str]]:
    """The entries written in a language, and entry id -> the story it tells."""
    entries, gold, story = [], {}, ""
    for line in (HERE / "stories" / f"{language}.txt").read_text(encoding="utf-8").splitlines():
        if line.startswith("# Invented"):
            continue
        if line.startswith("# "):
            story = f"{language}/{line[2:]}"
            continue
        paper, hour, title, standfirst = (part.strip() for part in line.split(" | "))
        name = blake2b(line.encode(), digest_size=8).hexdigest()
        when = MIDNIGHT + dt.timedelta(hours=int(hour))
        entries.append(
            Entry(
                id=name,
                feed=f"https://{paper}.example/feed",
                paper=paper,
                url=f"https://{paper}.example/{name}",
                title=title,
                standfirst=standfirst,
                published=when,
                first_seen=when,
                language=language,
            )
        )
        gold[name] = story
    return entries, gold


def languages() -> list[str]:
    """The languages there are stories in."""
    return sorted(file.stem for file in (HERE / "stories").glob("*.txt"))


def b_cubed(found: dict[str, str], gold: dict[str, str]) -> dict[str, float]:
    """B-cubed precision, recall and F1."""
    f, g = Counter(found[i] for i in gold), Counter(gold.values())
    both = Counter((found[i], gold[i]) for i in gold)
    precision = sum(n * n / f[a] for (a, _), n in both.items()) / len(gold)
    recall = sum(n * n / g[b] for (_, b), n in both.items()) / len(gold)
    return {"precision": precision, "recall": recall, "f1": 2 * precision * recall / (precision + recall)}


def crowd(size: int) -> list[Entry]:
    """Entries of words drawn at random from the English word list, so that no two tell one story."""
    dice = random.Random(1)
    words = sorted(zipf_values("en"))
    return [
        Entry(
            id=f"crowd {number}",
            feed=f"https://{number % 20}.example/feed",
            paper=f"Paper {number % 20}",
            url=f"https://{number % 20}.example/{number}",
            title=" ".join(dice.sample(words, 8)),
            standfirst=" ".join(dice.sample(words, 20)),
            published=MIDNIGHT + dt.timedelta(minutes=number % 1440),
            language="en",
        )
        for number in range(size)
    ]


def measure() -> Figures:
    """The figures of all languages grouped together, as a whole and for each; "day" are those in the crowd."""
    sets = {language: labelled(language) for language in languages()}
    entries = [e for some, _ in sets.values() for e in some]
    whole = {k: v for _, gold in sets.values() for k, v in gold.items()}
    figures: Figures = {}
    for name, around in (("", []), ("day ", crowd(CROWD))):
        story_of = group([*entries, *around]).story_of()
        figures |= {name + language: b_cubed(story_of, gold) for language, (_, gold) in sets.items()}
        figures[name + "all"] = b_cubed(story_of, whole)
    return figures


def floors() -> Figures:
    """The floors as they are."""
    found: Figures = json.loads(FLOORS.read_text(encoding="utf-8")) if FLOORS.exists() else {}
    return found


def raised(measured: Figures, before: Figures, *, lower: bool) -> Figures:
    """The new floors; raises ValueError if one would be lower and ``lower`` is not given."""
    new = {name: {k: round(v - MARGIN, 3) for k, v in row.items()} for name, row in measured.items()}
    for name, row in before.items():
        for key, floor in row.items():
            value = new.setdefault(name, {}).get(key, 0.0)
            if value < floor and not lower:
                if measured.get(name, {}).get(key, 0.0) < floor:
                    raise ValueError(f"{name} {key} is {value}, below its floor {floor}; --lower lowers it")
                new[name][key] = floor
    return new


def main(arguments: list[str]) -> int:
    measured = measure()
    for name, row in measured.items():
        figures = "  ".join(f"{key} {value:.3f}" for key, value in row.items())
        sys.stdout.write(f"{name:8}{figures}\n")
    if "--write" in arguments:
        try:
            new = raised(measured, floors(), lower="--lower" in arguments)
        except ValueError as error:
            sys.stderr.write(f"{error}\n")
            return 1
        FLOORS.write_text(json.dumps(new, indent=2) + "\n", encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
