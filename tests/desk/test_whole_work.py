"""An editor's whole work on an evening, in a real browser, with real mail: what was previewed is what is sent."""

from __future__ import annotations

import asyncio
import datetime as dt
import email
import email.policy
import html
import re
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from digest.config.load import load
from digest.model import Picture
from digest.pipeline.newsroom import Newsroom, open_newsroom
from digest.pipeline.rehearse import Hand, subscribe_readers
from digest.pipeline.tick import note_due, tick
from digest.store import audit, editions
from digest.testing import SmtpSink
from tests.desk.conftest import Visitor
from tests.desk.test_editor import SECTIONS, page, slugs
from tests.pipeline.conftest import CONFIG, MORNING, TITLES, entry, publish

__all__ = ["page"]
pytestmark = [pytest.mark.browser, pytest.mark.slow]

KEY = "evening/2026-11-23/morning"
TWINS = ("Ferry runs aground near Remich", "Passengers leave stranded boat by ladder")
DELIVERY = """
deliver:
  transport: smtp
  smtp: [{host: 127.0.0.1, port: PORT, tls: none}]
desk: {editors: [ada@evening.example], test_to: [ada@evening.example]}
pull: {allow_private: true}
pictures: {check: false}
"""


def ticked(newsroom: Newsroom) -> None:
    """What a daemon does, in a thread: Playwright keeps this one's event loop."""
    with ThreadPoolExecutor(1) as pool:
        pool.submit(lambda: asyncio.run(tick(newsroom, stop=asyncio.Event()))).result()


@pytest.fixture
def sink() -> Iterator[SmtpSink]:
    with SmtpSink() as opened:
        yield opened


@pytest.fixture
def newsroom(tmp_path: Path, hand: Hand, sink: SmtpSink) -> Iterator[Newsroom]:
    """Approval is required; two of the stories are one; a template of the publisher's own."""
    block = tmp_path / "own" / "mail" / "blocks" / "end-mark.html"
    block.parent.mkdir(parents=True)
    block.write_text("<tr><td>the end</td></tr>\n")
    config = CONFIG.replace("    sender:", f"    approval: required\n{SECTIONS}")
    config += f"template_dir: {tmp_path / 'own'}\n" + DELIVERY.replace("PORT", str(sink.port))
    (tmp_path / "config.yaml").write_text(config)
    with open_newsroom(load(tmp_path / "config.yaml", {}), clock=hand) as opened:
        subscribe_readers(opened, hand.now, ("one@example.org", "two@example.org"))
        note_due(opened, hand.now)
        early = MORNING - dt.timedelta(hours=2)
        shown = (Picture("https://paper.example/a.jpg", "The harbour", "", "", 1200, 800),)
        titles = (*TITLES, *TWINS)
        publish(opened, [entry(n, t, early, pictures=shown) for n, t in enumerate(titles)], hand.now)
        hand.now = MORNING - dt.timedelta(minutes=15)
        ticked(opened)
        yield opened


def section(page: Page, name: str) -> list[str]:
    """The headlines of a section of the running order."""
    return page.locator(f'#left ol[data-section="{name}"] .row:not(.gone) .title').all_inner_texts()


def choose(page: Page, title: str) -> None:
    page.locator("#left .slug", has_text=title).click()
    expect(page.locator("#right h2.name")).to_have_text(title)


def test_from_the_first_look_to_the_sent_mail(
    page: Page, visitor: Visitor, newsroom: Newsroom, hand: Hand, sink: SmtpSink
) -> None:
    status = page.locator(".status")
    expect(status).to_have_text("Goes out at 06:30, in 15 minutes · waiting for approval")
    assert [m.recipient for m in sink.messages] == ["ada@evening.example"]  # the editors were asked
    before = slugs(page)

    # two stories that should be one: merge them by keyboard, split them again, merge them for good
    choose(page, TWINS[0])
    rows = page.locator("#left .row:not(.gone)")
    page.keyboard.press("m")
    choose(page, TWINS[1])
    page.keyboard.press("m")
    expect(rows).to_have_count(len(before) - 1)
    page.keyboard.press("s")
    expect(rows).to_have_count(len(before))
    page.keyboard.press("u")
    expect(rows).to_have_count(len(before) - 1)

    # a caption and a credit
    choose(page, TITLES[1])
    page.get_by_label("Caption").fill("The hall on Monday night")
    page.get_by_label("Credit").fill("Agence Exemple")
    page.keyboard.press("Escape")
    expect(page.frame_locator("#sheet iframe:not(.coming)").locator("body")).to_contain_text("Agence Exemple")

    # drag a story to the top of its section
    last = page.locator('#left ol[data-section="Region"] .row:not(.gone)').last
    moved = last.locator(".title").inner_text()
    first = page.locator('#left ol[data-section="Region"] .row:not(.gone)').first
    last.drag_to(first, target_position={"x": 60, "y": 3})
    expect(first.locator(".title")).to_have_text(moved)

    # everything is still there after a reload
    expect(page.locator("body:not([data-waiting])")).to_have_count(1)
    shaped = slugs(page)
    page.reload()
    page.wait_for_selector("body[data-shown][data-live]")
    assert slugs(page) == shaped
    assert section(page, "Region")[0] == moved
    choose(page, TITLES[1])
    expect(page.get_by_label("Credit")).to_have_value("Agence Exemple")

    # a template breaks, and is mended
    assert newsroom.template_dir
    block = newsroom.template_dir / "mail" / "blocks" / "end-mark.html"
    block.write_text("<tr><td>\n{{ nothing.like.this }}</td></tr>\n")
    shown = page.frame_locator("#sheet iframe:not(.coming)").locator("body")
    expect(status).to_have_text("A template has a problem")
    expect(shown).to_contain_text("end-mark.html, line 2")
    block.write_text("<tr><td>mended</td></tr>\n")
    expect(shown).to_contain_text("mended")

    # the checks, each finding a way to its story
    page.keyboard.press("3")
    findings = page.locator(".findings")
    expect(findings).to_contain_text("no credit")
    findings.locator("li", has_text="no credit").first.get_by_role("button").click()
    expect(page.get_by_label("Credit")).to_have_value("")

    # a test, to a real server
    page.get_by_role("button", name="Send me a test").click()
    expect(page.locator("#toast")).to_contain_text("on its way to ada@evening.example")
    tried = email.message_from_bytes(sink.messages[-1].data, policy=email.policy.default)
    assert tried["Subject"].startswith("[Test] ")

    # approve by keyboard; then nothing changes any more, whatever the feeds bring
    preview = visitor.get("/desk/evening/frame?view=source&reader=one@example.org").text
    page.locator("#left .slug").first.focus()
    page.keyboard.press("A")
    page.keyboard.press("Enter")
    expect(status).to_have_text("Approved · goes out at 06:30, in 15 minutes")
    publish(newsroom, [entry(50, "Late news of a landslide", hand.now)], hand.now)
    page.get_by_role("button", name="Hide").click()
    expect(page.locator("#toast")).to_contain_text("Take the approval back")
    assert len(sink.to("one@example.org")) == 0

    hand.now = MORNING
    ticked(newsroom)
    (sent,) = sink.to("one@example.org")
    pre = re.search("<pre>(.*)</pre>", preview, re.DOTALL)
    assert pre
    assert html.unescape(pre[1]).replace("\r\n", "\n") == sent.data.decode().replace("\r\n", "\n")
    assert len(sink.to("two@example.org")) == 1
    with newsroom.store.read() as connection:
        assert "Late news" not in editions.load_mails(connection, KEY)[0].text
        steps = [step.what for step in audit.of_slot(connection, KEY)]
    assert steps == ["composed", "asked", "tested", "approved"]


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_on_any_pane(page: Page, scheme: str) -> None:
    page.emulate_media(color_scheme="dark" if scheme == "dark" else "light")
    axe = Axe()
    wrong = []
    for key in ("1", "2", "3", "4", "5", "correct", "?"):
        if key == "correct":
            page.get_by_role("button", name="Correct an edition that is out").click()
            page.get_by_text("No edition of this newsletter").wait_for()
        else:
            page.keyboard.press(key)
            if key.isdigit():
                page.locator(f"#right [role=tab]:nth-child({key})[aria-selected=true]").wait_for()
        page.evaluate("document.querySelectorAll('#right details').forEach(e => { e.open = true })")
        # The mail in the frame has checks of its own, and its page no scripts that axe could run in.
        found = axe.run(page, context={"exclude": [["iframe"]]}).response["violations"]
        wrong += [f"{key}: {v['id']} {[n['html'][:120] for n in v['nodes'][:3]]}" for v in found]
        page.locator("#stage").focus()
    assert wrong == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_on_the_sign_in_page(page: Page, visitor: Visitor, scheme: str) -> None:
    page.emulate_media(color_scheme="dark" if scheme == "dark" else "light")
    page.goto(f"http://127.0.0.1:{visitor.port}/sign-in")
    assert Axe().run(page).response["violations"] == []
