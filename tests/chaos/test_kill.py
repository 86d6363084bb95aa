"""kill -9 at random moments: nobody lost, nobody twice, the doubtful listed. The long sweep is in harness.py."""

from __future__ import annotations

import random
from pathlib import Path

import pytest
from harness import run_round


@pytest.mark.slow
@pytest.mark.parametrize("seed", [1, 2, 3])
def test_a_killed_sender_loses_nobody_and_writes_to_nobody_twice(tmp_path: Path, seed: int) -> None:
    done = run_round(tmp_path, 400, random.Random(seed))
    assert done.faults == []
    assert done.kills >= 1
    assert done.accepted + done.uncertain == 400
