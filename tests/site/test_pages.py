"""The public pages in a real browser: without JavaScript, for everybody (axe), on phone and desktop, in ten languages."""

from __future__ import annotations

import asyncio
import importlib.resources
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from playwright.sync_api import Browser as Chromium
from playwright.sync_api import Page

from digest.pipeline.newsroom import Newsroom
from digest.pipeline.rehearse import Hand, subscribe_readers
from digest.pipeline.tick import tick
from digest.render.words import LANGUAGES, RIGHT_TO_LEFT
from digest.tokens import seal
from tests.pipeline.conftest import MORNING
from tests.site.conftest import Browser, confirmation, link, served, whose

pytestmark = [pytest.mark.browser, pytest.mark.slow]

AXE = importlib.resources.files("axe_playwright_python").joinpath("axe.min.js").read_text()
RUN_AXE = """axe.run(document, {resultTypes: ['violations']}).then(found =>
  found.violations.map(v => v.id + ': ' + v.nodes.map(n => n.html.slice(0, 200)).join(' | ')))"""
OVERFLOW = "document.documentElement.scrollWidth - innerWidth"
SMALL = """[...document.querySelectorAll('button, .button, input:not([type=checkbox]), .tick')]
  .filter(e => e.getBoundingClientRect().width && !e.closest('.trap') && !e.classList.contains('link'))
  .filter(e => e.getBoundingClientRect().height < 24).map(e => e.outerHTML)"""
SIZES = """[...new Set([...document.querySelectorAll('body *')].filter(e =>
  [...e.childNodes].some(n => n.nodeType === 3 && n.textContent.trim()) && !e.closest('.trap'))
  .map(e => parseFloat(getComputedStyle(e).fontSize)))]"""
LINES = (34, 28, 20, 17, 14, 13)  # the type sizes of the mail


def window(chrome: Chromium, browser: Browser, **options: Any) -> Page:
    """A browser window without cookies, on the site."""
    return chrome.new_context(base_url=f"http://127.0.0.1:{browser.port}", **options).new_page()


def told(page: Page) -> str:
    return page.locator("h1").inner_text()


def test_everything_works_without_javascript_and_without_cookies(
    newsroom: Newsroom, browser: Browser, chrome: Chromium
) -> None:
    page = window(chrome, browser, java_script_enabled=False)
    page.goto("/")
    page.get_by_role("link", name="Subscribe").click()
    page.get_by_label("Your e-mail address").fill("new@example.org")
    page.get_by_label("Morning edition").uncheck()
    page.get_by_role("button", name="Subscribe").click()
    assert told(page) == "Please confirm"
    page.goto(confirmation(newsroom, browser))
    page.get_by_role("button", name="Yes, send it to me").click()
    assert told(page) == "Welcome"
    assert whose(newsroom, "new@example.org").slots("evening") == ("evening",)
    page.get_by_role("link", name="Preferences").click()
    page.get_by_label("Morning edition").check()
    page.get_by_label("Send nothing until").fill("2026-12-01")
    page.get_by_role("button", name="Save").click()
    assert page.get_by_role("status").inner_text() == "Saved."
    assert page.get_by_label("Send nothing until").input_value() == "2026-12-01"
    assert whose(newsroom, "new@example.org").state == "paused"
    page.get_by_role("link", name="Unsubscribe").click()
    page.get_by_role("button", name="Unsubscribe").click()
    assert not whose(newsroom, "new@example.org").takes("evening")
    page.get_by_label("Would you tell us why?").fill("Too many ferries")
    page.get_by_role("button", name="Send").click()
    assert page.get_by_role("status").inner_text() == "Thank you for telling us."
    page.goto(link(newsroom, "unsubscribe", whose(newsroom, "new@example.org")))
    page.get_by_role("button", name="Unsubscribe").click()
    page.get_by_role("button", name="That was a mistake").click()
    assert whose(newsroom, "new@example.org").takes("evening")
    assert page.context.cookies() == []


def paths(newsroom: Newsroom, newsletter: str) -> dict[str, str]:
    """Every page of the site, by the template that makes it."""
    person = whose(newsroom).token_id
    token = {p: seal(newsroom.keys, person, newsletter, p) for p in ("preferences", "unsubscribe")}
    confirm = seal(newsroom.keys, person, newsletter, "confirm", newsroom.clock())
    return {
        "home": "/",
        "subscribe": f"/subscribe/{newsletter}",
        "archive": f"/archive/{newsletter}",
        "unknown": "/nowhere",
        "confirm": f"/c/{confirm}",
        "preferences": f"/p/{token['preferences']}",
        "unsubscribe": f"/u/{token['unsubscribe']}",
    }


def walk(page: Page, newsroom: Newsroom, newsletter: str) -> Iterator[str]:
    """Visit every page, those that only an answer shows as well; yields the name of each."""
    every = paths(newsroom, newsletter)
    for name, path in every.items():
        page.goto(path)
        yield name
    page.goto(every["subscribe"])
    page.locator("form").evaluate("form => form.noValidate = true")
    page.locator("#address").fill("nobody@@")
    page.locator("main button").click()
    yield "problem"
    page.locator("#address").fill("new@example.org")
    page.locator("main button").click()
    yield "asked"
    page.goto(every["confirm"])
    page.locator("main button").click()
    yield "confirmed"
    page.goto(every["preferences"])
    page.locator("main button").click()
    yield "saved"
    page.goto(every["unsubscribe"])
    page.locator("main button").click()
    yield "left"
    page.locator("#reason").fill("x")
    page.locator("button.quiet").click()
    yield "thanks"


WINDOWS: tuple[tuple[int, Any], ...] = ((320, "light"), (390, "dark"), (1280, "light"), (1280, "dark"))


@pytest.mark.parametrize("language", ["en", "ar"])
def test_every_page_is_for_everybody_in_every_window(
    polyglot: Newsroom, chrome: Chromium, language: str
) -> None:
    """axe finds nothing at all; nothing overflows; buttons are large enough; the mail's six sizes, no other."""
    subscribe_readers(polyglot, polyglot.clock(), ("one@example.org",))
    with served(polyglot) as browser:
        page = window(
            chrome,
            browser,
            bypass_csp=True,  # for axe, which is put into the page
            extra_http_headers={"Accept-Language": language},
        )
        for name in walk(page, polyglot, language):
            page.evaluate(AXE)
            for width, scheme in WINDOWS:
                page.set_viewport_size({"width": width, "height": 800})
                page.emulate_media(color_scheme=scheme)
                where = (name, width, scheme)
                assert page.evaluate(RUN_AXE) == [], where
                assert page.evaluate(OVERFLOW) <= 0, where
                assert page.evaluate(SMALL) == [], where
                assert set(page.evaluate(SIZES)) <= set(LINES), where


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_page_for_a_friend_and_the_edition_are_for_everybody(
    newsroom: Newsroom, browser: Browser, chrome: Chromium, hand: Hand, scheme: Any
) -> None:
    hand.now = MORNING
    with ThreadPoolExecutor(1) as thread:  # Playwright's own loop runs in this one
        thread.submit(lambda: asyncio.run(tick(newsroom, stop=asyncio.Event()))).result()
    for width in (390, 1280):
        page = window(
            chrome,
            browser,
            viewport={"width": width, "height": 800},
            color_scheme=scheme,
            bypass_csp=True,
        )
        for path in ("/forward/evening/2026-11-23/morning", "/archive/evening/2026-11-23/morning"):
            page.goto(path)
            assert page.evaluate(f"{AXE}; {RUN_AXE}") == [], path
            assert page.evaluate(OVERFLOW) <= 0, path


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_page_speaks_the_newsletters_language(
    polyglot: Newsroom, chrome: Chromium, language: str
) -> None:
    subscribe_readers(polyglot, polyglot.clock(), ("one@example.org",))
    with served(polyglot) as browser:
        page = window(chrome, browser, extra_http_headers={"Accept-Language": language})
        headings = set()
        for name in walk(page, polyglot, language):
            html = page.locator("html")
            assert html.get_attribute("lang") == language, name
            assert html.get_attribute("dir") == ("rtl" if language in RIGHT_TO_LEFT else "ltr"), name
            headings.add(told(page))
    english = {
        "Please confirm",
        "Preferences",
        "Unsubscribed",
        "This page does not exist",
        "Archive",
        "Welcome",
    }
    assert bool(headings & english) == (language == "en")
