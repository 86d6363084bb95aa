"""A test run that is killed leaves no PostgreSQL behind."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.conftest import REPOSITORY

KILLED = """
import os, signal
from pathlib import Path

def test_it(postgres_server):
    Path("{told}").write_text(postgres_server)
    os.kill(os.getpid(), signal.{sign})
    import time
    time.sleep(60)
"""


@pytest.mark.slow
@pytest.mark.postgres
@pytest.mark.parametrize("sign", ["SIGKILL", "SIGINT"])
def test_a_run_that_is_killed_leaves_no_server_behind(tmp_path: Path, sign: str) -> None:
    told, run = tmp_path / "told", f"killed{os.getpid()}"
    (tmp_path / "test_it.py").write_text(KILLED.format(told=told, sign=sign))
    command = [sys.executable, "-m", "pytest", "-q", "-p", "tests.conftest", "-p", "no:xdist"]
    done = subprocess.run(
        [*command, "-p", "no:cacheprovider", "--rootdir", str(tmp_path), "-c", os.devnull, str(tmp_path)],
        cwd=REPOSITORY,
        env=os.environ | {"PYTEST_XDIST_TESTRUNUID": run},
        stdout=subprocess.DEVNULL,
        check=False,
        timeout=120,
    )
    assert done.returncode in {-signal.SIGKILL, 2}
    assert f"digest-postgres-{run}" in told.read_text()
    folder = Path(told.read_text().partition("host=")[2])
    end = time.monotonic() + 20
    while folder.exists() and time.monotonic() < end:
        time.sleep(0.1)
    assert not folder.exists()
