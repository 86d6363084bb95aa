"""What wakes the daemon, and what it tells its surroundings."""

from __future__ import annotations

import asyncio
import dataclasses
import datetime as dt
import json
import socket
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from daemon_bench import Bench, Make

from digest.daemon import wake
from digest.daemon.notify import Systemd
from digest.daemon.serve import Server
from digest.daemon.wake import Alarm
from digest.errors import UsageError
from digest.pipeline import tell
from digest.pipeline.newsroom import Newsroom
from digest.store import alerts

DAWN = dt.datetime(2026, 11, 24, 0, 0, tzinfo=dt.UTC)
MORNING = dt.datetime(2026, 11, 24, 5, 30, tzinfo=dt.UTC)


# --- the alarm ----------------------------------------------------------------------------------------


def test_there_is_a_job_for_every_slot_and_lead_time_and_a_tick(make: Make) -> None:
    newsletters = make(DAWN).daemon.newsroom.newsletters.values()

    async def jobs() -> dict[str, str]:
        alarm = Alarm()
        alarm.set(newsletters)
        alarm.start()
        found = {job.id: job.next_run_time for job in alarm.scheduler.get_jobs()}
        alarm.set(newsletters)
        assert {job.id for job in alarm.scheduler.get_jobs()} == set(found)
        assert all(job.misfire_grace_time is None and job.coalesce for job in alarm.scheduler.get_jobs())
        alarm.stop()
        return {name: at.strftime("%H:%M") for name, at in found.items() if name != "tick"}

    assert asyncio.run(jobs()) == {
        "city/morning": "06:30",
        "city/morning/lead": "06:15",
        "city/evening": "17:30",
        "city/evening/lead": "17:15",
        "sea/noon": "12:00",
        "sea/noon/lead": "11:45",
    }


def test_the_alarm_rings_at_the_slot(make: Make) -> None:
    room = make(DAWN).daemon.newsroom
    zone = ZoneInfo("Europe/Luxembourg")
    soon = dt.datetime.now(zone) + dt.timedelta(minutes=1)
    at = soon.replace(second=0, microsecond=0)

    async def rung() -> float:
        alarm = Alarm(dt.timedelta(hours=1))
        newsletter = room.newsletters["city"]
        slots = {"soon": newsletter.settings.slots["morning"].model_copy(update={"time": at.time()})}
        settings = newsletter.settings.model_copy(update={"slots": slots})
        alarm.set([dataclasses.replace(newsletter, settings=settings)])
        alarm.start()
        job = alarm.scheduler.get_job("city/soon")
        job.modify(next_run_time=dt.datetime.now(zone) + dt.timedelta(seconds=0.2))
        began = time.monotonic()
        await alarm.wait()
        alarm.stop()
        return time.monotonic() - began

    assert 0.1 < asyncio.run(rung()) < 60  # without the job it would be an hour and a half


def test_without_any_job_the_steady_clock_wakes_us() -> None:
    """The wall clock set back by an hour makes APScheduler sleep for an hour."""

    async def woken() -> None:
        alarm = Alarm(dt.timedelta(seconds=0.1))
        await asyncio.wait_for(alarm.wait(), 60)

    asyncio.run(woken())


def test_a_jump_of_the_wall_clock_makes_the_scheduler_reckon_anew(monkeypatch: pytest.MonkeyPatch) -> None:
    async def jumped() -> int:
        alarm, woken = Alarm(dt.timedelta(seconds=0.05)), []
        monkeypatch.setattr(alarm.scheduler, "wakeup", lambda: woken.append(1))
        await alarm.wait()
        monkeypatch.setattr(wake, "_skew", lambda: -3600.0)
        await alarm.wait()
        await alarm.wait()
        return len(woken)

    assert asyncio.run(jumped()) == 1


# --- systemd ------------------------------------------------------------------------------------------


def test_systemd_is_told(tmp_path: Path) -> None:
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as manager:
        manager.bind(str(tmp_path / "notify"))
        systemd = Systemd({"NOTIFY_SOCKET": str(tmp_path / "notify"), "WATCHDOG_USEC": "30000000"})
        systemd.tell("READY=1", "STATUS=next: x")
        assert manager.recv(1000) == b"READY=1\nSTATUS=next: x"
    assert systemd.watchdog_seconds == 30
    systemd.tell("READY=1")  # nobody listens any more: not our trouble


def test_without_systemd_nothing_is_told_and_another_process_watchdog_is_not_ours() -> None:
    Systemd({}).tell("READY=1")
    assert Systemd({"WATCHDOG_USEC": "1000", "WATCHDOG_PID": "1"}).watchdog_seconds == 0


# --- pages for probes ---------------------------------------------------------------------------------


@pytest.fixture
def bench(make: Make) -> Bench:
    return make(DAWN)


@pytest.fixture
def server(bench: Bench) -> Iterator[Server]:
    made = Server("127.0.0.1:0", bench.daemon.health, bench.daemon.metrics)
    made.start()
    yield made
    made.stop()


def get(server: Server, path: str) -> tuple[int, str]:
    try:
        with urllib.request.urlopen(server.address + path, timeout=10) as reply:
            return reply.status, reply.read().decode()
    except urllib.error.HTTPError as error:
        with error:
            return error.code, error.read().decode()


def test_healthz_says_whether_the_loop_turns(bench: Bench, server: Server) -> None:
    assert get(server, "/healthz") == (200, "alive\n")
    bench.daemon.health.turned -= 1000
    assert get(server, "/healthz")[0] == 503
    assert get(server, "/")[0] == 404


def test_readyz_lists_what_is_wrong(bench: Bench, server: Server) -> None:
    status, body = get(server, "/readyz")
    assert status == 503
    assert set(json.loads(body)["problems"]) == {"leader", "pull"}
    asyncio.run(bench.at(MORNING))
    assert get(server, "/readyz") == (200, '{"ready": true, "problems": {}}\n')


def test_metrics_tell_what_was_done_and_what_waits(bench: Bench, server: Server) -> None:
    asyncio.run(bench.at(MORNING))
    _, text = get(server, "/metrics")
    lines = dict(line.rsplit(" ", 1) for line in text.splitlines() if not line.startswith("#"))
    assert lines["digest_leader"] == "1.0"
    assert lines['digest_slots{newsletter="city",state="done"}'] == "1.0"
    assert lines['digest_deliveries{state="accepted"}'] == "2.0"
    assert lines['digest_slot_lateness_seconds{newsletter="city"}'] == "0.0"
    stages = ("pull", "group", "compose", "render", "deliver")
    assert [lines[f'digest_stage_seconds_count{{stage="{stage}"}}'] for stage in stages] == ["1.0"] * 5
    assert lines['digest_next_slot_timestamp_seconds{newsletter="sea"}'] == "1.7955396e+09"
    assert float(lines["digest_entries"]) == 12


def test_metrics_without_a_database_say_so(bench: Bench, server: Server) -> None:
    file = bench.daemon.newsroom.store.file
    assert file is not None
    bench.daemon.newsroom.store.close()
    file.write_bytes(b"no database at all, whatever its name may say" * 100)
    Path(f"{file}-wal").unlink(missing_ok=True)
    assert "digest_database_up 0.0" in get(server, "/metrics")[1]
    assert "database" in json.loads(get(server, "/readyz")[1])["problems"]


@pytest.mark.parametrize("listen", ["nonsense", "127.0.0.1:x", "203.0.113.1:80"])
def test_an_address_that_cannot_be_listened_on_is_explained(bench: Bench, listen: str) -> None:
    with pytest.raises(UsageError, match=r"daemon\.listen"):
        Server(listen, bench.daemon.health, bench.daemon.metrics)


# --- alerts -------------------------------------------------------------------------------------------


class Hook(HTTPServer):
    """A webhook that keeps what it got, and fails when told."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Hook)
        self.got: list[dict[str, str]] = []
        self.status = 200


class _Hook(BaseHTTPRequestHandler):
    server: Hook

    def do_POST(self) -> None:
        self.server.got.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
        self.send_response(self.server.status)
        self.end_headers()

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def hook() -> Iterator[Hook]:
    server = Hook()
    threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
    yield server
    server.shutdown()
    server.server_close()


def with_alerts(room: Newsroom, **settings: object) -> Newsroom:
    changed = room.config.alerts.model_copy(update=settings)
    return dataclasses.replace(room, config=room.config.model_copy(update={"alerts": changed}))


def trouble(room: Newsroom) -> None:
    with room.store.begin() as connection:
        message, advice = "One: reader@example.org\ncannot be read.", "See that its server answers."
        alerts.trouble(connection, "feed", "https://one.example/feed", DAWN, message=message, advice=advice)


def test_an_alert_is_told_once_by_mail_and_webhook(bench: Bench, hook: Hook) -> None:
    room = with_alerts(
        bench.daemon.newsroom, to=("ops@example.org",), webhook=f"http://127.0.0.1:{hook.server_port}/"
    )
    trouble(room)
    assert asyncio.run(tell.tell_all(room, DAWN)) == 1
    assert asyncio.run(tell.tell_all(room, DAWN)) == 0
    (mail,) = bench.mails
    assert "Subject: Trouble: One: reader@example.org cannot be read." in mail.read_text()
    (got,) = hook.got
    assert (got["kind"], got["state"], got["advice"]) == ("feed", "trouble", "See that its server answers.")
    assert "reader@" not in json.dumps(got)


def test_an_alert_that_could_not_be_told_is_kept(bench: Bench, hook: Hook) -> None:
    room = with_alerts(bench.daemon.newsroom, webhook=f"http://127.0.0.1:{hook.server_port}/")
    trouble(room)
    hook.status = 500
    assert asyncio.run(tell.tell_all(room, DAWN)) == 0
    hook.status = 200
    assert asyncio.run(tell.tell_all(room, DAWN)) == 1


def test_a_way_that_fails_is_tried_again_and_the_others_are_not(bench: Bench, hook: Hook) -> None:
    room = with_alerts(
        bench.daemon.newsroom, to=("ops@example.org",), webhook=f"http://127.0.0.1:{hook.server_port}/"
    )
    trouble(room)
    hook.status = 500
    for _ in range(3):
        assert asyncio.run(tell.tell_all(room, DAWN)) == 0
    assert len(bench.mails) == 1
    hook.status = 200
    assert asyncio.run(tell.tell_all(room, DAWN)) == 1
    assert (len(bench.mails), len(hook.got)) == (1, 4)


def test_the_daemon_tries_again_after_five_minutes(bench: Bench, hook: Hook) -> None:
    bench.daemon.newsroom = with_alerts(
        bench.daemon.newsroom, webhook=f"http://127.0.0.1:{hook.server_port}/"
    )
    trouble(bench.daemon.newsroom)
    hook.status = 500
    for seconds in (30, 60, 300, 331):
        asyncio.run(bench.at(DAWN + dt.timedelta(seconds=seconds)))
    assert len(hook.got) == 2


def test_with_nobody_to_tell_the_log_has_it(bench: Bench, caplog: pytest.LogCaptureFixture) -> None:
    trouble(bench.daemon.newsroom)
    assert asyncio.run(tell.tell_all(bench.daemon.newsroom, DAWN)) == 1
    assert "See that its server answers." in caplog.text
