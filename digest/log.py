"""Logs: a line for people on a terminal, JSON a line otherwise. No address, password or token ever gets into one."""

from __future__ import annotations

import hashlib
import json
import logging
import re
import secrets
import sys
from typing import TextIO

from digest.text import tame

_ADDRESS = re.compile(r"[^\s<>\"'(),:;/]+@[\w.-]+\.\w+")
_CREDENTIALS = re.compile(r"(?<=://)[^\s/@?#\"']+@")
_PARAMETER = re.compile(
    r"([?&;](?:[\w.-]*(?:token|key|secret|passw|pwd|auth|sig)[\w.-]*)=)[^\s&#\"'<>]+", re.IGNORECASE
)
_TOKEN = re.compile(
    r"\b[a-z0-9][a-z][A-Za-z0-9_-]{38}(?=\.[a-z0-9])"
)  # digest.tokens: they let their bearer act
_KEY = secrets.token_bytes(
    16
)  # of this process: a hash says who is the same, and nobody can try addresses on it
_FIELDS = ("edition", "slot", "delivery", "feed", "newsletter", "seconds")  # what `extra` may carry


def set_up(stream: TextIO = sys.stderr, level: int = logging.INFO, *, people: bool | None = None) -> None:
    """Send the program's log to ``stream``; ``people`` None asks whether it is a terminal."""
    for_people = stream.isatty() if people is None else people
    handler = logging.StreamHandler(stream)
    handler.setFormatter(_Line() if for_people else _Json())
    root = logging.getLogger()
    for old in list(root.handlers):
        root.removeHandler(old)
    root.addHandler(handler)
    root.setLevel(level)
    logging.getLogger("apscheduler").setLevel(logging.WARNING)  # it tells of every tick


def redacted(text: str) -> str:
    """``text`` without people's addresses, passwords and tokens: logs are copied to places where none belongs."""
    text = _PARAMETER.sub(r"\1***", _CREDENTIALS.sub("", text)) if "://" in text else text
    return _ADDRESS.sub(_hashed, _TOKEN.sub("<token>", text))


def _hashed(found: re.Match[str]) -> str:
    return f"<address {hashlib.blake2s(found[0].lower().encode(), key=_KEY, digest_size=4).hexdigest()}>"


def _fields(record: logging.LogRecord) -> dict[str, object]:
    return {name: value for name in _FIELDS if (value := getattr(record, name, None)) is not None}


class _Line(logging.Formatter):
    """``06:30:00 warning: the message  [edition=…]``."""

    def format(self, record: logging.LogRecord) -> str:
        fields = " ".join(f"{name}={value}" for name, value in _fields(record).items())
        level = "" if record.levelno == logging.INFO else f"{record.levelname.lower()}: "
        words = " ".join(record.getMessage().split("\n"))
        line = f"{self.formatTime(record, '%H:%M:%S')} {level}{words}"
        line += f"  [{fields}]" if fields else ""
        if record.exc_info:
            line += "\n" + self.formatException(record.exc_info)
        return redacted(tame(line))


class _Json(logging.Formatter):
    """One JSON object a line; a newline in a feed's title stays inside its string."""

    def format(self, record: logging.LogRecord) -> str:
        when = self.formatTime(record, "%Y-%m-%dT%H:%M:%S") + f".{int(record.msecs):03}"
        row: dict[str, object] = {"time": when, "level": record.levelname.lower(), "logger": record.name}
        row |= {"message": record.getMessage()} | _fields(record)
        if record.exc_info:
            row["trace"] = self.formatException(record.exc_info)
        return json.dumps({key: _clean(value) for key, value in row.items()}, ensure_ascii=False, default=str)


def _clean(value: object) -> object:
    return redacted(tame(value)) if isinstance(value, str) else value
