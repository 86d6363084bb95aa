"""Two daemons, two workers, and a worker killed in the middle of an edition. The long sweep is in crowd.py."""

from __future__ import annotations

import random
import tempfile
from pathlib import Path

import pytest
from crowd import run_round, server


@pytest.mark.slow
@pytest.mark.postgres
def test_a_killed_worker_among_several_loses_nobody_and_writes_to_nobody_twice() -> None:
    # Not pytest's folder: every run that starts closes that to the user that PostgreSQL runs as under root.
    with tempfile.TemporaryDirectory(prefix="digest-crowd-") as name, server(Path(name)) as host:
        Path(name).chmod(0o755)
        folder = Path(name) / "one_round"
        folder.mkdir()
        done = run_round(folder, host, "kill a worker", 1200, random.Random(7))
    assert done.faults == []
    assert done.struck_at < 1200
    assert sum(done.states.values()) == 1200
