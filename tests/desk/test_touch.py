"""The desk under a finger: a touch screen drags nothing, so each story has buttons that move it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Locator, Page, ViewportSize, expect

from tests.desk.conftest import Visitor
from tests.desk.test_editor import at_the_desk, newsroom, picture, slugs

__all__ = ["newsroom", "picture"]
pytestmark = [pytest.mark.browser, pytest.mark.slow]
SMALLEST = 24  # CSS pixels that WCAG 2.5.8 asks of a target


@pytest.fixture(params=[(390, 844), (1024, 768)], ids=["phone", "tablet"])
def page(visitor: Visitor, chrome: Browser, request: pytest.FixtureRequest) -> Iterator[Page]:
    width, height = request.param
    size: ViewportSize = {"width": width, "height": height}
    with chrome.new_context(viewport=size, has_touch=True, is_mobile=True) as context:
        yield at_the_desk(context, visitor.port)


def row(page: Page, title: str) -> Locator:
    return page.locator("#left .row", has_text=title)


def settled(page: Page) -> list[str]:
    """The running order as the server has it, after a reload."""
    expect(page.locator("body:not([data-waiting])")).to_have_count(1)
    page.reload()
    page.wait_for_selector("body[data-shown][data-live]")
    return slugs(page)


def test_a_tap_moves_a_story_up_and_down_and_it_stays_there(page: Page) -> None:
    before = slugs(page)
    last = before[-1]
    row(page, last).get_by_role("button", name="Move up").tap()
    moved = [*before[:-2], last, before[-2]]
    expect(page.locator("#left .row .title")).to_have_text(moved)
    assert settled(page) == moved
    row(page, last).get_by_role("button", name="Move down").tap()
    expect(page.locator("#left .row .title")).to_have_text(before)
    assert settled(page) == before


def test_the_buttons_keep_the_focus_and_move_by_keyboard_too(page: Page) -> None:
    last = slugs(page)[-1]
    up = row(page, last).get_by_role("button", name="Move up")
    up.focus()
    page.keyboard.press("Enter")
    expect(page.locator("body:not([data-waiting])")).to_have_count(1)
    expect(row(page, last).get_by_role("button", name="Move up")).to_be_focused()
    assert slugs(page)[-2] == last


def test_the_first_story_says_that_it_cannot_go_higher(page: Page) -> None:
    before = slugs(page)
    row(page, before[0]).get_by_role("button", name="Move up").tap()
    expect(page.locator("#toast")).to_have_text("This story is the first already.")
    assert slugs(page) == before


def test_every_button_is_large_enough_for_a_finger_and_axe_finds_nothing(page: Page) -> None:
    boxes = [button.bounding_box() for button in page.locator("#left .shift button").all()]
    assert len(boxes) == 2 * len(slugs(page))
    assert all(box and min(box["width"], box["height"]) >= SMALLEST for box in boxes)
    found = Axe().run(page, context={"exclude": [["iframe"]]}).response["violations"]
    assert [(v["id"], [n["html"][:120] for n in v["nodes"][:3]]) for v in found] == []
