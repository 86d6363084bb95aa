"""What a config that holds turns into: values, environment, paths, newsletters."""

from __future__ import annotations

import contextlib
import datetime as dt
import os
from pathlib import Path

import pytest
from good_config import GOOD, TODAY, Load
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from digest.config.load import load, newsletters
from digest.errors import ConfigError

ROOT = Path(__file__).parent.parent.parent


def test_the_sample_config_at_the_top_holds_without_a_warning() -> None:
    assert load(ROOT / "config.yaml", {}, today=TODAY).warnings == ()


def test_texts_stay_as_typed_where_yaml_would_see_numbers(loaded: Load) -> None:
    config = loaded(
        GOOD.replace("The Daily", "2024")
        .replace('"06:30"', "17:30")
        .replace('rss"', 'rss", paper: no, title: 0123')
    ).config
    daily = config.newsletters["daily"]
    assert daily.title == "2024"
    assert daily.slots["morning"].time == dt.time(17, 30)
    assert (config.feeds["one"].paper, config.feeds["one"].title) == ("no", "0123")


def test_a_slot_may_be_a_time_alone_or_have_weekdays(loaded: Load) -> None:
    text = GOOD.replace('"06:30"', '"6:30", weekend: {time: "09:00", weekdays: [sat, sun]}')
    slots = loaded(text).config.newsletters["daily"].slots
    assert slots["morning"].time == dt.time(6, 30)
    assert len(slots["morning"].weekdays) == 7
    assert slots["weekend"].weekdays == ("sat", "sun")


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("20s", 20), ("90m", 5400), ("24h", 86_400), ("2d", 172_800), ("1w", 604_800), ("1h30m", 5400)],
)
def test_durations_are_numbers_with_units(text: str, seconds: int, loaded: Load) -> None:
    config = loaded(GOOD + f"pull: {{timeout: {text}}}").config
    assert config.pull.timeout == dt.timedelta(seconds=seconds)


def test_one_smtp_server_needs_no_list(loaded: Load) -> None:
    text = GOOD + "deliver: {smtp: {host: mail.example}}"
    assert [server.host for server in loaded(text).config.deliver.smtp] == ["mail.example"]


def test_one_colour_of_a_palette_can_be_set_alone(loaded: Load) -> None:
    text = GOOD.replace("    slots", '    theme: {light: {accent: "#0B5394"}}\n    slots')
    light = loaded(text).config.newsletters["daily"].theme.light
    assert (light.accent, light.ink) == ("#0B5394", "#1A1A1A")


def test_texts_that_may_stand_in_a_header_come_out_on_one_line(loaded: Load) -> None:
    daily = loaded(GOOD.replace("The Daily", '"The Daily\\nBcc: x@y.example"')).config.newsletters["daily"]
    assert daily.title == "The Daily Bcc: x@y.example"


# --- environment --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("typed", "env", "value"),
    [
        ("${NAME}", {"NAME": "x"}, "x"),
        ("a ${NAME} b ${OTHER}", {"NAME": "x", "OTHER": "y"}, "a x b y"),
        ("${NAME:-fallback}", {}, "fallback"),
        ("${NAME:-fallback}", {"NAME": ""}, "fallback"),
        ("${NAME:-fallback}", {"NAME": "x"}, "x"),
        ("$${NAME}", {"NAME": "x"}, "${NAME}"),
        ("$NAME and {NAME}", {"NAME": "x"}, "$NAME and {NAME}"),
        ("${NAME}", {"NAME": "${OTHER}"}, "${OTHER}"),  # a value is not looked at again
    ],
)
def test_the_environment_fills_texts(typed: str, env: dict[str, str], value: str, loaded: Load) -> None:
    config = loaded(GOOD.replace("The Daily", f"'{typed}'"), env).config
    assert config.newsletters["daily"].title == value


def test_the_environment_fills_numbers_too(loaded: Load) -> None:
    config = loaded(
        GOOD + "deliver: {smtp: {host: h, port: '${PORT}', verify: '${CHECK}'}}",
        {"PORT": "2525", "CHECK": "no"},
    ).config
    assert (config.deliver.smtp[0].port, config.deliver.smtp[0].verify) == (2525, False)


def test_a_variable_in_a_comment_is_nobodys_business(loaded: Load) -> None:
    assert loaded(GOOD + "# password: ${NOT_SET}\n").warnings == ()


# --- anchors ------------------------------------------------------------------------------------------


def test_anchors_and_merge_keys_work_and_the_mapping_itself_wins(loaded: Load) -> None:
    config = loaded(
        """
        newsletters:
          daily: &daily
            title: The Daily
            slots: {morning: "06:30"}
            sender: {address: daily@paper.example}
          weekly:
            <<: *daily
            title: The Weekly
        feeds: {one: {url: demo:one}}
        """
    ).config
    assert config.newsletters["weekly"].title == "The Weekly"
    assert config.newsletters["weekly"].sender.address == "daily@paper.example"


# --- paths --------------------------------------------------------------------------------------------


def test_paths_start_at_the_files_folder(loaded: Load, tmp_path: Path) -> None:
    config = loaded(GOOD + "site: {secret_file: keys/secret}\npull: {allow_files: true}").config
    assert config.deliver.outbox == str(tmp_path / "var/outbox")
    assert config.site.secret_file == str(tmp_path / "keys/secret")
    assert config.database == f"sqlite:///{tmp_path}/var/digest.sqlite3"
    assert config.template_dir == ""


@pytest.mark.parametrize("url", ["sqlite:////data/d.sqlite3", "postgresql://u@h/d", "postgres://u@h/d"])
def test_other_databases_stay_where_they_are(url: str, loaded: Load) -> None:
    assert loaded(GOOD + f'database: "{url}"').config.database == url


def test_a_feed_in_a_file_is_found_from_the_configs_folder(loaded: Load, tmp_path: Path) -> None:
    config = loaded(
        GOOD.replace("https://one.example/rss", "file:feeds/one.xml") + "pull: {allow_files: true}"
    ).config
    assert config.feeds["one"].url == f"file://{tmp_path}/feeds/one.xml"


def test_another_folder_can_be_given(tmp_path: Path) -> None:
    (tmp_path / "config.yaml").write_text(GOOD)
    found = load(tmp_path / "config.yaml", {}, folder=tmp_path / "elsewhere", today=TODAY)
    assert found.folder == tmp_path / "elsewhere"
    assert found.config.deliver.outbox == str(tmp_path / "elsewhere/var/outbox")


# --- newsletters --------------------------------------------------------------------------------------

FEEDS = """
feeds:
  one: {url: "https://one.example/rss", paper: One, weight: 2}
  two: {url: "https://two.example/rss", paper: Two}
  three: {url: "https://three.example/rss", paper: Three}
"""


def read(loaded: Load, extra: str) -> tuple[list[str], list[tuple[str, list[str]]]]:
    """Papers of the only newsletter, and its sections with the hosts of their feeds."""
    text = GOOD.partition("feeds:")[0].replace("    slots", f"{extra}    slots") + FEEDS
    found = loaded(text)
    (daily,) = newsletters(found.config, found.folder).values()
    hosts = [(s.name, sorted(url.split("/")[2].split(".")[0] for url in s.feeds)) for s in daily.sections]
    return [feed.paper for feed in daily.feeds], hosts


def test_a_newsletter_that_names_no_feed_reads_all_in_one_stream(loaded: Load) -> None:
    assert read(loaded, "") == (["One", "Two", "Three"], [("", [])])


def test_a_newsletter_reads_the_feeds_of_its_sections_and_its_own_once(loaded: Load) -> None:
    extra = "    sections: [{name: World, feeds: [two, one]}, {name: Home, feeds: [one]}]\n    feeds: [three, one]\n"
    assert read(loaded, extra) == (["Two", "One", "Three"], [("World", ["one", "two"]), ("Home", ["one"])])


def test_a_section_for_the_rest_reads_every_feed_when_nothing_says_what_the_rest_is(loaded: Load) -> None:
    extra = "    sections: [{name: World, feeds: [two]}, {name: More}]\n"
    assert read(loaded, extra) == (["Two", "One", "Three"], [("World", ["two"]), ("More", [])])


def test_sections_that_all_name_their_feeds_read_no_others(loaded: Load) -> None:
    assert read(loaded, "    sections: [{name: World, feeds: [two]}]\n")[0] == ["Two"]


OPML = """<opml version="2.0"><body>
<outline text="World"><outline text="Rhine Post" xmlUrl="https://rhine.example/rss"/></outline>
<outline text="Alone" xmlUrl="https://alone.example/rss"/>
</body></opml>"""


def test_opml_folders_become_sections_when_there_are_none(loaded: Load, tmp_path: Path) -> None:
    (tmp_path / "feeds.opml").write_text(OPML)
    papers, sections = read(loaded, "    opml: feeds.opml\n")
    assert papers == ["Rhine Post", "Alone"]
    assert sections == [("World", ["rhine"]), ("", [])]


def test_sections_may_name_feeds_of_the_opml_file(loaded: Load, tmp_path: Path) -> None:
    (tmp_path / "feeds.opml").write_text(OPML)
    extra = "    opml: feeds.opml\n    sections: [{name: World, feeds: [rhine-post, one]}]\n"
    assert read(loaded, extra) == (["Rhine Post", "One", "Alone"], [("World", ["one", "rhine"])])


# --- anything at all ----------------------------------------------------------------------------------

KEYS = st.sampled_from(
    [
        "newsletters",
        "feeds",
        "daily",
        "slots",
        "morning",
        "sections",
        "smtp",
        "deliver",
        "url",
        "<<",
        "x y",
        "é",
    ]
)
LEAVES = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=8)
    | st.dates()
    | st.binary(max_size=4)
)
TREES = st.recursive(
    LEAVES,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=4),
    max_leaves=12,
)
SOUP = st.text(
    st.sampled_from(list("abc:{}[]-&*!|>'\"%@`#?,<~ \n\t\r\x85\u2028\ufeff${}0123456789.")), max_size=60
)


def survives(file: Path, body: bytes) -> None:
    file.write_bytes(body)
    with contextlib.suppress(ConfigError):
        load(file, {"A": "1"}, today=TODAY)


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("config") / "config.yaml"


RUNS = settings(
    max_examples=60,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow],
    derandomize=bool(os.environ.get("CI")),
)


@RUNS
@given(body=st.binary(max_size=80) | SOUP.map(lambda text: text.encode()))
def test_any_bytes_load_or_raise_a_config_error(file: Path, body: bytes) -> None:
    survives(file, body)


@pytest.mark.slow
@RUNS
@given(tree=TREES)
def test_any_yaml_loads_or_raises_a_config_error(file: Path, tree: object) -> None:
    import yaml

    survives(file, yaml.safe_dump(tree, allow_unicode=True).encode("utf-8", "surrogatepass"))


@RUNS
@given(at=st.integers(0, len(GOOD)), cut=st.integers(0, 12), soup=SOUP)
def test_a_good_config_with_any_damage_loads_or_raises_a_config_error(
    file: Path, at: int, cut: int, soup: str
) -> None:
    survives(file, (GOOD[:at] + soup + GOOD[at + cut :]).encode())
