"""Tokens: only ours open, only for what they were made, for as long as the key is kept."""

from __future__ import annotations

import datetime as dt
import random
import stat
import string
from pathlib import Path

import pytest

from digest.errors import ConfigError, DigestError
from digest.tokens import (
    Keyring,
    Scope,
    load_key,
    make_key_file,
    new_person,
    read_return_path,
    return_path,
    rotate_key_file,
    seal,
    unseal,
)

KEYS = Keyring((("a", b"k" * 32),))
PERSON = "AbCdEfGh_-123456"


def test_a_token_opens_to_what_it_was_made_for() -> None:
    token = seal(KEYS, PERSON, "evening", "unsubscribe")
    assert unseal(KEYS, token) == Scope(PERSON, "evening", "unsubscribe")


def test_a_token_carries_its_minute_when_it_must_expire() -> None:
    when = dt.datetime(2026, 3, 1, 6, 30, 59, tzinfo=dt.UTC)
    scope = unseal(KEYS, seal(KEYS, PERSON, "evening", "confirm", when))
    assert scope == Scope(PERSON, "evening", "confirm", when.replace(second=0))


def test_a_token_is_short_and_safe_in_a_url() -> None:
    token = seal(KEYS, new_person(), "evening", "unsubscribe")
    assert len(token) == 40 + len(".evening")
    assert set(token) <= set(string.ascii_letters + string.digits + "-_.")


def test_changing_any_character_closes_it() -> None:
    token = seal(KEYS, PERSON, "evening", "preferences", dt.datetime(2026, 1, 1, tzinfo=dt.UTC))
    for i, old in enumerate(token):
        for new in "aZ9_.":
            if new != old:
                assert unseal(KEYS, token[:i] + new + token[i + 1 :]) is None


def test_a_thousand_hostile_tokens_open_nothing() -> None:
    rng = random.Random(7)
    good = seal(KEYS, PERSON, "evening", "unsubscribe")
    pool = string.printable + "éß\u202e\x00"
    tries = ["", ".", good + ".0", good * 300, good[:-1], good.upper(), good + "\n", "\x00" * 10_000]
    tries += ["".join(rng.choices(pool, k=rng.randrange(80))) for _ in range(500)]
    tries += ["au" + "".join(rng.choices(string.ascii_letters, k=38)) + ".evening" for _ in range(500)]
    assert [t for t in tries if unseal(KEYS, t)] == []


def test_another_installations_key_opens_nothing() -> None:
    assert unseal(Keyring((("a", b"other" * 8),)), seal(KEYS, PERSON, "evening", "unsubscribe")) is None
    assert unseal(Keyring((("b", b"k" * 32),)), seal(KEYS, PERSON, "evening", "unsubscribe")) is None


def test_rotating_the_key_keeps_old_links_working_and_signs_with_the_new(tmp_path: Path) -> None:
    file = tmp_path / "keys" / "secret.key"
    old = seal(make_key_file(file), PERSON, "evening", "unsubscribe")
    keys = rotate_key_file(file)
    assert unseal(keys, old) is not None
    assert seal(keys, PERSON, "evening", "unsubscribe")[0] != old[0]
    assert load_key(file) == keys


def test_the_key_file_is_its_owners_alone_and_never_replaced(tmp_path: Path) -> None:
    file = tmp_path / "secret.key"
    make_key_file(file)
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    with pytest.raises(DigestError, match="exists already"):
        make_key_file(file)


def test_a_key_file_that_others_may_read_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "secret.key"
    make_key_file(file)
    file.chmod(0o640)
    with pytest.raises(ConfigError, match="chmod 600"):
        load_key(file)


@pytest.mark.parametrize("text", ["", "a:", "nonsense", "a:c2hvcnQ=", "ab:" + "A" * 44, "a:" + "é"])
def test_a_malformed_key_file_is_refused(tmp_path: Path, text: str) -> None:
    file = tmp_path / "secret.key"
    file.write_text(text)
    file.chmod(0o600)
    with pytest.raises(ConfigError):
        load_key(file)


def test_a_return_path_tells_its_delivery_in_any_case_and_only_ours() -> None:
    local = return_path(KEYS, 123_456_789)
    assert len(local) == 33
    assert read_return_path(KEYS, local.upper()) == 123_456_789
    forged = local[:-1] + ("a" if local[-1] != "a" else "b")
    assert [read_return_path(KEYS, text) for text in (forged, "postmaster", "", local + "x")] == [None] * 4


def test_the_key_is_changed_by_a_command(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    from digest.cli.frame import run

    config = tmp_path / "config.yaml"
    config.write_text(
        "newsletters: {daily: {title: D, slots: {morning: '06:30'}, sender: {address: d@paper.example}}}\n"
        "feeds: {one: {url: 'https://one.example/rss'}}\n"
    )
    old = make_key_file(tmp_path / "var" / "secret.key")
    assert run(["--config", str(config), "config", "rotate-key"]) == 0
    assert "signed with key 'b'" in capsys.readouterr().out
    keys = load_key(tmp_path / "var" / "secret.key")
    assert unseal(keys, seal(old, PERSON, "evening", "unsubscribe")) is not None
