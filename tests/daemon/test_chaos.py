"""Kill -9 at random times: every slot once, every letter at most once. ``make soak`` does thirty days of it."""

from __future__ import annotations

from pathlib import Path

import pytest
from daemon_chaos import Chaos


@pytest.mark.slow
def test_two_daemons_killed_at_random_send_every_slot_once(tmp_path: Path) -> None:
    report = Chaos(tmp_path, days=1, kills=6, seed=7).run()
    assert (report.slots, report.kills) == (3, 6)
    assert report.broken == []
