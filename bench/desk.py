"""How long an editor waits: the first paint of a 30-story edition from 10,000 entries, and a decision until it is seen.

``python bench/desk.py`` prints a table; ``--json`` the figures alone. Needs Chromium (DIGEST_CHROMIUM names another).
The promise is one second and 200 milliseconds.
"""

from __future__ import annotations

import argparse
import asyncio
import datetime as dt
import json
import os
import platform
import random
import shutil
import statistics
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Browser, Page, sync_playwright

sys.path.insert(0, str(Path(__file__).parent.parent))

from digest.config.load import load
from digest.desk.acts import Acts
from digest.desk.doors import Visitor
from digest.desk.pages import Asked, parts
from digest.desk.pages import page as page_of
from digest.desk.room import Room, Sheet
from digest.desk.server import Server, listening, stay
from digest.model import Entry, Member, Picture, Reason, Story
from digest.pipeline.newsroom import Newsroom, open_newsroom
from digest.store import entries, stories

ENTRIES, FEEDS, STORIES = 10_000, 60, 30
NOW = dt.datetime(2026, 11, 23, 16, 0, tzinfo=dt.UTC)
WORDS = Path(__file__).parent.parent / "docs" / "design.md"  # any English will do
VISITOR = Visitor("ada", "token")
REPORTS = (1, 1, 1, 1, 1, 1, 1, 2, 2, 5)  # of a story

# From the deed of an editor to the frames in which the running order and the mail show it have been painted.
DECIDE = """() => new Promise(done => {
  const began = performance.now(), painted = then => requestAnimationFrame(() => setTimeout(() => then(performance.now() - began)));
  let seen = 0;
  const order = new MutationObserver(() => { order.disconnect(); painted(time => { seen = time }) });
  order.observe(document.getElementById('left'), {childList: true, subtree: true, attributes: true});
  const mail = new MutationObserver(() => { mail.disconnect(); painted(time => done([seen, time])) });
  mail.observe(document.body, {attributeFilter: ['data-shown']});
  %s;
})"""
KEY = "document.dispatchEvent(new KeyboardEvent('keydown', {key: '%s', bubbles: true}))"
EDIT = "const field = document.getElementById('f-%s'); field.value = 'Other words'; field.dispatchEvent(new Event('change', {bubbles: true}))"
DEEDS = {  # each is undone after it
    "hiding a story": KEY % "h",
    "splitting a story": KEY % "s",
    "editing a headline": EDIT % "headline",
    "editing a caption": EDIT % "caption",
}
PAINT = "performance.getEntriesByName('first-contentful-paint')[0]?.startTime"


def config(folder: Path) -> Path:
    """A newsletter of ``STORIES`` stories from ``FEEDS`` feeds."""
    feeds = "\n".join(f'  p{n}: {{url: "https://p{n}.example/feed", paper: Paper {n}}}' for n in range(FEEDS))
    file = folder / "config.yaml"
    file.write_text(
        f"feeds:\n{feeds}\nnewsletters:\n  evening:\n    title: The Evening\n    max_stories: {STORIES}\n"
        f"    sections: [{{name: World, max_stories: {STORIES}}}]\n"
        "    slots: {evening: '17:30'}\n    approval: required\n    sender: {address: a@evening.example}\n"
        "site: {url: https://evening.example}\n"
    )
    return file


def fill(newsroom: Newsroom) -> None:
    """Ten thousand entries of three days, grouped."""
    dice = random.Random(4)
    words = [w for w in WORDS.read_text().split() if w.isalpha() and len(w) > 3]
    found = [made(number, dice, words) for number in range(ENTRIES)]
    grouped, at = [], 0
    while at < len(found):
        some = found[at : at + dice.choice(REPORTS)]
        at += len(some)
        why = (Reason("term", dice.choice(words)), Reason("score", "together", 0.71, 0.42))
        members = (Member(some[0], "lead", why), *(Member(e, "report", why) for e in some[1:]))
        grouped.append(Story(some[0].id, members))
    with newsroom.store.begin() as connection:
        entries.save_entries(connection, found, NOW)
        stories.save_grouping(connection, grouped)


def made(number: int, dice: random.Random, words: list[str]) -> Entry:
    """An entry of random words, from any feed of the last three days."""
    feed = dice.randrange(FEEDS)
    published = NOW - dt.timedelta(minutes=dice.randrange(3 * 24 * 60))
    url = f"https://p{feed}.example/{number}"
    return Entry(
        id=f"{number:016x}",
        feed=f"https://p{feed}.example/feed",
        paper=f"Paper {feed}",
        url=url,
        title=" ".join(dice.choices(words, k=9)).capitalize(),
        standfirst=f"{' '.join(dice.choices(words, k=22)).capitalize()}. {' '.join(dice.choices(words, k=20)).capitalize()}.",
        published=published,
        first_seen=published,
        language="en",
        pictures=(Picture(f"{url}.jpg", "A caption", "AFP", "", 1200, 800),),
        position=dice.randrange(40),
    )


@contextmanager
def desk(file: Path) -> Iterator[str]:
    """A desk that was just opened."""
    room = Room(file, {}, lambda: NOW)
    room.open()
    server = Server(room, "evening")
    with listening(0) as bound:
        thread = threading.Thread(
            target=lambda: asyncio.run(stay(server, bound, pull=False, say=lambda _words: None))
        )
        thread.start()
        try:
            yield f"http://127.0.0.1:{bound.getsockname()[1]}/desk/evening"
        finally:
            server.should_exit = True
            thread.join()
            room.close()


def opened(browser: Browser, address: str) -> tuple[Page, dict[str, float]]:
    """A page of the desk, and how long it took in milliseconds: to its first paint, to the whole mail."""
    page = browser.new_context(viewport={"width": 1440, "height": 900}).new_page()
    page.route(lambda url: not url.startswith("http://127.0.0.1"), lambda route: route.abort())
    begin = time.perf_counter()
    page.goto(address, wait_until="commit")
    page.wait_for_selector("#left .row")
    page.wait_for_selector("body[data-shown]")
    whole = (time.perf_counter() - begin) * 1000
    page.wait_for_function(PAINT)
    assert page.locator("#left .row").count() == STORIES
    return page, {"paint": float(page.evaluate(PAINT)), "whole": whole}


def measure(browser: Browser, file: Path, times: int) -> dict[str, float]:
    """The medians, in milliseconds."""
    first: list[dict[str, float]] = []
    again: list[dict[str, float]] = []
    decided: dict[str, list[tuple[float, float]]] = {}
    for _ in range(times):
        with desk(file) as address:
            page, took = opened(browser, address)
            first.append(took)
            page.wait_for_selector("body[data-live]")
            page.locator("#left .row", has_text="papers").first.locator(".slug").click()
            page.locator('#right [data-act="split"]').first.wait_for()
            for name, deed in DEEDS.items():
                for what, done in ((name, deed), (f"undoing {name}", KEY % "u")):
                    page.wait_for_timeout(400)
                    seen, mail = page.evaluate(DECIDE % done)
                    decided.setdefault(what, []).append((float(seen), float(mail)))
            page.context.close()
            page, took = opened(browser, address)
            again.append(took)
            page.context.close()
    median = statistics.median
    return {
        "first paint, desk just opened": median(t["paint"] for t in first),
        "whole mail shown, desk just opened": median(t["whole"] for t in first),
        "first paint, desk in use": median(t["paint"] for t in again),
        "whole mail shown, desk in use": median(t["whole"] for t in again),
        # What is in no pane but the mail stands in its field already.
        **{f"{w}, until it is seen": median(s for s, _ in took) for w, took in decided.items() if took[0][0]},
        **{f"{what}, until the mail has it": median(m for _, m in took) for what, took in decided.items()},
    }


def worked(file: Path, times: int) -> dict[str, float]:
    """Milliseconds of CPU that the desk itself takes: what a busy machine does not blur."""
    room = Room(file, {}, lambda: NOW)
    room.open()
    found: dict[str, float] = {}

    def work() -> None:
        found["CPU: the first page"] = cpu(lambda: page_of(room, "evening", VISITOR, Asked()))
        found["CPU: the page again"] = cpu(lambda: page_of(room, "evening", VISITOR, Asked()))
        sheet = room.sheet("evening")
        assert isinstance(sheet, Sheet)
        entry = sheet.built.edition.items[3].entry
        acts = Acts(room, "ada").table()

        def decide() -> None:
            acts["hide"]("evening", {"entry": entry})
            parts(room, "evening", Asked(entry))
            acts["undo"]("evening", {})
            parts(room, "evening", Asked(entry))

        found["CPU: a decision"] = statistics.median(cpu(decide) / 2 for _ in range(3 * times))

    thread = threading.Thread(target=work)  # as in the server: the main thread's signals cost asyncio time
    thread.start()
    thread.join()
    room.close()
    return found


def cpu(work: Callable[[], object]) -> float:
    """Milliseconds of CPU in this thread."""
    begin = time.thread_time()
    work()
    return (time.thread_time() - begin) * 1000


def figures(times: int) -> dict[str, float]:
    """Everything, in milliseconds."""
    chromium = os.environ.get("DIGEST_CHROMIUM") or shutil.which("chromium") or shutil.which("google-chrome")
    with tempfile.TemporaryDirectory() as folder:
        file = config(Path(folder))
        with open_newsroom(load(file, {}), clock=lambda: NOW) as newsroom:
            fill(newsroom)
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
            found = measure(browser, file, times)
            browser.close()
        return found | worked(file, times)


def main() -> None:
    """Print the figures as a table, or as JSON."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--times", type=int, default=3)
    options = parser.parse_args()
    found = figures(options.times)
    if options.json:
        print(json.dumps(found))
        return
    print(
        f"{ENTRIES} entries, {STORIES} stories, Python {platform.python_version()}, median of {options.times}"
    )
    for name, value in found.items():
        print(f"{name:48} {value:7.0f} ms")


if __name__ == "__main__":
    main()
