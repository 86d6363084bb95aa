"""One-click unsubscribing (RFC 8058), and a thousand tokens that are none."""

from __future__ import annotations

import dataclasses
import http.client
import logging
import random
import string
from urllib.parse import quote

import pytest

from digest.pipeline.newsroom import Newsroom
from digest.pipeline.rehearse import Hand
from digest.store.tables import metadata
from digest.tokens import Keyring, Purpose, seal
from tests.site.conftest import Answer, Browser, link, served, whose

URLENCODED = "List-Unsubscribe=One-Click"
MULTIPART = '--x\r\nContent-Disposition: form-data; name="List-Unsubscribe"\r\n\r\nOne-Click\r\n--x--\r\n'


def one_click(browser: Browser, path: str, body: str = URLENCODED) -> Answer:
    kind = "multipart/form-data; boundary=x" if body == MULTIPART else "application/x-www-form-urlencoded"
    return browser.ask("POST", path, body, **{"Content-Type": kind})


@pytest.mark.parametrize("body", [URLENCODED, MULTIPART])
def test_one_click_needs_no_cookie_no_redirect_and_no_question_twice_and_years_later(
    newsroom: Newsroom, browser: Browser, hand: Hand, body: str
) -> None:
    import datetime as dt

    path = link(newsroom, "unsubscribe")
    hand.now += dt.timedelta(days=3000)
    for _ in range(2):
        answer = one_click(browser, path, body)
        assert (answer.status, answer.text) == (200, "unsubscribed\n")
        assert not {"location", "set-cookie", "www-authenticate"} & answer.headers.keys()
    assert not whose(newsroom).takes("evening")


def test_one_click_works_when_the_body_comes_in_chunks(newsroom: Newsroom, browser: Browser) -> None:
    connection = http.client.HTTPConnection("127.0.0.1", browser.port, timeout=10)
    kind = {"Content-Type": "application/x-www-form-urlencoded"}
    connection.request(
        "POST", link(newsroom, "unsubscribe"), iter([URLENCODED.encode()]), kind, encode_chunked=True
    )
    assert connection.getresponse().status == 200
    connection.close()
    assert not whose(newsroom).takes("evening")


def test_links_signed_before_the_key_was_changed_still_let_people_leave(newsroom: Newsroom) -> None:
    path = link(newsroom, "unsubscribe")
    rotated = dataclasses.replace(newsroom, keys=Keyring((("b", b"n" * 32), *newsroom.keys.keys)))
    with served(rotated) as browser:
        assert one_click(browser, path).status == 200
        assert not whose(newsroom).takes("evening")
        assert browser.get(link(rotated, "unsubscribe")).status == 200
    forgotten = dataclasses.replace(newsroom, keys=Keyring((("b", b"n" * 32),)))
    with served(forgotten) as browser:
        assert one_click(browser, path).status == 404


def test_leaving_is_heeded_by_an_edition_that_is_being_sent(newsroom: Newsroom, browser: Browser) -> None:
    """Consent is read again at the claim, so a click counts from the next letter on."""
    from digest.store.audience import wanting

    one_click(browser, link(newsroom, "unsubscribe"))
    with newsroom.store.read() as connection:
        left = connection.execute(wanting("evening", "morning", newsroom.clock())).scalars().all()
    assert left == [whose(newsroom, "two@example.org").id]


def hostile(newsroom: Newsroom) -> list[str]:
    """Good tokens bent in every way, tokens of another installation, rubbish and attacks; none may open."""
    rng = random.Random(8058)
    mine = whose(newsroom).token_id
    good = seal(newsroom.keys, mine, "evening", "unsubscribe")
    foreign = Keyring((("a", b"f" * 32),))
    purposes: tuple[Purpose, ...] = ("unsubscribe", "preferences", "confirm")
    bent = [good[:i] + chr((ord(c) - 32) % 94 + 33) + good[i + 1 :] for i, c in enumerate(good)]
    forged = [seal(foreign, mine, "evening", purpose) for purpose in purposes]
    strangers = [seal(newsroom.keys, "A" * 16, "evening", purpose) for purpose in purposes]
    others = [seal(newsroom.keys, mine, name, purpose) for name in ("morning", "e") for purpose in purposes]
    attacks = ["' OR 1=1--", "{{7*7}}", "<script>", "../../etc/passwd", "\x00", "%s%n", "\u202e", "ÿ" * 300]
    attacks += [good + tail for tail in (".0", "\r\nX: y", "?x=1", "#f", " ", "/..", ".99999999999")]
    rubbish = ["".join(rng.choices(string.printable, k=rng.randrange(1, 90))) for _ in range(480)]
    shaped = ["au" + "".join(rng.choices(string.ascii_letters + "-_", k=38)) + ".evening" for _ in range(480)]
    found = [*bent, *forged, *strangers, *others, *attacks, *rubbish, *shaped]
    return [token for token in found if quote(token, safe="") != quote(good, safe="")]


def dump(newsroom: Newsroom) -> list[object]:
    """Everything the database holds."""
    with newsroom.store.read() as connection:
        return [connection.execute(table.select()).all() for table in metadata.sorted_tables]


@pytest.mark.slow
def test_a_thousand_hostile_tokens_cause_no_error_tell_nothing_and_change_nothing(
    newsroom: Newsroom, browser: Browser, caplog: pytest.LogCaptureFixture
) -> None:
    tokens = hostile(newsroom)
    assert len(tokens) >= 1000
    nowhere = browser.get("/nowhere")
    before = dump(newsroom)
    connection = http.client.HTTPConnection("127.0.0.1", browser.port, timeout=10)
    with caplog.at_level(logging.DEBUG):
        for number, token in enumerate(tokens):
            path = f"/{'upc'[number % 3]}/{quote(token, safe='')}"
            for method in ("POST", "GET"):
                connection.request(method, path, URLENCODED if method == "POST" else None)
                found = connection.getresponse()
                assert (found.status, found.read().decode()) == (404, nowhere.text), token
    connection.close()
    assert dump(newsroom) == before
    assert not [record for record in caplog.records if record.levelno >= logging.WARNING]
