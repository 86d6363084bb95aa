"""The plain-text part: written from the same context as the HTML, not scraped from it."""

from __future__ import annotations

from digest.render.columns import wrapped
from digest.render.context import Context, LinkView, PictureView, StoryView
from digest.render.words import Words

WIDTH = 78  # RFC 5322 section 2.1.1
_GLUE = "\u00a0"  # holds a headline and its footnote mark on one line; lines do not break there


def plain(context: Context, speech: Words) -> str:
    """The edition as text: 78 columns, links as numbered notes at the end of each section."""
    notes = Notes()
    blocks = [_masthead(context, speech)]
    if context.intro:
        blocks += [wrap(paragraph) for paragraph in context.intro.split("\n\n")]
    for section in context.sections:
        if section.name:
            blocks.append(f"\n— {section.name} —")
        blocks += [_story(story, context, speech, notes) for story in section.stories]
        blocks.append(notes.take())
    blocks += [
        _rest(context, speech),
        _corrections(context, speech),
        _end(context, speech),
        _footer(context, speech),
    ]
    return "\n\n".join(block for block in blocks if block) + "\n"


class Notes:
    """The links of a section, numbered through the whole edition."""

    def __init__(self) -> None:
        self._number = 0
        self._waiting: list[str] = []

    def mark(self, words: str, url: str) -> str:
        """``words`` with the number of a note for ``url``."""
        if not url:
            return words
        self._number += 1
        self._waiting.append(f"[{self._number}] {url}")
        return f"{words}{_GLUE}[{self._number}]"

    def take(self) -> str:
        """The notes since the last time, a line each."""
        lines, self._waiting = self._waiting, []
        return "\n".join(lines)


def wrap(words: str) -> str:
    """One paragraph in lines of at most 78 columns."""
    return "\n".join(wrapped(words, WIDTH)).replace(_GLUE, " ")


def summary(context: Context, speech: Words) -> str:
    """The line below the masthead: "Evening edition · 9 stories from 31 papers · 6 min"."""
    count = context.story_count
    if not count:
        return context.edition_title
    stories = speech.many("%(num)d story", "%(num)d stories", count)
    if context.paper_count:
        stories += " " + speech.many("from %(num)d paper", "from %(num)d papers", context.paper_count)
    minutes = speech.many("%(num)d min", "%(num)d min", context.minutes)
    return f"{context.edition_title} · {stories} · {minutes}"


def _masthead(context: Context, speech: Words) -> str:
    lines = [wrap(context.title), context.date, wrap(summary(context, speech))]
    links = context.links
    ways = [
        speech.one("%(name)s: %(url)s", name=speech.one(name), url=url)
        for name, url in (("Change edition", links.change_edition), ("View in browser", links.browser))
        if url
    ]
    return "\n".join(lines) + ("\n\n" + "\n".join(ways) if ways else "")


def _story(story: StoryView, context: Context, speech: Words, notes: Notes) -> str:
    labels = [
        speech.one("Sponsored") if story.sponsored else "",
        speech.one("Updated") if story.updated else "",
        story.kicker,
    ]
    lines = [
        " · ".join(label for label in labels if label).upper(),
        notes.mark(story.headline, story.url),
        f"{speech.one('New:')} {story.updated}" if story.updated else "",
        story.standfirst,
        _picture(story.picture, speech),
        _meta(story, context, speech),
        _also(story, speech, notes),
        _more(story.more, speech, notes),
    ]
    return "\n".join(wrap(line) for line in lines if line)


def _picture(picture: PictureView | None, speech: Words) -> str:
    if picture is None:
        return ""
    said = picture.caption or picture.alt
    if said and said[-1] not in ".!?…؟":
        said += "."
    credit = speech.one("Photo: %(credit)s", credit=picture.credit) if picture.credit else ""
    words = " ".join(part for part in (said, credit) if part)
    return speech.one("Picture: %(words)s", words=words) if said else words


def _meta(story: StoryView, context: Context, speech: Words) -> str:
    parts = [story.paper, story.time]
    if story.minutes:
        parts.append(speech.many("%(num)d min", "%(num)d min", story.minutes))
    if context.layout == "brief" and story.also_more:
        parts.append(speech.many("also in %(num)d paper", "also in %(num)d papers", story.also_more))
    return " · ".join(part for part in parts if part)


def _also(story: StoryView, speech: Words, notes: Notes) -> str:
    names = [notes.mark(link.paper, link.url) for link in story.also_in]
    if names and story.also_more:
        names.append(speech.many("%(num)d more", "%(num)d more", story.also_more))
    parts = [speech.one("Also in %(papers)s", papers=speech.listing(names))] if names else []
    if story.copies:
        parts.append(copies(story, speech))
    return " · ".join(parts)


def copies(story: StoryView, speech: Words) -> str:
    """Where wire text was printed again: "AFP, in 5 papers"."""
    if story.wire:
        return speech.many(
            "%(wire)s, in %(num)d paper", "%(wire)s, in %(num)d papers", story.copies, wire=story.wire
        )
    return speech.many("Same text in %(num)d paper", "Same text in %(num)d papers", story.copies)


def _more(links: tuple[LinkView, ...], speech: Words, notes: Notes) -> str:
    if not links:
        return ""
    names = " · ".join(notes.mark(link.title, link.url) for link in links)
    return f"{speech.one('More on this topic:')} {names}"


def _rest(context: Context, speech: Words) -> str:
    if not context.left_to_browser:
        return ""
    words = speech.many(
        "…and %(num)d more in the browser", "…and %(num)d more in the browser", context.left_to_browser
    )
    return f"{words}\n{context.links.browser}" if context.links.browser else words


def _corrections(context: Context, speech: Words) -> str:
    if not context.corrections:
        return ""
    lines = [f"— {speech.one('Corrections')} —"]
    for one in context.corrections:
        where = speech.one("%(name)s: %(url)s", name=one.edition, url=one.url) if one.url else one.edition
        lines += ["", *filter(None, (wrap(one.headline), wrap(one.note), where))]
    return "\n" + "\n".join(lines)


def _end(context: Context, speech: Words) -> str:
    return "\n❦ " + wrap(speech.one("That’s your %(edition)s.", edition=context.edition))


def _footer(context: Context, speech: Words) -> str:
    links = context.links
    why = speech.one(
        "You get this because you subscribed to %(title)s, %(edition)s.",
        title=context.title,
        edition=context.edition,
    )
    ways = (
        (speech.one("Preferences"), links.preferences),
        (speech.one("Change edition"), links.change_edition),
        (speech.one("Unsubscribe"), links.unsubscribe),
        (f"{speech.one('Forwarded to you?')} {speech.one('Subscribe')}", links.subscribe),
        (speech.one("Earlier editions"), links.archive),
        (speech.one("Forward to a friend"), links.forward),
        (speech.one("Imprint"), links.imprint),
        (speech.one("Privacy"), links.privacy),
    )
    owners = speech.one("Headlines, summaries and pictures belong to the papers named.")
    address = " · ".join(part for part in (context.title, context.postal_address) if part)
    listed = "\n".join(speech.one("%(name)s: %(url)s", name=name, url=url) for name, url in ways if url)
    often = context.frequency if links.subscribe else ""
    return "\n\n".join(
        block for block in (wrap(why), listed, wrap(often), wrap(owners), wrap(address)) if block
    )
