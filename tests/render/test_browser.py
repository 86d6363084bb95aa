"""The mail in a real browser: nothing overflows, everything can be read, one left edge, few sizes."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, Literal

import pytest
from playwright.sync_api import Browser, Route

from digest.config.theme import ThemeSettings
from digest.model import Layout, Section
from digest.render import page
from tests.render.conftest import receive
from tests.render.newsroom import LAYOUTS, SITE, edition, everything, item, native, newsletter, picture

pytestmark = [pytest.mark.browser, pytest.mark.slow]

# A grey JPEG-sized stand-in: 600 x 400, so that pictures take the room they would take.
PICTURE = b'<svg xmlns="http://www.w3.org/2000/svg" width="600" height="400"><rect width="600" height="400" fill="#88a"/></svg>'

MEASURE = """() => {
  const seen = e => { const s = getComputedStyle(e), q = e.getBoundingClientRect();
    return s.display !== 'none' && s.visibility !== 'hidden' && q.width > 0 && q.height > 0 };
  const texts = [...document.querySelectorAll('body *')].filter(e => seen(e)
    && [...e.childNodes].some(n => n.nodeType === 3 && n.textContent.trim()));
  const light = c => { const [r, g, b] = c.match(/[\\d.]+/g).map(Number).map(v => v / 255)
    .map(v => v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4); return 0.2126 * r + 0.7152 * g + 0.0722 * b };
  const ground = e => { for (; e; e = e.parentElement) { const c = getComputedStyle(e).backgroundColor;
    if (!/, 0\\)$|transparent/.test(c)) return c } return 'rgb(255, 255, 255)' };
  const ratio = e => { const [a, b] = [light(getComputedStyle(e).color), light(ground(e))].sort((x, y) => x - y);
    return (b + 0.05) / (a + 0.05) };
  const rtl = document.documentElement.dir === 'rtl';
  const edge = e => { const r = document.createRange(); r.selectNodeContents(e);
    const q = e.getBoundingClientRect(); return Math.round(rtl ? innerWidth - q.right : q.left) };
  const distinct = list => [...new Set(list)];
  const thumbnails = [...document.images].filter(i => seen(i) && i.closest('table[dir]'));
  return {
    overflow: document.documentElement.scrollWidth - innerWidth,
    sizes: distinct(texts.map(e => parseFloat(getComputedStyle(e).fontSize))).sort((a, b) => a - b),
    families: distinct(texts.map(e => getComputedStyle(e).fontFamily)).length,
    colours: distinct(texts.map(e => getComputedStyle(e).color)).length,
    edges: distinct([...document.querySelectorAll('h1,h2,h3')].filter(seen).map(edge)),
    contrast: Math.min(...texts.map(ratio)),
    padding: Math.min(...texts.map(e => { const r = document.createRange(); r.selectNodeContents(e);
      return Math.min(...[...r.getClientRects()].filter(x => x.width > 0).map(x => Math.min(x.left, innerWidth - x.right))) })),
    gaps: thumbnails.map(i => { const a = i.getBoundingClientRect(); const words = i.closest('tr').querySelector('h2,h3');
      const q = words.getBoundingClientRect(); return q.top >= a.bottom ? 99 : rtl ? q.left - a.right : a.left - q.right }),
    pictures: [...document.images].filter(seen).map(i => Math.round(i.getBoundingClientRect().width)),
    height: document.documentElement.scrollHeight,
  } }"""


@dataclass(frozen=True)
class Window:
    """How somebody looks at a mail."""

    width: int = 640
    scheme: Literal["light", "dark"] = "light"
    pictures: bool = True


WINDOWS = (
    Window(),
    Window(scheme="dark"),
    Window(390),
    Window(320),
    Window(320, "dark"),
    Window(pictures=False),
    Window(1200),
)


def shown(route: Route) -> None:
    route.fulfill(body=PICTURE, content_type="image/svg+xml")


def blocked(route: Route) -> None:
    route.abort()


def measured(chrome: Browser, html: str, *windows: Window) -> list[dict[str, Any]]:
    """What ``MEASURE`` finds in each window, the mail loaded once with pictures and once without."""
    found = {}
    for pictures in (True, False):
        seen = [window for window in windows if window.pictures is pictures]
        if not seen:
            continue
        tab = chrome.new_page()
        tab.route("**/*", shown if pictures else blocked)
        tab.set_content(html, wait_until="load")
        for window in seen:
            tab.set_viewport_size({"width": window.width, "height": 900})
            tab.emulate_media(color_scheme=window.scheme)
            found[window] = tab.evaluate(MEASURE)
        tab.close()
    return [found[window] for window in windows]


@pytest.mark.parametrize("language", ["en", "ar"])
@pytest.mark.parametrize("layout", LAYOUTS)
def test_every_layout_holds_its_design_numbers_in_every_window(
    chrome: Browser, layout: Layout, language: str
) -> None:
    edition = everything() if language == "en" else native(language)
    html = receive(edition, newsletter(language, layout)).html
    for window, found in zip(WINDOWS, measured(chrome, html, *WINDOWS), strict=True):
        assert found["overflow"] <= 0, window
        assert set(found["sizes"]) <= {13, 14, 17, 20, 28, 34}, window
        assert found["families"] == 2, window
        assert found["colours"] <= 4, window
        assert len(found["edges"]) == 1, window
        assert found["contrast"] >= 4.5, window
        assert found["padding"] >= 16, window
        assert all(gap >= 12 for gap in found["gaps"]), window


@pytest.mark.parametrize("layout", LAYOUTS)
def test_words_without_end_widen_nothing(chrome: Browser, layout: Layout) -> None:
    endless = "x" * 300
    shown = picture("lake", endless, endless)
    odd = item(endless, endless, kicker=endless, standfirst=endless, picture=shown, updated=endless)
    news = edition(Section("", (odd,)), Section("S" * 300, (replace(odd, story="b", headline="W" * 300),)))
    mail = receive(news, newsletter(layout=layout)).html
    shown_page = page(news, newsletter(layout=layout), site_url=SITE)
    for html, windows in ((mail, WINDOWS), (shown_page, (Window(320), Window(1200)))):
        for window, found in zip(windows, measured(chrome, html, *windows), strict=True):
            assert found["overflow"] <= 0, window


def test_thumbnails_become_full_width_above_their_words_on_a_phone(chrome: Browser) -> None:
    html = receive(native("fr"), newsletter("fr")).html
    wide, phone = measured(chrome, html, Window(), Window(390))
    assert wide["pictures"] == [552, 176]
    assert phone["pictures"] == [350, 350]
    assert phone["gaps"] == [99]


def test_blocked_pictures_leave_no_hole(chrome: Browser) -> None:
    html = receive(native("en"), newsletter("en")).html
    with_pictures, without = measured(chrome, html, Window(), Window(pictures=False))
    assert without["height"] < with_pictures["height"] - 250


def test_a_logo_changes_with_the_scheme(chrome: Browser) -> None:
    theme = ThemeSettings(
        logo="https://moselle.example/light.png", logo_dark="https://moselle.example/dark.png", logo_width=240
    )
    html = receive(native("en"), newsletter(theme=theme, layout="brief")).html
    context = chrome.new_context(color_scheme="dark")
    tab = context.new_page()
    tab.route("**/*", shown)
    tab.set_content(html, wait_until="load")
    visible = tab.evaluate("[...document.images].filter(i => i.offsetWidth).map(i => i.src.split('/').pop())")
    context.close()
    assert visible[:1] == ["dark.png"]
    assert "light.png" not in visible


def test_the_web_page_is_as_readable_as_the_mail(chrome: Browser) -> None:
    html = page(everything(), newsletter(), site_url=SITE)
    for found in measured(chrome, html, Window(320), Window(320, "dark"), Window(1200), Window(1200, "dark")):
        assert found["overflow"] <= 0
        assert found["contrast"] >= 4.5
        assert len(found["edges"]) == 1
