"""Spam words through SpamAssassin, when it is installed: its own rules, without the network."""

from __future__ import annotations

import re
import shutil
import subprocess

from digest.checks.draft import Finding

SECONDS = 60
_STATUS = re.compile(
    r"^X-Spam-Status:.*?score=(-?[\d.]+) required=([\d.]+) tests=([A-Z0-9_,\s]*)", re.MULTILINE
)
# Of a message that was never received: they say nothing of its words.
_UNSENT = frozenset(
    {"NO_RECEIVED", "NO_RELAYS", "ALL_TRUSTED", "MISSING_RECEIVED", "UNPARSEABLE_RELAY", "NONE"}
)


def spam(message: bytes) -> tuple[Finding, ...]:
    """What SpamAssassin says of the message; nothing when it is not installed. Takes some seconds."""
    program = shutil.which("spamassassin")
    if program is None:
        return ()
    try:
        done = subprocess.run(  # noqa: S603 - a program of the system, the message on its stdin
            [program, "--test-mode", "--local"],
            input=message,
            capture_output=True,
            timeout=SECONDS,
            check=False,
        )
    except subprocess.TimeoutExpired:
        return (Finding("note", "spam", f"SpamAssassin did not answer within {SECONDS} seconds."),)
    return judged(done.stdout.decode("utf-8", "replace"))


def judged(report: str) -> tuple[Finding, ...]:
    """The verdict in SpamAssassin's output."""
    found = _STATUS.search(report)
    if not found:
        return (Finding("note", "spam", "SpamAssassin gave no verdict."),)
    score, required = float(found[1]), float(found[2])
    tests = ", ".join(t for t in re.split(r"[,\s]+", found[3]) if t and t not in _UNSENT)
    message = f"SpamAssassin gives {score:g} of {required:g} points" + (f": {tests}." if tests else ".")
    level = "error" if score >= required else "warning" if score >= required / 2 else "note"
    return (Finding(level, "spam", message),)  # type: ignore[arg-type]
