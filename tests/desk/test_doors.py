"""Beyond this machine editors sign in; their cookies end, and nobody else gets through."""

from __future__ import annotations

import datetime as dt
import json
import re
from pathlib import Path
from urllib.parse import urlencode

import pytest
from argon2 import PasswordHasher
from pydantic import SecretStr

from digest.config.editors import DeskSettings
from digest.config.load import load_text
from digest.desk.doors import COOKIE, LASTS, Doors, Visitor, client_of, matches, refused
from digest.desk.room import Room
from digest.errors import ConfigError
from digest.pipeline.newsroom import Newsroom
from digest.pipeline.rehearse import Hand
from digest.store import audit
from digest.tokens import Keyring
from tests.desk.conftest import Answer
from tests.desk.conftest import Visitor as Browser
from tests.pipeline.conftest import CONFIG

PASSWORD = "four plain words suffice"
QUICK = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1).hash(PASSWORD)
KEYS = Keyring((("a", b"0" * 32),))
NOW = dt.datetime(2026, 11, 23, 16, tzinfo=dt.UTC)
AWAY = "https://desk.example.org"
SETTINGS = DeskSettings(url=AWAY, sign_in={"ada": SecretStr(QUICK)})
HOST = {"Host": "desk.example.org"}


def doors() -> Doors:
    return Doors(Visitor("local", "token"))


def signed(
    door: Doors, password: str = PASSWORD, name: str = "ada", client: str = "203.0.113.9"
) -> str | None:
    return door.sign_in(SETTINGS, KEYS, name, password, client=client, now=NOW, nonce="n")


def known(
    door: Doors, cookie: str, settings: DeskSettings = SETTINGS, now: dt.datetime = NOW
) -> Visitor | None:
    return door.visitor(settings, KEYS, {"cookie": f"other=1; {COOKIE}={cookie}"}, now)


def test_whoever_sits_at_this_machine_needs_no_password() -> None:
    door = doors()
    for url in ("", "http://127.0.0.1:8400", "http://localhost:9000"):
        assert door.visitor(DeskSettings(url=url), KEYS, {}, NOW) is door.local


def test_an_editor_signs_in_and_is_known_by_name_for_twelve_hours() -> None:
    door = doors()
    cookie = signed(door)
    assert cookie
    found = known(door, cookie)
    assert found
    assert found.name == "ada"
    assert known(door, cookie, now=NOW + LASTS - dt.timedelta(seconds=1))
    assert known(door, cookie, now=NOW + LASTS) is None


@pytest.mark.parametrize(
    "change", ["", "x", "ada", "ada.1.x", "ada..x", "bea.9999999999.AAAA", "ada.99999999999999.x", "é"]
)
def test_a_cookie_that_we_did_not_make_is_nobodys(change: str) -> None:
    assert known(doors(), change) is None


def test_a_cookie_with_another_name_or_a_later_end_is_nobodys() -> None:
    door = doors()
    cookie = signed(door) or ""
    name, until, nonce, mac = cookie.split(".")
    assert known(door, f"{name}.{int(until) + 60}.{nonce}.{mac}") is None
    assert known(door, f"{name}.{until}.other.{mac}") is None
    two = DeskSettings(url=AWAY, sign_in={"ada": SecretStr(QUICK), "bea": SecretStr(QUICK)})
    assert known(door, f"bea.{until}.{nonce}.{mac}", two) is None


def test_a_new_password_ends_the_sessions_of_the_old_one() -> None:
    door = doors()
    cookie = signed(door) or ""
    other = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1).hash("another one altogether")
    assert known(door, cookie, DeskSettings(url=AWAY, sign_in={"ada": SecretStr(other)})) is None
    assert known(door, cookie, DeskSettings(url=AWAY, sign_in={"bea": SecretStr(other)})) is None


def test_five_wrong_passwords_bar_a_name_from_one_place_for_a_while_and_nobody_elsewhere() -> None:
    door = doors()
    for _ in range(5):
        assert signed(door, "wrong") is None
    assert signed(door) is None
    assert door.tries.barred("ada", "203.0.113.9", NOW)
    assert signed(door, client="203.0.113.10")
    assert not door.tries.barred("ada", "203.0.113.9", NOW + dt.timedelta(minutes=15))


def test_an_unknown_name_is_refused_like_a_wrong_password() -> None:
    assert signed(doors(), name="eve") is None
    assert not matches("not a hash", PASSWORD)


def test_each_session_posts_with_a_token_of_its_own() -> None:
    door = doors()
    one = known(door, signed(door) or "")
    assert one
    headers = {"host": "desk.example.org", "origin": AWAY}
    assert refused("POST", headers | {"x-desk-token": one.token}, SETTINGS, one) == ""
    assert "reload" in refused("POST", headers | {"x-desk-token": "token"}, SETTINGS, one)
    crossed = headers | {"x-desk-token": one.token, "origin": "https://evil.example"}
    assert "Another site" in refused("POST", crossed, SETTINGS, one)


def test_a_proxy_nobody_told_us_of_is_refused() -> None:
    said = refused("GET", {"host": "127.0.0.1:8400", "x-forwarded-for": "203.0.113.9"}, DeskSettings(), None)
    assert "desk.url" in said
    assert "own address" in refused("GET", {"host": "evil.example"}, SETTINGS, None)
    assert (
        refused("GET", {"host": "127.0.0.1:8400"}, SETTINGS, None) == ""
    )  # through a tunnel; to the sign-in


def test_the_client_is_whom_the_proxy_itself_saw() -> None:
    assert client_of(["1.2.3.4, 203.0.113.9"]) == "203.0.113.9"
    assert client_of(["1.2.3.4", "203.0.113.9"]) == "203.0.113.9"  # a proxy that adds a header of its own


@pytest.mark.parametrize(
    ("lines", "said"),
    [
        ("url: https://desk.example.org", "nobody can sign in"),
        ("url: http://desk.example.org", "not https"),
        ("sign_in: {ada: secret}", "no password hash"),
    ],
)
def test_a_desk_that_anybody_could_enter_is_refused(lines: str, said: str, tmp_path: Path) -> None:
    with pytest.raises(ConfigError) as told:
        load_text(f"{CONFIG}desk: {{{lines}}}\n".encode(), tmp_path / "config.yaml", {})
    assert said in str(told.value)


@pytest.fixture
def away(room: Room, tmp_path: Path) -> Room:
    """The desk behind a proxy."""
    config = tmp_path / "config.yaml"
    config.write_text(config.read_text() + f'desk: {{url: {AWAY}, sign_in: {{ada: "{QUICK}"}}}}\n')
    room.open()
    return room


def sign_in(visitor: Browser, password: str = PASSWORD) -> Answer:
    form = urlencode({"name": "Ada", "password": password, "next": "/desk/evening"})
    kind = {"Content_Type": "application/x-www-form-urlencoded", "Origin": AWAY}
    return visitor.ask("POST", "/sign-in", form, **HOST, **kind)


def test_the_whole_way_in_and_out(away: Room, visitor: Browser, newsroom: Newsroom) -> None:
    sent = visitor.get("/desk/evening", Accept="text/html", **HOST)
    assert (sent.status, sent.headers["location"]) == (303, "/sign-in?next=/desk/evening")
    for path in ("/desk/evening/panes", "/desk/evening/frame", "/events", "/pictures/a.jpg", "/desk.js"):
        assert visitor.get(path, **HOST).status == 401
    assert visitor.ask("POST", "/desk/evening/undo", "{}", **HOST).status == 401
    assert 'name="password"' in visitor.get("/sign-in?next=/desk/evening", **HOST).text

    assert sign_in(visitor, "wrong").status == 403
    answer = sign_in(visitor)
    assert (answer.status, answer.headers["location"]) == (303, "/desk/evening")
    cookie = answer.headers["set-cookie"]
    assert {"Secure", "HttpOnly", "SameSite=lax", "Path=/"} <= set(cookie.split("; "))

    mine = {**HOST, "Cookie": cookie.partition(";")[0]}
    page = visitor.get("/desk/evening", **mine)
    assert page.status == 200
    assert "sign out" in page.text
    token = re.search('name="desk-token" content="([^"]+)"', page.text)
    assert token
    entry = re.search(r'class="row" data-entry="(\w+)"', page.text)
    assert entry
    body = json.dumps({"entry": entry[1]})
    done = visitor.ask("POST", "/desk/evening/hide", body, X_Desk_Token=token[1], Origin=AWAY, **mine)
    assert done.status == 200
    assert "ada hid" in visitor.get("/desk/evening/panes?tab=history", **mine).data["right"]
    out = visitor.ask("POST", "/sign-out", X_Desk_Token=token[1], Origin=AWAY, **mine)
    assert "Max-Age=0" in out.headers["set-cookie"]
    assert visitor.get("/desk/evening", **mine).status == 401
    with newsroom.store.read() as connection:
        assert [(s.who, s.what) for s in audit.recent(connection)] == [
            ("ada", "signed out"),
            ("ada", "signed in"),
            ("ada", "refused"),
        ]


def test_too_many_tries_are_told(away: Room, visitor: Browser, hand: Hand) -> None:
    for _ in range(5):
        sign_in(visitor, "wrong")
    assert sign_in(visitor).status == 429
    hand.now += dt.timedelta(minutes=16)
    assert sign_in(visitor).status == 303
