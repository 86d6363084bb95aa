"""Alerts to people: in the log, by mail and by webhook, once each; a way that fails is tried again, the others not."""

from __future__ import annotations

import asyncio
import datetime as dt
import json
import logging
import urllib.request
from collections.abc import Mapping, Sequence

from digest.errors import DigestError
from digest.log import redacted
from digest.pipeline.newsroom import Newsroom
from digest.pipeline.note import Note, send_note
from digest.store import alerts
from digest.store.alerts import Alert

TIMEOUT = 20  # seconds for one server
LONGEST = 120  # characters of a subject line
LOG, WEBHOOK = "log", "webhook"
log = logging.getLogger("digest.alert")


async def tell_all(newsroom: Newsroom, now: dt.datetime) -> int:
    """Tell of every alert that somebody was not told of; how many everybody knows now. The others are kept.

    What is found at one time goes in one mail: when a network is back, a hundred feeds are.
    """
    with newsroom.store.read() as connection:
        waiting = {alert.id: alert for alert in alerts.unsent(connection)}
    told = {number: tuple(alert.ways) for number, alert in waiting.items()}
    every = ways(newsroom)
    for way in every:
        for bundle in _bundles([a for a in waiting.values() if way not in a.ways], way):
            if not await _told(newsroom, bundle, way):
                continue
            with newsroom.store.begin() as connection:
                for alert in bundle:
                    told[alert.id] += (way,)
                    whole = set(every) <= set(told[alert.id])
                    alerts.mark(connection, alert.id, told[alert.id], now if whole else None)
    return sum(1 for found in told.values() if set(every) <= set(found))


async def tell(newsroom: Newsroom, alert: Alert) -> None:
    """Tell of one alert at once, in every way, without a record of it: the database is what is in trouble."""
    for way in ways(newsroom):
        await _told(newsroom, [alert], way)


def ways(newsroom: Newsroom) -> tuple[str, ...]:
    """How people are told: the log, each address, the webhook."""
    settings = newsroom.config.alerts
    return (LOG, *settings.to, *((WEBHOOK,) if settings.webhook else ()))


def _bundles(waiting: Sequence[Alert], way: str) -> list[Sequence[Alert]]:
    """What is told together: one mail, but a line and an object for each alert, as programs read those."""
    if way in (LOG, WEBHOOK):
        return [[alert] for alert in waiting]
    return [waiting] if waiting else []


async def _told(newsroom: Newsroom, bundle: Sequence[Alert], way: str) -> bool:
    """Tell in one way; False, and a line in the log, when it failed."""
    try:
        if way == LOG:
            _log(bundle)
        elif way == WEBHOOK:
            for alert in bundle:
                await asyncio.to_thread(_post, newsroom.config.alerts.webhook, facts(alert))
        else:
            await send_note(newsroom, letter(newsroom, bundle, way))
    except (OSError, ValueError, DigestError) as error:
        log.warning("an alert could not be told by %s: %s", "mail" if "@" in way else way, error)
        return False
    return True


def _log(bundle: Sequence[Alert]) -> None:
    for alert in bundle:
        log.log(logging.WARNING if alert.state == "trouble" else logging.INFO, "%s", words(alert))


def words(alert: Alert) -> str:
    """What happened and what to do."""
    return f"{alert.message} {alert.advice}".rstrip()


def letter(newsroom: Newsroom, bundle: Sequence[Alert], address: str) -> Note:
    """The alerts as a mail; its subject tells the first trouble."""
    first = next((alert for alert in bundle if alert.state == "trouble"), bundle[0])
    more = f" (and {len(bundle) - 1} more)" if len(bundle) > 1 else ""
    subject = " ".join(f"{_word(first)}: {first.message}".split())
    room = LONGEST - len(more)
    short = subject if len(subject) <= room else subject[: room - 1] + "…"
    sender = next(iter(newsroom.newsletters.values())).settings.sender
    text = "\n----\n\n".join(_paragraphs(alert, heading=len(bundle) > 1) for alert in bundle)
    return Note(address, short + more, text, sender, "digest")


def _paragraphs(alert: Alert, *, heading: bool) -> str:
    when = f"{alert.when:%Y-%m-%d %H:%M} UTC"
    message = f"{_word(alert)}: {alert.message}" if heading else alert.message
    return (
        "\n\n".join(filter(None, (message, alert.advice, f"{alert.kind}: {redacted(alert.subject)}\n{when}")))
        + "\n"
    )


def _word(alert: Alert) -> str:
    return "Trouble" if alert.state == "trouble" else "Well again"


def facts(alert: Alert) -> Mapping[str, str]:
    """An alert as a webhook gets it; ``text`` is what chat services show."""
    return {
        "kind": alert.kind,
        "subject": redacted(alert.subject),
        "state": alert.state,
        "message": redacted(alert.message),
        "advice": redacted(alert.advice),
        "when": alert.when.isoformat(),
        "text": redacted(words(alert)),
    }


def _post(url: str, body: Mapping[str, str]) -> None:
    request = urllib.request.Request(  # noqa: S310 - the config allows http: and https: only
        url, json.dumps(body).encode(), {"Content-Type": "application/json"}, method="POST"
    )
    with urllib.request.urlopen(request, timeout=TIMEOUT) as reply:  # noqa: S310
        reply.read(1000)
