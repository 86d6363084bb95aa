"""What we remember of a feed after each pull, decided from what came. Pure."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

from digest.errors import FeedError
from digest.model import FeedState
from digest.pull import caching
from digest.pull.fetch import HttpError, Response

_FORGET_MOVE_AFTER = 3  # failures in a row at an address that a redirect led to


def address(url: str, state: FeedState) -> str:
    """Where to ask: the target of a permanent redirect, until it has failed for a while; then the feed's own address."""
    forgotten = state.failures >= _FORGET_MOVE_AFTER and state.failures % 2 == 1
    return url if not state.moved_to or forgotten else state.moved_to


def unchanged(state: FeedState, response: Response, now: dt.datetime) -> FeedState:
    """After a 304, or a body that we have read before."""
    return replace(
        _well(state, now),
        etag=response.headers.get("etag", state.etag),
        last_modified=response.headers.get("last-modified", state.last_modified),
        next_pull=caching.fresh_until(response.headers, now),
        moved_to=response.moved_to or state.moved_to,
    )


def changed(
    state: FeedState, response: Response, now: dt.datetime, *, body_hash: str, whole: bool
) -> FeedState:
    """After a body that was read. One that was cut off is asked for again, without conditions."""
    return replace(
        _well(state, now),
        etag=response.headers.get("etag", "") if whole else "",
        last_modified=response.headers.get("last-modified", "") if whole else "",
        validators_url=response.url if whole else "",
        body_hash=body_hash if whole else "",
        next_pull=caching.fresh_until(response.headers, now) if whole else None,
        moved_to=response.moved_to or state.moved_to,
    )


def failed(state: FeedState, url: str, error: FeedError, now: dt.datetime) -> FeedState:
    """After anything but an answer: the problem in words, and longer pauses each time."""
    failures = state.failures + 1
    wait = caching.backoff(failures, url)
    if isinstance(error, HttpError) and error.status in {429, 503}:
        wait = max(wait, caching.retry_after(error.retry_after, now))
    return replace(
        state,
        failures=failures,
        problem=error.message,
        problem_since=state.problem_since or now,
        last_pull=now,
        next_pull=now + wait,
    )


def retired(state: FeedState, now: dt.datetime) -> FeedState:
    """After 410 Gone: never asked again, unless it was only the place that a redirect led to."""
    if state.moved_to:
        return replace(
            state, moved_to="", etag="", last_modified="", validators_url="", last_pull=now, next_pull=None
        )
    return replace(
        state, retired=True, problem="The feed is gone for good (HTTP 410).", problem_since=state.problem_since or now,
        last_pull=now, next_pull=None,
    )  # fmt: skip


def _well(state: FeedState, now: dt.datetime) -> FeedState:
    return replace(
        state, retired=False, failures=0, problem="", problem_since=None, last_pull=now, last_success=now
    )
