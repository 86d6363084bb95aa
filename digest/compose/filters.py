"""Which entries a newsletter does not print, and why: its feeds' filters and the window of time."""

from __future__ import annotations

import datetime as dt

from digest.compose.words import mentions
from digest.model import Entry, Feed, Reason


def refusal(entry: Entry, feed: Feed, since: dt.datetime) -> Reason | None:
    """Why ``entry`` is not considered: too old, or refused by its feed's filters. None when it is."""
    if entry.published < since:
        return Reason("old", f"published {_span(since, entry.published)} before the window")
    return _words(entry, feed) or _categories(entry, feed)


def _words(entry: Entry, feed: Feed) -> Reason | None:
    text = f"{entry.title}\n{entry.standfirst}"
    if word := mentions(text, feed.exclude_words):
        return Reason("filter", f"its feed leaves out “{word}”")
    if feed.include_words and not mentions(text, feed.include_words):
        return Reason("filter", f"none of the words its feed asks for: {', '.join(feed.include_words)}")
    return None


def _categories(entry: Entry, feed: Feed) -> Reason | None:
    text = "\n".join((*entry.categories, entry.kicker))
    if category := mentions(text, feed.exclude_categories):
        return Reason("filter", f"its feed leaves out the category “{category}”")
    if feed.include_categories and not mentions(text, feed.include_categories):
        return Reason(
            "filter", f"none of the categories its feed asks for: {', '.join(feed.include_categories)}"
        )
    return None


def _span(since: dt.datetime, published: dt.datetime) -> str:
    hours = (since - published).total_seconds() / 3600
    if hours < 1:
        return f"{hours * 60:.0f} min"
    return f"{hours:.0f} h" if hours < 48 else f"{hours / 24:.0f} days"
