"""Every benchmark in one run, and docs/benchmarks.md written from it: ``make bench``.

    python -m bench [--folder FOLDER --now 2020-05-31T20:00:00+00:00 --about "what it holds"] [--quick]

``FOLDER`` holds saved feeds for the part on reading; without it they are made. Ratios compare figures of one round,
so that whatever else the machine does hits both; the page names the machine and how busy it was.
"""

from __future__ import annotations

import argparse
import datetime as dt
import importlib.metadata
import os
import platform
import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bench import day, deliver, desk, group, pull, readers, render, startup
from digest import __version__

PAGE = Path(__file__).parent.parent / "docs" / "benchmarks.md"
PEERS = ("feedparser", "fastfeedparser", "reader", "rss2email", "scikit-learn", "css-inline", "premailer")
HEAD = """\
# Benchmarks

Made by `make bench`; do not edit it here. Each part compares on the same inputs in the same run, in turns, and
prints medians. A ratio above 1 means that digest takes so many times less (or does so many times more); below 1,
the peer is better, and the words below the table say why.
"""


@dataclass(frozen=True)
class Options:
    """What one run measures."""

    folder: Path | None
    about: str
    now: dt.datetime
    quick: bool

    def runs(self, many: int) -> int:
        """So many rounds, or one."""
        return 1 if self.quick else many


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A Markdown table."""
    lines = ["| " + " | ".join(head) + " |", "|" + "---|" * len(head)]
    return "\n".join([*lines, *("| " + " | ".join(row) + " |" for row in rows)])


# --- the parts ----------------------------------------------------------------------------------------


def daily(options: Options) -> str:
    """What people wait for."""
    built = day.measure(10_000, options.runs(5))
    asked = startup.measure(options.runs(7))
    rows = [(f"`{name}`", f"{1000 * seconds:.0f} ms", "") for name, seconds in asked.items()]
    rows[1] = (*rows[1][:2], "300 ms")
    name = f"`digest build`: {built['stories']:.0f} stories from a store of {built['entries']:,.0f} entries"
    rows.append((name, f"{built['build']:.2f} s, {built['cpu']:.2f} s of CPU", "2 s"))
    return "## What one waits for\n\n" + table(("command", "median", "wanted, at most"), rows)


def reading(options: Options) -> str:
    """Pulling: our own promise on made feeds, and other programs on saved ones."""
    made = pull.measure_made(500, 50, options.runs(3))
    figures: Any = readers.measure(options.folder, options.runs(3), options.now)
    rows = [
        ("all changed, beside bare feedparser in two processes", f"{made['ratio']:.2f} ×", "1.3 ×"),
        ("… in seconds of CPU", f"{made['changed_cpu'] / made['bare_cpu']:.2f} ×", ""),
        ("all unchanged, by 304: feeds a second", f"{made['not_modified']:,.0f}", "1,000"),
        ("… a second of CPU", f"{made['not_modified_cpu']:,.0f}", ""),
        ("all unchanged, the same body again: feeds a second", f"{made['same_body']:,.0f}", "1,000"),
        ("… a second of CPU", f"{made['same_body_cpu']:,.0f}", ""),
    ]
    ways = [
        (
            name,
            f"{seconds:.2f} s",
            f"{figures['cpu'][name]:.2f} s",
            f"{figures['entries'][name]:,}",
            f"{figures['ratios'][name]:.2f}",
            f"{figures['cpu ratios'][name]:.2f}",
        )
        for name, seconds in figures["seconds"].items()
    ]
    head = ("way", "time", "CPU", "entries", "ratio", "ratio of CPU")
    return f"""## Reading feeds

{made["feeds"]:.0f} made feeds of 50 entries, each at an address of its own:

{table(("", "measured", "wanted"), rows)}

{options.about}: {figures["feeds"]} documents, {figures["bytes"] / 1e6:.1f} MB, from a server on this machine. Ratios are to
"digest, stored".

{table(head, ways)}

- **feedparser** and **fastfeedparser** read files in two processes and keep nothing: no HTTP, no limits, no cleaning, no
  captions, no database. fastfeedparser is far faster because it takes a document apart with lxml and leaves it at that;
  it refuses broken documents that feedparser and we repair, and cleans nothing, so what it reads is not fit to be printed.
- **reader** fetches with eight threads and stores; it does not group, and pairs no caption with its picture.
- **rss2email** fetches one feed after the other and writes each entry as a mail of its own into a Maildir."""


def grouping(options: Options) -> str:
    """Grouping beside scikit-learn."""
    rows = []
    for size in (1_000, 10_000):
        figures = group.measure(size, options.runs(3))
        ratio = f"{figures['ratio']:.2f}"
        rows.append((f"{size:,}", f"{figures['ours']:.2f} s", f"{figures['scikit-learn']:.2f} s", ratio))
    return f"""## Grouping

Made news of 40 papers, beside scikit-learn's TF-IDF with average-link clustering of cosine distances, the usual recipe.

{table(("entries", "digest", "scikit-learn", "ratio"), rows)}

scikit-learn holds all pairs in one matrix, which grows with the square of the entries. How good the stories are is
another question: [the floors](https://github.com/newsdigest/digest/tree/main/tests/eval)."""


def rendering(_: Options) -> str:
    """One variant and one more subscriber."""
    figures = {name: value for name, value in render.measure().items() if value is not None}
    one, many = figures["one variant"], figures["one subscriber: segments joined"]
    naive = figures["one subscriber: premailer and EmailMessage"]
    rows = [
        (name, render.shown(name, value)) for name, value in figures.items() if not name.endswith("bytes")
    ]
    rows.append(("10,000 subscribers: digest", f"{one + 10_000 * many:.2f} s"))
    rows.append(("10,000 subscribers: premailer and EmailMessage for each", f"{10_000 * naive:,.0f} s"))
    faster = figures["of which premailer"] / figures["css-inline"] if "css-inline" in figures else 0
    return f"""## Rendering

An edition of 30 stories with pictures, {figures["HTML bytes"]:,.0f} bytes of HTML.

{table(("work", "time"), rows)}

For 10,000 subscribers digest takes **{10_000 * naive / (one + 10_000 * many):,.0f} times** less than the naive way.
**css-inline** (Rust) inlines {faster:.0f} times as fast as our call of premailer: it is the faster inliner. An edition is inlined
once, however many subscribers it has, so that the difference is a tenth of a second an edition."""


def editing(options: Options) -> str:
    """What an editor waits for."""
    wanted = {"first paint, desk in use": "1,000 ms"}
    rows = [
        (name, f"{value:,.0f} ms", wanted.get(name, "200 ms" if name.endswith("until it is seen") else ""))
        for name, value in desk.figures(options.runs(3)).items()
    ]
    return f"""## The desk

An edition of {desk.STORIES} stories from {desk.ENTRIES:,} entries of three days, in Chromium; server and browser share
the machine.

{table(("what", "median", "wanted, at most"), rows)}

The running order shows a decision before the server has made the edition anew; what the server then says counts. The
lines of CPU are the server's own work, which other programs do not blur. "Just opened" has the desk still reading the
stories."""


def sending(options: Options) -> str:
    """Letters a second."""
    figures: Any = deliver.rates(options.runs(5), 2_000 if options.quick else 10_000, 10)
    rows = [(name, f"{rate:,}") for name, rate in figures["letters a second"].items()]
    ratios = [(name, f"{ratio:.2f}") for name, ratio in figures["ratios"].items()]
    return f"""## Sending

Letters of 40 KB to Postfix's `smtp-sink` over ten connections; ours with ledger and journal, each letter with values of
its own.

{table(("way", "letters a second"), rows)}

{table(("ratio", ""), ratios)}

**smtp-source -d** is Postfix's own C program sending the same bytes again and again over kept connections; it writes no
journal and knows nobody. Where it is faster, that is the difference. A DKIM signature is an RSA operation a letter, which
the others do not do."""


PARTS: Mapping[str, Callable[[Options], str]] = {
    "daily": daily,
    "reading": reading,
    "grouping": grouping,
    "rendering": rendering,
    "editing": editing,
    "sending": sending,
}


# --- the page -----------------------------------------------------------------------------------------


def machine() -> str:
    """Where this was measured."""
    model = platform.processor() or platform.machine()
    info = Path("/proc/cpuinfo")
    if info.is_file():
        names = [
            line.partition(":")[2].strip() for line in info.read_text().splitlines() if "model name" in line
        ]
        model = names[0] if names else model
    return f"{os.cpu_count()} cores ({model}), {platform.system()}, Python {platform.python_version()}"


def versions() -> str:
    """Which peers were here."""
    found = [(peer, importlib.metadata.version(peer)) for peer in PEERS if _installed(peer)]
    return ", ".join(f"{peer} {version}" for peer, version in found)


def _installed(name: str) -> bool:
    try:
        importlib.metadata.version(name)
    except importlib.metadata.PackageNotFoundError:
        return False
    return True


def main() -> None:
    """Run all parts and write the page."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--folder", type=Path)
    parser.add_argument("--about", default="Made feeds")
    parser.add_argument("--now", type=dt.datetime.fromisoformat, default=dt.datetime.now(dt.UTC))
    parser.add_argument("--quick", action="store_true", help="one round each: to see that everything runs")
    parser.add_argument("--out", type=Path, default=PAGE)
    parser.add_argument("--only", choices=PARTS, nargs="*", default=list(PARTS))
    words = parser.parse_args()
    options = Options(words.folder, words.about, words.now, words.quick)
    load = [os.getloadavg()[0]]
    parts = []
    for name in words.only:
        print(f"measuring: {name}", file=sys.stderr, flush=True)
        parts.append(PARTS[name](options))
        load.append(os.getloadavg()[0])
    busy = f"Others used it too: its load was {min(load):.1f} to {max(load):.1f}, where {os.cpu_count()} is full."
    once = " One round each, with --quick: `make bench` takes medians of several." if options.quick else ""
    about = f"Measured on {dt.datetime.now(dt.UTC):%d %B %Y} with digest {__version__}: {machine()}. {busy}{once}\nPeers: {versions()}."
    words.out.write_text("\n".join([HEAD, about + "\n", *(part + "\n" for part in parts)]), encoding="utf-8")


if __name__ == "__main__":
    main()
