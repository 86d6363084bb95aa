"""Fuzzing in the suite: what it found once, small changes of it, and a short run that is led by coverage.

`make fuzz` runs for as long as you like; tools/fuzz.py says how.
"""

from __future__ import annotations

import importlib.util
import random
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest.tokens import Keyring, Purpose, Scope, read_return_path, return_path, seal, unseal
from tests.conftest import REPOSITORY, unavailable
from tests.fuzz.targets import KEYS, TARGETS, Broken, clean

CORPUS = Path(__file__).parent / "corpus"
SMALL = 8_000  # bytes of a file of the corpus
PURPOSES: tuple[Purpose, ...] = ("unsubscribe", "preferences", "confirm", "archive", "forward")


def corpus(target: str) -> list[Path]:
    return sorted(f for f in (CORPUS / target).iterdir() if f.is_file())


def changed(data: bytes, chance: random.Random) -> bytes:
    """The data with a few bytes cut, doubled, swapped or struck by lightning."""
    made = bytearray(data)
    for _ in range(chance.randint(1, 6)):
        at, to = sorted(chance.randrange(len(made) + 1) for _ in range(2))
        match chance.randrange(4):
            case 0:
                del made[at : min(to, at + 40)]
            case 1:
                made[at:at] = made[at : min(to, at + 40)]
            case 2:
                made[at:at] = chance.choice(
                    [b"<", b">", b"&", b"\0", b"\xff", b"]]>", b"<![CDATA[", b"\n\n", b";", b'"']
                )
            case _ if made:
                made[min(at, len(made) - 1)] = chance.randrange(256)
    return bytes(made)


def test_the_corpus_is_small_and_belongs_to_targets() -> None:
    assert {folder.name for folder in CORPUS.iterdir()} == set(TARGETS)
    assert [f.name for target in TARGETS for f in corpus(target) if f.stat().st_size > SMALL] == []
    assert sum(len(corpus(target)) for target in TARGETS) < 60


@pytest.mark.parametrize("target", TARGETS)
def test_what_fuzzing_found_stays_mended(target: str) -> None:
    for file in corpus(target):
        TARGETS[target](file.read_bytes())


@pytest.mark.slow
@pytest.mark.parametrize("target", TARGETS)
def test_small_changes_of_it_break_nothing(target: str) -> None:
    chance = random.Random(7)
    files = [file.read_bytes() for file in corpus(target)]
    for _ in range(300):
        TARGETS[target](changed(chance.choice(files), chance))


@pytest.mark.slow
@pytest.mark.parametrize("target", TARGETS)
def test_a_run_led_by_coverage_finds_nothing(target: str, tmp_path: Path) -> None:
    if importlib.util.find_spec("atheris") is None:
        unavailable("atheris", "pip install 'newsdigest[fuzz]' (Linux and macOS, Python 3.11 to 3.13)")
    run = [
        sys.executable,
        "-m",
        "tools.fuzz",
        target,
        "--seconds",
        "5",
        "--seed",
        "7",
        "--found",
        str(tmp_path),
    ]
    done = subprocess.run(run, cwd=REPOSITORY, capture_output=True, text=True, check=False, timeout=120)
    assert done.returncode == 0, done.stdout[-2_000:] + done.stderr[-3_000:]
    assert list(tmp_path.iterdir()) == []
    assert "number_of_executed_units" in done.stderr


@pytest.mark.parametrize("text", ["<b", "a\u202eb", "a\x00b", "a\nb"])
def test_the_invariant_would_notice(text: str) -> None:
    with pytest.raises(Broken):
        clean(text)


# --- tokens ----------------------------------------------------------------------------------------------


@given(
    st.sampled_from(PURPOSES),
    st.from_regex(r"[A-Za-z0-9_-]{16}", fullmatch=True),
    st.from_regex(r"[a-z0-9][a-z0-9-]{0,62}", fullmatch=True),
)
def test_any_token_opens_to_what_it_was_made_for(purpose: Purpose, person: str, newsletter: str) -> None:
    assert unseal(KEYS, seal(KEYS, person, newsletter, purpose)) == Scope(person, newsletter, purpose)


@given(
    st.text()
    | st.from_regex(r"[a-z0-9][a-z][A-Za-z0-9_-]{38}\.[a-z0-9-]{1,63}(\.[0-9]{1,10})?", fullmatch=True)
)
def test_no_text_is_a_token_by_chance(text: str) -> None:
    assert unseal(KEYS, text) is None
    assert read_return_path(KEYS, text) is None


@given(st.integers(0, 16**10 - 1), st.binary(min_size=32, max_size=32))
def test_any_delivery_has_a_return_path_that_only_its_key_opens(delivery: int, key: bytes) -> None:
    path = return_path(KEYS, delivery)
    assert read_return_path(KEYS, path.upper()) == delivery
    assert key == b"k" * 32 or read_return_path(Keyring((("a", key),)), path) is None
