"""Draw the desk for the documentation, on the evening edition of the sample newsroom as it waits for approval.

``python tools/desk_shots.py`` rewrites docs/desk/*.webp. Needs Chromium (DIGEST_CHROMIUM names another one).
"""

from __future__ import annotations

import asyncio
import datetime as dt
import io
import sys
import tempfile
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from PIL import Image
from playwright.sync_api import Page, sync_playwright

sys.path.insert(0, str(Path(__file__).parent.parent))

from digest.config.load import load
from digest.desk.room import Room
from digest.desk.server import Server, listening, stay
from digest.pipeline.approval import approve
from digest.pipeline.build import build, coming
from digest.pipeline.gather import gather
from digest.pipeline.newsroom import Newsroom, open_newsroom
from digest.pipeline.rehearse import Hand, subscribe_readers
from digest.pipeline.tick import note_due, tick
from tools.mail_shots import chromium, drawn

ROOT = Path(__file__).parent.parent
OUT = ROOT / "docs" / "desk"
NAME = "moselle"
DUE = dt.datetime(2026, 11, 23, 16, 30, tzinfo=dt.UTC)
QUALITY = 82
PANES = ("why", "preflight", "compare")

Scene = Callable[[Page], None]


async def lived(newsroom: Newsroom, hand: Hand) -> None:
    """The day up to the lead time of the evening: the morning edition is out, the next one waits."""
    for moment in (DUE - dt.timedelta(hours=11), DUE - dt.timedelta(minutes=42)):
        hand.now = moment
        await gather(newsroom, now=moment, force=True)
        await tick(newsroom, stop=asyncio.Event())
        if moment < DUE - dt.timedelta(hours=1):
            newsletter = newsroom.newsletters[NAME]
            slot = coming(newsletter, moment)
            approve(newsroom, slot, 0, await build(newsroom, newsletter, slot, now=moment), "ada")
            await tick(newsroom, stop=asyncio.Event())


@contextmanager
def desk(folder: Path) -> Iterator[str]:
    """A desk at work, and where it is."""
    config = (ROOT / "config.yaml").read_text()
    config = config.replace(
        "    # approval: {required: false, auto_after: 20m}",
        "    approval: required\n    lead_time: 45m\n    #",
    )
    config = config.replace("editors: []", "editors: [desk@moselle.example]")
    config = config.replace("test_to: []", "test_to: [desk@moselle.example]")
    (folder / "config.yaml").write_text(config)
    hand = Hand(DUE - dt.timedelta(hours=20))
    with open_newsroom(load(folder / "config.yaml", {}), clock=hand) as newsroom:
        subscribe_readers(newsroom, hand.now)
        note_due(newsroom, hand.now)
        asyncio.run(lived(newsroom, hand))
    room = Room(folder / "config.yaml", {}, hand)
    room.open()
    server = Server(room, NAME)
    with listening(0) as bound:
        thread = threading.Thread(target=lambda: asyncio.run(stay(server, bound, pull=False, say=print)))
        thread.start()
        try:
            yield f"http://127.0.0.1:{bound.getsockname()[1]}/desk/{NAME}"
        finally:
            server.should_exit = True
            thread.join()
            room.close()


def opened(page: Page, name: str) -> None:
    """Open one of the tabs on the right."""
    page.get_by_role("tab", name=name).click()
    page.locator(f'#panel[aria-labelledby="tab-{name.lower()}"]').wait_for()


def explained(page: Page) -> None:
    """The members of the story that most papers tell, with what keeps them together and what nearly was."""
    most = page.locator("#left .row", has_text="4 papers").first.locator(".slug")
    most.click()
    title = most.locator(".title").inner_text()
    page.locator("#right h2.name", has_text=title).wait_for()
    page.locator("#near > *").first.wait_for(state="attached")
    page.locator(".members").evaluate("e => e.scrollIntoView({block: 'start'})")
    page.locator("#right").evaluate("e => { e.scrollTop -= 60 }")


def beginning(page: Page) -> None:
    """The lead, from the top."""
    page.locator("#left .slug").first.click()
    for pane in ("#right", "#stage", "#left"):
        page.locator(pane).evaluate("e => { e.scrollTop = 0 }")


COMPLETE = (
    "[...document.querySelector('#sheet iframe:not(.coming)').contentDocument.images].every(e => e.complete)"
)
SCENES: dict[str, Scene] = {
    "why": explained,
    "story": beginning,
    "preflight": lambda page: opened(page, "Preflight"),
    "compare": lambda page: opened(page, "Compare"),
}


def shoot(page: Page, name: str) -> None:
    """Write one picture of the window, of its right pane alone where only that is spoken of."""
    page.wait_for_function(COMPLETE)
    part = page.locator("#right") if name in PANES else page
    image = Image.open(io.BytesIO(part.screenshot())).convert("RGB")
    OUT.mkdir(exist_ok=True)
    image.save(OUT / f"{name}.webp", "WEBP", quality=QUALITY, method=6)


def main(*wanted: str) -> None:
    """Draw the scenes that are named, else all of them, in light; the first in dark as well."""
    with (
        tempfile.TemporaryDirectory() as folder,
        desk(Path(folder)) as address,
        sync_playwright() as playwright,
    ):
        browser = playwright.chromium.launch(executable_path=chromium(), args=["--no-sandbox"])
        for scheme in ("light", "dark"):
            context = browser.new_context(viewport={"width": 1440, "height": 900}, color_scheme=scheme)
            page = context.new_page()
            page.route(lambda url: not url.startswith("http://127.0.0.1"), drawn)
            page.goto(address)
            page.wait_for_selector("body[data-shown][data-live]")
            if scheme == "dark":
                page.get_by_role("button", name="Dark", exact=True).click()
            for name, scene in SCENES.items():
                if (wanted and name not in wanted) or (scheme == "dark" and name != "story"):
                    continue
                scene(page)
                page.wait_for_timeout(400)
                shoot(page, name if scheme == "light" else f"{name}-dark")
            context.close()
        browser.close()


if __name__ == "__main__":
    main(*sys.argv[1:])
