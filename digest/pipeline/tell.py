"""Alerts to people: in the log, by mail and by webhook, once each, kept until somebody could be told."""

from __future__ import annotations

import asyncio
import datetime as dt
import json
import logging
import urllib.request
from collections.abc import Mapping

from digest.errors import DigestError
from digest.log import without_addresses
from digest.pipeline.newsroom import Newsroom
from digest.pipeline.note import Note, send_note
from digest.store import alerts
from digest.store.alerts import Alert

TIMEOUT = 20  # seconds for one server
LONGEST = 120  # characters of a subject line
log = logging.getLogger("digest.alert")


async def tell_all(newsroom: Newsroom, now: dt.datetime) -> int:
    """Tell of every alert nobody was told of; how many those were. What cannot be told now is kept."""
    with newsroom.store.read() as connection:
        waiting = alerts.unsent(connection)
    told = [alert.id for alert in waiting if await tell(newsroom, alert)]
    if told:
        with newsroom.store.begin() as connection:
            alerts.mark_sent(connection, told, now)
    return len(told)


async def tell(newsroom: Newsroom, alert: Alert) -> bool:
    """Tell of one alert in every configured way; False when a way failed."""
    level = logging.WARNING if alert.state == "trouble" else logging.INFO
    log.log(level, "%s", words(alert))
    settings = newsroom.config.alerts
    try:
        for address in settings.to:
            await send_note(newsroom, letter(newsroom, alert, address))
        if settings.webhook:
            await asyncio.to_thread(_post, settings.webhook, facts(alert))
    except (OSError, ValueError, DigestError) as error:
        log.warning("nobody could be told: %s", error)
        return False
    return True


def words(alert: Alert) -> str:
    """What happened and what to do."""
    return f"{alert.message} {alert.advice}".rstrip()


def letter(newsroom: Newsroom, alert: Alert, address: str) -> Note:
    """The alert as a mail."""
    word = "Trouble" if alert.state == "trouble" else "Well again"
    subject = " ".join(f"{word}: {alert.message}".split())
    when = f"{alert.when:%Y-%m-%d %H:%M} UTC"
    lines = (alert.message, alert.advice, f"{alert.kind}: {alert.subject}\n{when}")
    sender = next(iter(newsroom.newsletters.values())).settings.sender
    short = subject if len(subject) <= LONGEST else subject[: LONGEST - 1] + "…"
    return Note(address, short, "\n\n".join(filter(None, lines)) + "\n", sender, "digest")


def facts(alert: Alert) -> Mapping[str, str]:
    """An alert as a webhook gets it; ``text`` is what chat services show."""
    return {
        "kind": alert.kind,
        "subject": alert.subject,
        "state": alert.state,
        "message": without_addresses(alert.message),
        "advice": alert.advice,
        "when": alert.when.isoformat(),
        "text": without_addresses(words(alert)),
    }


def _post(url: str, body: Mapping[str, str]) -> None:
    request = urllib.request.Request(  # noqa: S310 - the config allows http: and https: only
        url, json.dumps(body).encode(), {"Content-Type": "application/json"}, method="POST"
    )
    with urllib.request.urlopen(request, timeout=TIMEOUT) as reply:  # noqa: S310
        reply.read(1000)
