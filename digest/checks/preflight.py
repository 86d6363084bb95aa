"""Every check that needs neither network nor another program, in one list, the worst first."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from digest.checks.draft import LEVELS, Draft, Finding
from digest.checks.headers import headers
from digest.checks.palette import palette
from digest.checks.pictures import pictures
from digest.checks.size import size
from digest.checks.support import support
from digest.checks.wording import wording

CHECKS: tuple[Callable[[Draft], Iterator[Finding]], ...] = (
    size,
    headers,
    wording,
    pictures,
    palette,
    support,
)


def preflight(draft: Draft) -> tuple[Finding, ...]:
    """What the checks found, errors first, each in the order of the edition."""
    found = [finding for check in CHECKS for finding in check(draft)]
    return tuple(sorted(found, key=lambda finding: LEVELS.index(finding.level)))
