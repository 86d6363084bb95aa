"""Bounces as a job: for the worker whose machine has the mail; the daemon's own work where none serves the queue."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa
from stage import Stage

from digest import __version__
from digest.errors import DigestError
from digest.jobs import handing, queue, tasks
from digest.jobs.station import Station
from digest.pipeline.newsroom import Newsroom
from digest.store import workers

pytestmark = pytest.mark.postgres
NEVER = threading.Event()


@pytest.fixture
def newsroom(tmp_path: Path, postgres_url: str) -> Iterator[Newsroom]:
    smtp = "{host: 127.0.0.1, port: 9, tls: none}"
    with Stage(tmp_path, postgres_url, smtp, deliver=", bounces: [Maildir]").newsroom() as opened:
        queue.ensure(opened.store)
        yield opened


def maildir(newsroom: Newsroom) -> Path:
    """The folder that mail is delivered to, with one message that is no bounce."""
    new = newsroom.path("Maildir") / "new"
    new.mkdir(parents=True)
    (new / "1").write_text("Subject: a question\n\nHello!\n")
    return new


def serve(newsroom: Newsroom, *queues: str) -> None:
    with newsroom.store.begin() as connection:
        workers.here(connection, "w-1-0", queues, __version__)


def waiting(newsroom: Newsroom) -> int:
    query = "SELECT count(*) FROM digest_jobs.procrastinate_jobs WHERE task_name = 'bounces'"
    with newsroom.store.read() as connection:
        return int(connection.execute(sa.text(query)).scalar_one())


def test_without_a_worker_for_them_the_daemon_takes_bounces_in(newsroom: Newsroom) -> None:
    new = maildir(newsroom)
    serve(newsroom, "deliver")
    assert handing.returns(newsroom, NEVER.is_set) == {"nothing": 1}
    assert (waiting(newsroom), list(new.iterdir())) == (0, [])


def test_with_one_a_single_job_waits_however_often_the_daemon_looks(newsroom: Newsroom) -> None:
    new = maildir(newsroom)
    serve(newsroom, "bounces")
    assert [handing.returns(newsroom, NEVER.is_set) for _ in range(3)] == [None] * 3
    assert waiting(newsroom) == 1
    asyncio.run(work(newsroom))
    assert (waiting(newsroom), list(new.iterdir())) == (0, [])


def test_a_worker_without_the_folder_fails_the_job_loudly(newsroom: Newsroom) -> None:
    with pytest.raises(DigestError, match="neither a Maildir nor an mbox"):
        asyncio.run(Station(newsroom, asyncio.Event()).bounces())


async def work(newsroom: Newsroom) -> None:
    """A worker that ends when nothing waits."""
    app = tasks.application(newsroom.store.engine.url, Station(newsroom, asyncio.Event()))
    async with app.open_async():
        await app.run_worker_async(
            queues=["bounces"], wait=False, delete_jobs="always", install_signal_handlers=False
        )
