"""`digest config`: check, show, schema, reference."""

from __future__ import annotations

import json
from pathlib import Path

import jsonschema
import pytest
import yaml
from command_line import CONFIG, Digest

from digest.config.show import mask, schema

ROOT = Path(__file__).parent.parent.parent


def test_check_counts_what_holds(digest: Digest, config: Path) -> None:
    assert digest("config", "check").out == "config.yaml holds: 1 newsletter, 2 feeds.\n"


def test_check_tells_every_problem_and_exits_with_2(digest: Digest, config: Path) -> None:
    config.write_text(CONFIG.replace("timezone: Europe/Luxembourg", "timezone: Luxemburg\n    titl: x"))
    result = digest("config", "check")
    assert (result.code, result.out) == (2, "")
    assert result.err.splitlines() == [
        "digest: config.yaml has 2 problems:",
        "  line 5: newsletters.daily.timezone: 'Luxemburg' is not a time zone (did you mean Europe/Luxembourg?)",
        "  line 6: newsletters.daily.titl: is not known (did you mean title?)",
    ]


def test_check_as_json_tells_the_same(digest: Digest, config: Path) -> None:
    assert json.loads(digest("config", "check", "--json").out)["holds"] is True
    config.write_text(CONFIG.replace("max", "x").replace("title:", "titel:"))
    result = digest("config", "check", "--json")
    assert result.code == 2
    (problem,) = json.loads(result.out)["problems"]
    assert problem["path"] == "newsletters.daily.titel"
    assert (problem["line"], problem["advice"]) == (4, "did you mean title?")


def test_warnings_go_to_stderr_and_fail_nothing(digest: Digest, config: Path) -> None:
    config.write_text(CONFIG.replace('"06:30"', '"02:30"'))
    result = digest("config", "check")
    assert result.code == 0
    assert result.err.startswith(
        "config.yaml: warning: line 6: newsletters.daily.slots.morning: 02:30 does not"
    )


def test_show_prints_effective_values_without_secrets(digest: Digest, config: Path) -> None:
    out = digest("config", "show").out
    values = yaml.safe_load(out)
    assert "hunter2" not in out
    assert values["feeds"]["two"]["url"] == "https://user:********@two.example/rss"
    assert values["newsletters"]["daily"]["slots"]["morning"]["time"] == "06:30"
    assert values["newsletters"]["daily"]["catch_up"] == "1h30m"
    assert values["pull"]["timeout"] == "20s"


def test_show_masks_passwords_from_the_environment(
    digest: Digest, config: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PASSWORD", "hunter2")
    config.write_text(
        CONFIG
        + 'deliver: {smtp: {host: h, password: "${PASSWORD}"}}\n'
        + 'database: "postgresql://digest:${PASSWORD}@localhost/digest"\n'
    )
    for words in (("config", "show"), ("config", "show", "--json")):
        result = digest(*words)
        assert result.code == 0
        assert "hunter2" not in result.out


def test_show_prints_a_part(digest: Digest, config: Path) -> None:
    assert digest("config", "show", "newsletters.daily.sections[0].feeds").out == "- one\n"
    assert digest("config", "show", "newsletters.daily.title").out == "The Daily\n"
    assert json.loads(digest("config", "show", "pull.timeout", "--json").out) == "20s"


def test_show_names_the_nearest_key(digest: Digest, config: Path) -> None:
    result = digest("config", "show", "deliver.transprt")
    assert (result.code, result.err) == (
        2,
        "digest: There is no transprt in deliver.transprt. Did you mean transport?\n",
    )


def test_what_show_prints_is_a_config_itself(digest: Digest, config: Path) -> None:
    out = digest("config", "show").out
    config.write_text(out)
    assert digest("config", "show").out == out


@pytest.mark.parametrize(
    ("url", "masked"),
    [
        ("postgresql://u:p@h:5432/d", "postgresql://u:********@h:5432/d"),
        ("postgresql://u:p%40%3A@h/d", "postgresql://u:********@h/d"),
        (
            "https://h.example/rss?format=x&apikey=123#top",
            "https://h.example/rss?format=x&apikey=********#top",
        ),
        ("https://h.example/rss?access_token=1&x=2", "https://h.example/rss?access_token=********&x=2"),
        ("https://user@h.example/rss", "https://user@h.example/rss"),
        ("https://[bad", "********"),
        ("sqlite:///var/x", "sqlite:///var/x"),
    ],
)
def test_addresses_are_masked(url: str, masked: str) -> None:
    assert mask(url) == masked


# --- schema -------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def validator() -> jsonschema.Draft202012Validator:
    jsonschema.Draft202012Validator.check_schema(schema())
    return jsonschema.Draft202012Validator(schema())


def test_the_schema_takes_the_sample_config(validator: jsonschema.Draft202012Validator) -> None:
    sample = yaml.load(
        (ROOT / "config.yaml").read_text(), yaml.BaseLoader
    )  # texts, as the editor's own YAML 1.2
    sample = yaml.safe_load((ROOT / "config.yaml").read_text())
    sample["demo"]["now"] = sample["demo"]["now"].isoformat()
    assert [error.message for error in validator.iter_errors(sample)] == []


@pytest.mark.parametrize(
    ("change", "holds"),
    [
        ({"database": "sqlite:///x"}, True),
        ({"databse": "sqlite:///x"}, False),
        ({"pull": {"timeout": "20s", "workers": 4}}, True),
        ({"pull": {"timeout": 20}}, False),
        ({"pull": {"workers": "${WORKERS}"}}, True),
        ({"pull": {"workers": "many"}}, False),
        ({"deliver": {"smtp": {"host": "h", "tls": "starttls"}}}, True),
        ({"deliver": {"smtp": [{"host": "h", "tls": "implicit"}]}}, True),
        ({"deliver": {"smtp": {"host": "h", "tls": "perhaps"}}}, False),
        ({"deliver": {"smtp": {"port": 25}}}, False),
        ({"feeds": {"Big Paper": {"url": "demo:x"}}}, False),
    ],
)
def test_the_schema_sees_what_the_loader_sees(
    change: dict[str, object], holds: bool, validator: jsonschema.Draft202012Validator
) -> None:
    base = {
        "newsletters": {"d": {"title": "D", "slots": {"m": "06:30"}, "sender": {"address": "a@b.example"}}}
    }
    assert validator.is_valid(base)
    assert validator.is_valid(base | change) is holds


def test_slots_have_two_forms_in_the_schema(validator: jsonschema.Draft202012Validator) -> None:
    def valid(slot: object) -> bool:
        newsletter = {"title": "D", "slots": {"m": slot}, "sender": {"address": "a@b.example"}}
        return validator.is_valid({"newsletters": {"d": newsletter}})

    assert valid("6:30")
    assert valid({"time": "06:30", "weekdays": ["sat"]})
    assert not valid("6.30")
    assert not valid({"weekdays": ["sat"]})


def test_every_setting_in_the_schema_says_what_it_means() -> None:
    without = [
        f"{model}.{name}"
        for model, definition in schema()["$defs"].items()
        for name, field in definition.get("properties", {}).items()
        if not field.get("description") and "$ref" not in field
    ]
    assert without == []


def test_the_schema_comes_from_the_command(digest: Digest) -> None:
    assert json.loads(digest("config", "schema").out) == schema()


# --- reference ----------------------------------------------------------------------------------------


def test_the_reference_is_printed_as_it_stands_in_the_docs(digest: Digest) -> None:
    assert digest("config", "reference").out == (ROOT / "docs/configuration.md").read_text()
