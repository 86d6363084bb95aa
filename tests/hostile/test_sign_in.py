"""Attacks on the desk's sign-in: guessing, forging, keeping and planting sessions, and being led elsewhere."""

from __future__ import annotations

import datetime as dt
import logging
import re
import socket
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from unittest.mock import patch
from urllib.parse import urlencode

import pytest
from argon2 import PasswordHasher, extract_parameters
from pydantic import SecretStr

from digest.config.editors import DeskSettings
from digest.desk import doors as desk_doors
from digest.desk.doors import COOKIE, LASTS, Doors, Visitor, matches
from digest.desk.room import Room
from digest.desk.server import Patient
from digest.desk.tries import FOR_A_NAME, FROM_A_PLACE, IN_ALL, WITHIN, Tries
from digest.pipeline.rehearse import Hand
from digest.store import audit
from digest.tokens import Keyring
from tests.desk.conftest import Answer, hand, newsroom, room, served, visitor
from tests.desk.conftest import Visitor as Browser
from tests.desk.test_doors import AWAY, HOST, KEYS, NOW, PASSWORD, QUICK, SETTINGS, away, sign_in

__all__ = ["away", "hand", "newsroom", "room", "visitor"]

ELSEWHERE = (
    "https://evil.example/desk/evening", "//evil.example/desk/evening", "/\\evil.example", "\\\\evil.example", "/desk/evening@evil.example",
    "/desk/evening\r\nLocation: https://evil.example", "javascript:alert(1)", "/desk/../../evil", "/desk/evening\n", "///evil.example",
    "/desk/evening?next=https://evil.example", "/sign-out", "%2f%2fevil.example", "/desk//evil.example", "", "x" * 1_500,
)  # fmt: skip


def posted(visitor: Browser, form: dict[str, str], **headers: str) -> Answer:
    return visitor.ask("POST", "/sign-in", urlencode(form), **{"Origin": AWAY, **HOST, **headers})


def cookie_of(answer: Answer) -> str:
    return answer.headers["set-cookie"].partition(";")[0]


def entered(door: Doors, password: str = PASSWORD, **more: str) -> str | None:
    name, client, nonce = (
        more.get(k, v) for k, v in (("name", "ada"), ("client", "203.0.113.9"), ("nonce", "n"))
    )
    return door.sign_in(SETTINGS, KEYS, name, password, client=client, now=NOW, nonce=nonce)


def doors() -> Doors:
    return Doors(Visitor("local", "token"))


# --- being led elsewhere, and led in -----------------------------------------------------------------------


def test_signing_in_leads_to_no_other_site(away: Room, visitor: Browser) -> None:
    for target in ELSEWHERE:
        answer = posted(visitor, {"name": "ada", "password": PASSWORD, "next": target})
        assert (answer.status, answer.headers["location"]) == (303, "/"), target
        form = visitor.get("/sign-in?" + urlencode({"next": target}), **HOST).text
        assert 'name="next" value="/"' in form, target


def test_no_page_asked_for_leads_out_through_the_sign_in(away: Room, visitor: Browser) -> None:
    for path in (
        "//evil.example/",
        "/desk/x%0d%0aSet-Cookie:a=b",
        "/%2f%2fevil.example",
        "/?next=//evil.example",
    ):
        answer = visitor.get(path, Accept="text/html", **HOST)
        assert re.fullmatch(r"/sign-in\?next=[\w/%.:=-]*", answer.headers["location"])
        assert "set-cookie" not in answer.headers


@pytest.mark.parametrize(
    "headers",
    [{"Origin": "https://evil.example"}, {"Origin": "null"}, {"Origin": "http://desk.example.org"}, {"Origin": "https://desk.example.org.evil.example"},
     {"Sec_Fetch_Site": "cross-site"}, {"Sec_Fetch_Site": "same-site"}],
)  # fmt: skip
def test_no_other_site_signs_an_editor_in_or_out(
    away: Room, visitor: Browser, headers: dict[str, str]
) -> None:
    assert posted(visitor, {"name": "ada", "password": PASSWORD}, **headers).status == 403
    mine = {"Cookie": cookie_of(sign_in(visitor)), **HOST}
    out = visitor.ask("POST", "/sign-out", **{"Origin": AWAY, **mine, **headers})
    assert (out.status, "set-cookie" in out.headers) == (403, False)
    assert (
        visitor.ask("POST", "/sign-out", Origin=AWAY, **mine).status == 403
    )  # without the token of our page
    assert visitor.get("/sign-out", **mine).status == 405
    assert visitor.get("/desk/evening", **mine).status == 200


def test_the_form_stands_in_no_frame_and_is_kept_nowhere(away: Room, visitor: Browser) -> None:
    headers = visitor.get("/sign-in", **HOST).headers
    assert "frame-ancestors 'none'" in headers["content-security-policy"]
    assert "script-src" not in headers["content-security-policy"]
    assert (headers["cache-control"], "strict-transport-security" in headers) == ("no-store", True)


@pytest.mark.parametrize(
    "attack", ["<script>alert(1)</script>", "'\"><img src=x onerror=alert(1)>", "{{7*7}}"]
)
def test_what_is_typed_comes_back_as_words(away: Room, visitor: Browser, attack: str) -> None:
    answer = posted(visitor, {"name": attack, "password": attack, "next": attack})
    assert answer.status == 403
    assert not re.search("<script|<img|49", answer.text)


# --- cookies ------------------------------------------------------------------------------------------------


def test_a_cookie_is_for_this_host_and_no_script(away: Room, visitor: Browser) -> None:
    """``__Host-`` holds browsers to Secure, the whole path and no Domain: no sister site can plant or read one."""
    said = sign_in(visitor).headers["set-cookie"]
    assert said.startswith("__Host-desk=")
    assert {"Secure", "HttpOnly", "SameSite=lax", "Path=/", "Max-Age=43200"} <= set(said.split("; "))
    assert "domain" not in said.lower()


def test_a_session_planted_before_is_not_the_one_that_signing_in_gives(away: Room, visitor: Browser) -> None:
    planted = cookie_of(sign_in(visitor))
    after = posted(visitor, {"name": "ada", "password": PASSWORD}, Cookie=planted)
    assert after.status == 303
    assert cookie_of(after) != planted
    assert visitor.get("/desk/evening", Cookie=planted, **HOST).status == 401  # it ended there and then
    assert visitor.get("/desk/evening", Cookie=cookie_of(after), **HOST).status == 200
    made_up = {"Cookie": f"{COOKIE}=attacker-chose-this"}
    assert posted(visitor, {"name": "ada", "password": "wrong"}, **made_up).status == 403
    assert "attacker" not in cookie_of(posted(visitor, {"name": "ada", "password": PASSWORD}, **made_up))


def test_a_copied_cookie_ends_when_its_owner_signs_out_also_over_a_restart(
    away: Room, visitor: Browser
) -> None:
    kept, other = cookie_of(sign_in(visitor)), cookie_of(sign_in(visitor))
    page = visitor.get("/desk/evening", Cookie=kept, **HOST).text
    token = re.findall('name="desk-token" content="([^"]+)"', page)[0]
    assert (
        visitor.ask("POST", "/sign-out", X_Desk_Token=token, Origin=AWAY, Cookie=kept, **HOST).status == 303
    )
    again = served(away)
    for desk in (visitor, next(again)):
        assert desk.get("/desk/evening", Cookie=kept, **HOST).status == 401
        assert desk.get("/desk/evening", Cookie=other, **HOST).status == 200
    assert next(again, None) is None


def test_a_session_ends_after_twelve_hours_whatever_is_done_in_it(
    away: Room, visitor: Browser, hand: Hand
) -> None:
    mine = {"Cookie": cookie_of(sign_in(visitor)), **HOST}
    hand.now += LASTS - dt.timedelta(minutes=1)
    answer = visitor.get("/desk/evening", **mine)
    assert (answer.status, "set-cookie" in answer.headers) == (200, False)
    hand.now += dt.timedelta(minutes=1)
    assert visitor.get("/desk/evening", **mine).status == 401


def test_a_new_key_a_new_password_and_a_removed_editor_end_sessions() -> None:
    door = doors()
    headers = {"cookie": f"{COOKIE}={entered(door)}"}
    assert door.visitor(SETTINGS, KEYS, headers, NOW)
    assert door.visitor(SETTINGS, Keyring((("b", b"1" * 32), *KEYS.keys)), headers, NOW) is None
    changed = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1).hash("another one altogether")
    for people in ({"ada": SecretStr(changed)}, {"bea": SecretStr(QUICK)}):
        assert door.visitor(DeskSettings(url=AWAY, sign_in=people), KEYS, headers, NOW) is None


def test_every_letter_of_a_cookie_counts() -> None:
    door = doors()
    cookie = entered(door) or ""
    for at in range(len(cookie)):
        for letter in "A.9":
            forged = cookie[:at] + letter + cookie[at + 1 :]
            if forged != cookie:
                assert door.visitor(SETTINGS, KEYS, {"cookie": f"{COOKIE}={forged}"}, NOW) is None
    for forged in (
        cookie + ".",
        cookie + "A",
        cookie[:-1],
        "." * 9,
        "ada.9999999999..",
        f'"{cookie}',
        "ada." + "9" * 5_000,
    ):
        assert door.visitor(SETTINGS, KEYS, {"cookie": f"{COOKIE}={forged}"}, NOW) is None


def test_a_token_of_the_site_or_another_session_posts_nothing(away: Room, visitor: Browser) -> None:
    one, two = cookie_of(sign_in(visitor)), cookie_of(sign_in(visitor))
    token = re.findall(
        'name="desk-token" content="([^"]+)"', visitor.get("/desk/evening", Cookie=one, **HOST).text
    )[0]
    answer = visitor.ask(
        "POST", "/desk/evening/undo", "{}", X_Desk_Token=token, Origin=AWAY, Cookie=two, **HOST
    )
    assert answer.status == 403


# --- guessing -------------------------------------------------------------------------------------------------


def test_many_guesses_at_once_are_no_more_than_five() -> None:
    door = doors()
    checked: list[str] = []

    def slowly(hashed: str, password: str) -> bool:
        checked.append(password)
        return matches(hashed, password)

    with patch.object(desk_doors, "matches", slowly):
        threads = [threading.Thread(target=entered, args=(door, f"guess {n}")) for n in range(30)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert entered(door) is None
    assert len(checked) == FOR_A_NAME


def test_one_place_that_tries_many_names_is_barred_and_learns_no_name() -> None:
    tries = Tries()
    for n in range(FROM_A_PLACE):
        assert not tries.barred(f"name{n}", "203.0.113.9", NOW)
        tries.wrong(f"name{n}", "203.0.113.9", NOW)
    assert tries.barred("ada", "203.0.113.9", NOW)
    assert not tries.barred("ada", "203.0.113.10", NOW)
    assert not tries.barred("ada", "203.0.113.9", NOW + WITHIN)


def test_another_address_of_the_same_line_is_the_same_place() -> None:
    tries = Tries()
    for n in range(FOR_A_NAME):
        tries.wrong("ada", f"2001:db8::{n + 1:x}", NOW)
    assert tries.barred("ada", "2001:db8::ffff", NOW)
    assert not tries.barred("ada", "2001:db8:0:1::1", NOW)


def test_a_crowd_of_places_is_barred_and_editors_at_their_usual_places_are_not() -> None:
    tries = Tries()
    tries.right("ada", "192.0.2.7")
    for n in range(IN_ALL):
        tries.wrong("ada", f"203.0.{n // 200}.{n % 200}", NOW)
    assert tries.barred("ada", "198.51.100.1", NOW)
    assert not tries.barred("ada", "192.0.2.7", NOW)


def test_a_proxys_word_cannot_be_put_into_its_mouth(away: Room, visitor: Browser) -> None:
    """Whatever a visitor claims to forward stands before what the proxy saw."""
    wrong = {"name": "ada", "password": "wrong"}
    for n in range(FOR_A_NAME):
        assert posted(visitor, wrong, X_Forwarded_For=f"198.51.100.{n}, 203.0.113.9").status == 403
    assert posted(visitor, wrong, X_Forwarded_For="192.0.2.1, 203.0.113.9").status == 429


def test_known_and_unknown_names_are_refused_in_the_same_words_and_after_the_same_work(
    away: Room, visitor: Browser
) -> None:
    strange, wrong = (posted(visitor, {"name": n, "password": "wrong"}) for n in ("eve", "ada"))
    assert strange.status == wrong.status == 403
    assert strange.text.replace("eve", "ada") == wrong.text
    hashes: list[str] = []

    def noted(hashed: str, password: str) -> bool:
        hashes.append(hashed)
        return matches(hashed, password)

    with patch.object(desk_doors, "matches", noted):
        for name in ("ada", "eve", "x" * 1_000):
            entered(doors(), "wrong", name=name)
    assert len(hashes) == 3
    assert all(extract_parameters(hashed) == extract_parameters(QUICK) for hashed in hashes)


@pytest.mark.parametrize(
    "body",
    [
        "",
        "name",
        "&&&",
        "name=ada",
        "name=ada&password=",
        "%ff%fe=%00",
        "x=" + "y" * 50_000,
        "name=ada&name=eve&password=x",
    ],
)
def test_nonsense_for_a_name_and_a_password_is_refused(away: Room, visitor: Browser, body: str) -> None:
    assert visitor.ask("POST", "/sign-in", body, Origin=AWAY, **HOST).status == 403


# --- what is written down, and who only keeps it busy -----------------------------------------------------------


def test_no_password_and_no_cookie_is_written_down(
    away: Room, visitor: Browser, tmp_path: Path, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:  # fmt: skip
    caplog.set_level(logging.DEBUG)
    cookie = cookie_of(sign_in(visitor)).partition("=")[2]
    posted(visitor, {"name": PASSWORD, "password": "another secret of ada"})  # typed into the wrong field
    with away.newsroom.store.read() as connection:
        assert [(s.who, s.what) for s in audit.recent(connection)] == [
            ("somebody", "refused"),
            ("ada", "signed in"),
        ]
    kept = b"".join(f.read_bytes() for f in tmp_path.rglob("*") if f.is_file() and f.name != "config.yaml")
    told = (caplog.text + "".join(capfd.readouterr())).encode() + kept
    for secret in (PASSWORD, "another secret of ada", cookie, cookie.rpartition(".")[2]):
        assert secret.encode() not in told


@pytest.fixture
def hurried(room: Room) -> Iterator[Browser]:
    with patch.multiple(Patient, whole=0.3):
        yield from served(room)


@pytest.mark.parametrize(
    "sent",
    [
        b"",
        b"POST /sign-in HTTP/1.1\r\nHost: 127.0.0.1\r\n",
        b"POST /sign-in HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 900\r\n\r\nname=",
    ],
)
def test_who_sends_too_slowly_to_the_desk_is_hung_up_on(hurried: Browser, sent: bytes) -> None:
    began = time.monotonic()
    with socket.create_connection(("127.0.0.1", hurried.port), timeout=10) as connection:
        connection.sendall(sent)
        try:
            while connection.recv(1_000):
                pass
        except ConnectionResetError:
            pass
    assert time.monotonic() - began < 8
