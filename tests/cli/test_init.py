"""`digest init` and the other commands that read real feeds, on a loopback server."""

from __future__ import annotations

import json
import stat
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml
from command_line import CONFIG, Digest
from news_site import news_site

from digest.cli import setup
from digest.cli.setup import local_zone
from digest.config.first import Answers, first_config
from digest.config.load import load


@pytest.fixture(scope="module")
def site() -> Iterator[str]:
    with news_site() as address:
        yield address


# --- init ---------------------------------------------------------------------------------------------


@pytest.mark.slow
def test_init_makes_a_config_that_holds_from_the_address_of_a_site(
    digest: Digest, folder: Path, site: str
) -> None:
    result = digest(
        "init", f"{site}/site", "--allow-private", "--name", "Bords d'eau", "--timezone", "Europe/Paris"
    )
    assert result.code == 0, result.err
    assert f"Found Le Quai: {site}/fr.xml\n" in result.out
    assert result.out.endswith("To see the coming edition in a browser: digest preview\n")
    found = yaml.safe_load((folder / "config.yaml").read_text())
    assert found["feeds"] == {"le-quai": {"url": f"{site}/fr.xml", "paper": "Le Quai"}}
    newsletter = found["newsletters"]["bords-d-eau"]
    assert (newsletter["title"], newsletter["language"], newsletter["timezone"]) == (
        "Bords d'eau",
        "fr",  # as the feed says
        "Europe/Paris",
    )
    assert digest("config", "check").out == "config.yaml holds: 1 newsletter, 1 feed.\n"
    assert json.loads(digest("status", "--json").out)["feeds"]["entries"] == 4


@pytest.mark.slow
def test_init_makes_a_key_that_only_its_owner_reads(digest: Digest, folder: Path, site: str) -> None:
    digest("init", f"{site}/de.xml", "--allow-private")
    assert stat.S_IMODE((folder / "var/secret.key").stat().st_mode) == 0o600


@pytest.mark.slow
def test_init_goes_on_when_one_site_has_no_feed(digest: Digest, folder: Path, site: str) -> None:
    result = digest("init", f"{site}/nothing", f"{site}/de.xml", f"{site}/fr.xml", "--allow-private")
    assert result.code == 0
    assert f"{site}/nothing: No feed was found there." in result.err
    assert list(yaml.safe_load((folder / "config.yaml").read_text())["feeds"]) == ["der-kai", "le-quai"]


@pytest.mark.slow
def test_init_writes_nothing_when_no_site_has_a_feed(digest: Digest, folder: Path, site: str) -> None:
    result = digest("init", f"{site}/nothing", "--allow-private")
    assert (result.code, result.err.splitlines()[-1]) == (
        1,
        "digest: No feed was found. Give the address of a feed itself, or of another site.",
    )
    assert not (folder / "config.yaml").exists()


@pytest.mark.slow
def test_init_refuses_private_addresses_unless_told(digest: Digest, folder: Path, site: str) -> None:
    result = digest("init", f"{site}/de.xml")
    assert result.code == 1
    assert not (folder / "config.yaml").exists()


def test_init_never_writes_over_a_config(digest: Digest, config: Path) -> None:
    result = digest("init", "https://paper.example")
    assert (result.code, result.err) == (
        2,
        "digest: config.yaml is there already. Use --force to write over it, or --config to write another.\n",
    )
    assert config.read_text() == CONFIG


def test_init_without_a_site_asks_only_on_a_terminal(digest: Digest) -> None:
    result = digest("init")
    assert (result.code, result.err) == (
        2,
        "digest: Which sites shall it read? digest init https://paper.example https://other.example\n",
    )


@pytest.mark.slow
@pytest.mark.parametrize(
    ("given", "said"),
    [
        ("--language=German", "--language: 'German' is not a language we have words in. Did you mean de?"),
        (
            "--timezone=Luxemburg",
            "--timezone: 'Luxemburg' is not a time zone. Did you mean Europe/Luxembourg?",
        ),
        ("--sender=me", "--sender: 'me' is not a mail address. Write one like news@example.org"),
    ],
)
def test_init_checks_what_it_is_given(given: str, said: str, digest: Digest, folder: Path, site: str) -> None:
    result = digest("init", f"{site}/de.xml", "--allow-private", given)
    assert result.code == 2
    assert said in result.err
    assert not (folder / "config.yaml").exists()


@pytest.mark.slow
def test_init_asks_on_a_terminal_and_asks_again(
    digest: Digest, folder: Path, site: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    answers = iter([f"{site}/de.xml", "", "Der Morgen", "Deutsch", "de", "Berlin", "Europe/Berlin"])
    monkeypatch.setattr(setup, "interactive", lambda: True)
    monkeypatch.setattr("typer.prompt", lambda *_, **__: next(answers))
    monkeypatch.setattr("typer.confirm", lambda *_, **__: False)
    result = digest("init", "--allow-private")
    assert result.code == 0, result.err
    assert "'Deutsch' is not a language we have words in (did you mean de?)" in result.out
    assert "'Berlin' is not a time zone (did you mean Europe/Berlin?)" in result.out
    assert list(yaml.safe_load((folder / "config.yaml").read_text())["newsletters"]) == ["der-morgen"]


@pytest.mark.parametrize("title", ["The Daily", "Ünïcode: «x» # y", "2026", "- [x]", "日本語", "${HOME}"])
def test_the_first_config_holds_whatever_its_title(title: str, tmp_path: Path) -> None:
    feeds = {"one": {"url": "https://one.example/rss", "paper": "Paper: 'one' # & \"more\" ${HOME:-x}"}}
    answers = Answers(title, "en", "Europe/Luxembourg", "news@paper.example")
    (tmp_path / "config.yaml").write_text(first_config(answers, feeds))
    loaded = load(tmp_path / "config.yaml", {})
    (newsletter,) = loaded.config.newsletters.values()
    assert newsletter.title == title
    assert loaded.config.feeds["one"].paper == feeds["one"]["paper"]
    assert loaded.warnings == ()


def test_this_machines_zone_is_read_from_its_link(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("TZ", raising=False)
    link = tmp_path / "localtime"
    link.symlink_to("/usr/share/zoneinfo/Europe/Luxembourg")
    assert local_zone(link) == "Europe/Luxembourg"
    assert local_zone(tmp_path / "missing") == "UTC"
    monkeypatch.setenv("TZ", "America/New_York")
    assert local_zone(link) == "America/New_York"


# --- feeds that are read ------------------------------------------------------------------------------


@pytest.fixture
def private(config: Path) -> Path:
    """A config that may read the loopback."""
    config.write_text(CONFIG + "pull: {allow_private: true}\n")
    return config


@pytest.mark.slow
def test_adding_a_sites_address_adds_its_feed_and_its_title(digest: Digest, private: Path, site: str) -> None:
    assert digest("feeds", "add", f"{site}/site").out == f"Added le-quai: {site}/fr.xml\n"
    assert yaml.safe_load(private.read_text())["feeds"]["le-quai"] == {
        "url": f"{site}/fr.xml",
        "paper": "Le Quai",
    }


@pytest.mark.slow
def test_further_feeds_of_a_site_are_named(digest: Digest, private: Path, site: str) -> None:
    result = digest("feeds", "add", f"{site}/two")
    assert f"The site has another: {site}/de.xml (Der Kai)\n" in result.err
    assert result.out == f"Added le-quai: {site}/fr.xml\n"


@pytest.mark.slow
def test_an_address_without_a_feed_is_not_added(digest: Digest, private: Path, site: str) -> None:
    before = private.read_text()
    result = digest("feeds", "add", f"{site}/nothing")
    assert result.code == 1
    assert result.err.endswith("--no-check adds it all the same.\n")
    assert private.read_text() == before


@pytest.mark.slow
def test_checking_feeds_reads_them_and_stores_nothing(digest: Digest, private: Path, site: str) -> None:
    result = digest("feeds", "check", f"{site}/de.xml", "--json")
    (found,) = json.loads(result.out)
    assert (found["outcome"], found["entries"], found["newest"]) == ("new", 4, "2026-11-23T04:00:00Z")
    assert not (private.parent / "var").exists()


@pytest.mark.slow
def test_checking_a_feed_that_fails_exits_with_1(digest: Digest, private: Path, site: str) -> None:
    result = digest("feeds", "check", f"{site}/gone.xml")
    assert result.code == 1
    assert "404" in result.out


def test_checking_an_unknown_name_lists_the_known_ones(digest: Digest, config: Path) -> None:
    assert digest("feeds", "check", "three").err == "digest: There is no feed three. There is one, two.\n"
