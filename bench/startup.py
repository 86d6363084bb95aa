"""How long the command line takes to answer: the median of some runs, each in a process of its own.

    python -m bench.startup [RUNS]

``digest --help`` and completion should feel instant: under 300 ms.
"""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).parent.parent
COMPLETE = {"_DIGEST_COMPLETE": "complete_bash", "COMP_WORDS": "digest fe", "COMP_CWORD": "1"}
CASES: tuple[tuple[str, list[str], dict[str, str]], ...] = (
    ("python alone", ["-c", "pass"], {}),
    ("digest --help", ["-m", "digest", "--help"], {}),
    ("digest --version", ["-m", "digest", "--version"], {}),
    ("completion of a command", ["-m", "digest"], COMPLETE),
    ("digest feeds --help", ["-m", "digest", "feeds", "--help"], {}),
    ("digest config check", ["-m", "digest", "config", "check"], {}),
    ("digest status", ["-m", "digest", "status"], {}),
)


def seconds(words: list[str], env: dict[str, str]) -> float:
    """How long Python takes for ``words``, from its start to its end."""
    began = time.perf_counter()
    subprocess.run(
        [sys.executable, *words], cwd=ROOT, env=os.environ | env, check=True, stdout=subprocess.DEVNULL
    )
    return time.perf_counter() - began


def measure(runs: int) -> dict[str, float]:
    """The median in seconds of each command."""
    found = {}
    for name, words, env in CASES:
        seconds(words, env)  # the first run writes byte code
        found[name] = statistics.median(seconds(words, env) for _ in range(runs))
    return found


def main() -> None:
    """Print the medians, of as many runs as asked."""
    runs = int(sys.argv[1]) if len(sys.argv) > 1 else 10
    for name, median in measure(runs).items():
        print(f"{name:<26} {1000 * median:6.0f} ms")


if __name__ == "__main__":
    main()
