"""`digest feeds`: add, remove, import and export on the file itself."""

from __future__ import annotations

import re
import stat
from pathlib import Path

import pytest
from command_line import CONFIG, Digest

from digest import opml

OPML = """<opml version="2.0"><body>
<outline text="World">
  <outline text="Rhine & Mosel Post" xmlUrl="https://rhine.example/rss" language="de"/>
  <outline text="One again" xmlUrl="https://one.example/rss"/>
</outline>
<outline text="Täglich" xmlUrl="https://daily.example/rss"/>
</body></opml>"""


def test_a_feed_is_added_and_comments_stay(digest: Digest, config: Path) -> None:
    result = digest("feeds", "add", "https://three.example/rss", "--paper", "Three: News", "--no-check")
    assert (result.code, result.out) == (0, "Added three-news: https://three.example/rss\n")
    assert config.read_text() == CONFIG.replace(
        "    paper: Two   # keep me\n",
        "    paper: Two   # keep me\n  three-news:\n    url: https://three.example/rss\n    paper: 'Three: News'\n",
    )
    assert stat.S_IMODE(config.stat().st_mode) == 0o600
    assert digest("config", "check").out == "config.yaml holds: 1 newsletter, 3 feeds.\n"


def test_a_feed_can_be_named_in_a_section_at_once(digest: Digest, config: Path) -> None:
    digest(
        "feeds", "add", "https://three.example/rss", "--name", "three", "--no-check", "--to", "daily/World"
    )
    assert "feeds: [one, three]   # in order" in config.read_text()


def test_a_feed_without_a_title_is_named_after_its_server(digest: Digest, config: Path) -> None:
    out = digest("feeds", "add", "https://three.example/rss", "--no-check").out
    assert out.startswith("Added three-example-rss: ")


def test_an_address_that_is_there_is_refused(digest: Digest, config: Path) -> None:
    result = digest("feeds", "add", "https://one.example/rss", "--no-check")
    assert (result.code, "is in the config already" in result.err) == (2, True)
    assert config.read_text() == CONFIG


def test_a_feed_that_is_there_is_named_in_a_section_too(digest: Digest, config: Path) -> None:
    add = ("feeds", "add", "https://two.example/rss", "--no-check", "--to", "daily/World")
    result = digest(*add)
    assert (result.code, result.out) == (0, "Named two in daily/World; it was in the config already.\n")
    assert config.read_text() == CONFIG.replace("feeds: [one]", "feeds: [one, two]")
    again = digest(*add)
    assert (again.code, "two is named in newsletters.daily.sections[0].feeds already" in again.err) == (
        2,
        True,
    )


def test_an_address_that_would_not_hold_is_refused_before_the_file_changes(
    digest: Digest, config: Path
) -> None:
    result = digest("feeds", "add", "ftp://three.example/rss", "--no-check")
    assert result.code == 2
    assert "start it with https://" in result.err
    assert config.read_text() == CONFIG


@pytest.mark.parametrize(
    ("to", "said"),
    [
        ("weekly", "There is no newsletter 'weekly'"),
        ("daily/Sport", "There is no section Sport in daily. There is World"),
    ],
)
def test_an_unknown_place_is_refused(to: str, said: str, digest: Digest, config: Path) -> None:
    result = digest("feeds", "add", "https://three.example/rss", "--no-check", "--to", to)
    assert result.code == 2
    assert said in result.err
    assert config.read_text() == CONFIG


def test_a_feed_nobody_reads_yet_is_said(digest: Digest, config: Path) -> None:
    config.write_text(CONFIG.replace("      - name: And else\n", ""))
    result = digest("feeds", "add", "https://three.example/rss", "--name", "three", "--no-check")
    assert "No newsletter reads three yet: use --to, or name it in a section." in result.err


def test_a_feed_is_removed_by_name_or_address(digest: Digest, config: Path) -> None:
    assert digest("feeds", "remove", "two").out == "Removed two.\n"
    assert config.read_text() == CONFIG.replace(
        "  two:\n    url: https://user:hunter2@two.example/rss\n    paper: Two   # keep me\n", ""
    )
    config.write_text(CONFIG)
    assert digest("feeds", "remove", "https://user:hunter2@two.example/rss").out == "Removed two.\n"


def test_the_only_feed_of_a_section_is_not_removed(digest: Digest, config: Path) -> None:
    result = digest("feeds", "remove", "one")
    assert (result.code, "only feed of newsletters.daily.sections[0].feeds" in result.err) == (2, True)
    assert config.read_text() == CONFIG


def test_an_unknown_feed_lists_the_known_ones(digest: Digest, config: Path) -> None:
    assert digest("feeds", "remove", "three").err == "digest: There is no feed three. There is one, two.\n"


def test_a_link_to_the_config_stays_a_link(digest: Digest, config: Path) -> None:
    (config.parent / "real").mkdir()
    config.rename(config.parent / "real/config.yaml")
    config.symlink_to("real/config.yaml")
    assert digest("feeds", "remove", "two").code == 0
    assert config.is_symlink()
    assert "two" not in config.read_text()


def test_a_disk_without_room_changes_nothing(
    digest: Digest, config: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(**_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("tempfile.mkstemp", full)
    result = digest("feeds", "remove", "two")
    assert result.code == 1
    assert result.err.endswith("cannot be written: No space left on device. Nothing was changed.\n")
    assert config.read_text() == CONFIG


def test_opml_is_imported_without_what_is_there(digest: Digest, config: Path) -> None:
    (config.parent / "f.opml").write_text(OPML)
    assert digest("feeds", "import", "f.opml").out == "Added 2 feeds; 1 was there already.\n"
    assert config.read_text().count("one.example") == 1
    assert (
        "  rhine-mosel-post:\n    url: https://rhine.example/rss\n    paper: Rhine & Mosel Post\n    language: de\n"
        "  taglich:\n    url: https://daily.example/rss\n    paper: Täglich\n"
    ) in config.read_text()
    assert digest("feeds", "import", "f.opml").out == "Added 0 feeds; 3 were there already.\n"


def test_a_list_from_elsewhere_gets_no_secret_and_drives_no_terminal(
    digest: Digest, config: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SMTP_PASSWORD", "s3cret")
    outline = (
        '<outline text="${SMTP_PASSWORD} \x9b31m\u202ered" xmlUrl="https://e.example/${SMTP_PASSWORD:-x}"/>'
    )
    (config.parent / "f.opml").write_text(f"<opml><body>{outline}</body></opml>")
    assert digest("feeds", "import", "f.opml").code == 0
    said = digest("feeds", "list")
    assert "https://e.example/${SMTP_PASSWORD:-x}" in said.out
    for text in (
        said.out,
        digest("feeds", "list", "--json").out,
        digest("config", "show").out,
        config.read_text(),
    ):
        assert "s3cret" not in text
        assert not re.search("[\x9b\u202e]", text)


def test_feeds_are_exported_and_come_back(digest: Digest, config: Path) -> None:
    out = digest("feeds", "export").out
    assert [(o.title, o.url) for o in opml.parse(out.encode())] == [
        ("One", "https://one.example/rss"),
        ("Two", "https://two.example/rss"),  # a password is nobody else's business
    ]


def test_a_newsletters_feeds_are_exported_in_its_sections(digest: Digest, config: Path) -> None:
    found = opml.parse(digest("feeds", "export", "daily").out.encode())
    assert [(o.title, o.folder) for o in found] == [("One", "World"), ("Two", "")]


def test_a_file_that_is_no_opml_is_one_line(digest: Digest, config: Path) -> None:
    result = digest("feeds", "import", "config.yaml")
    assert (result.code, result.err) == (
        1,
        "digest: config.yaml names no feed. An OPML file holds <outline xmlUrl=…> elements.\n",
    )
