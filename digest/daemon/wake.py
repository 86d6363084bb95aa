"""What wakes the daemon: APScheduler's cron jobs for slots and their lead times, and a tick for safety.

It only wakes. Which slots are due, and what becomes of them, the slot ledger decides.
"""

from __future__ import annotations

import asyncio
import datetime as dt
import time
from collections.abc import Iterable

from apscheduler.schedulers.asyncio import AsyncIOScheduler
from apscheduler.triggers.cron import CronTrigger
from apscheduler.triggers.interval import IntervalTrigger

from digest.config.newsletter import Newsletter
from digest.slots import zone

TICK = dt.timedelta(seconds=30)
JUMP = 5.0  # seconds by which the wall clock may leave the steady one before we call it a jump


class Alarm:
    """An alarm clock with one bell."""

    def __init__(self, tick: dt.timedelta = TICK) -> None:
        self.tick = tick
        self.bell = asyncio.Event()
        # By default 3.11 drops what is a second late; a job store of its own process needs no pickling.
        defaults = {"misfire_grace_time": None, "coalesce": True, "max_instances": 1}
        self.scheduler = AsyncIOScheduler(timezone=dt.UTC, job_defaults=defaults)
        self._skew = _skew()

    def start(self) -> None:
        """Begin to ring."""
        self.scheduler.start()

    def stop(self) -> None:
        """Ring no more."""
        if self.scheduler.running:
            self.scheduler.shutdown(wait=False)

    def set(self, newsletters: Iterable[Newsletter]) -> None:
        """Ring for these newsletters' slots and lead times, in place of what was set before."""
        self.scheduler.remove_all_jobs()
        self.scheduler.add_job(self.ring, IntervalTrigger(seconds=self.tick.total_seconds()), id="tick")
        for newsletter in newsletters:
            settings = newsletter.settings
            for name, slot in settings.slots.items():
                days, at = ",".join(slot.weekdays), dt.datetime.combine(dt.date.min, slot.time)
                # Before midnight the lead is on the day before: it rings daily, the calendar knows better.
                early = (at + dt.timedelta(days=1) - settings.lead_time).time()
                self._cron(f"{newsletter.name}/{name}", slot.time, settings.timezone, days)
                self._cron(f"{newsletter.name}/{name}/lead", early, settings.timezone, "*")

    def _cron(self, name: str, at: dt.time, timezone: str, days: str) -> None:
        if days:
            trigger = CronTrigger(day_of_week=days, hour=at.hour, minute=at.minute, timezone=zone(timezone))
            self.scheduler.add_job(self.ring, trigger, id=name)

    def ring(self) -> None:
        """Wake whoever waits."""
        self.bell.set()

    async def wait(self) -> None:
        """Until the bell rings, or one and a half ticks of the steady clock are over.

        APScheduler reckons on the wall clock: set back by an hour, it would sleep for an hour.
        """
        try:
            async with asyncio.timeout(1.5 * self.tick.total_seconds()):
                await self.bell.wait()
        except TimeoutError:
            pass
        self.bell.clear()
        if abs(_skew() - self._skew) > JUMP:
            self._skew = _skew()
            self.scheduler.wakeup()


def _skew() -> float:
    return time.time() - time.monotonic()
