"""Each mistake in config.yaml is named with its key path, its line and what to write instead."""

from __future__ import annotations

from pathlib import Path

import pytest
from good_config import GOOD, TODAY, Load, Problems

from digest.config.load import load
from digest.errors import ConfigError

# What is changed in the good config -> (key path, line, words of the message, words of the advice)
MISTAKES = {
    "unknown key": (("title:", "titel:"), "newsletters.daily.titel", 4, "not known", "did you mean title?"),
    "key in the wrong place": (
        ("\nfeeds:", "\ntimezone: UTC\nfeeds:"),
        "timezone",
        8,
        "not known",
        "it belongs to newsletters.NAME.timezone",
    ),
    "missing title": (("    title: The Daily\n", ""), "newsletters.daily.title", 3, "is missing", "Its name"),
    "title left empty": (("The Daily", ""), "newsletters.daily.title", 4, "is missing", "Its name"),
    "missing sender": (
        ("    sender: {address: daily@paper.example}\n", ""),
        "newsletters.daily.sender",
        3,
        "is missing",
        "Who the mail is from",
    ),
    "zone misspelt": (
        ("    slots", "    timezone: Europe/Luxemburg\n    slots"),
        "newsletters.daily.timezone",
        5,
        "not a time zone",
        "did you mean Europe/Luxembourg?",
    ),
    "zone by its city": (
        ("    slots", "    timezone: new york\n    slots"),
        "newsletters.daily.timezone",
        5,
        "not a time zone",
        "America/New_York",
    ),
    "zone that is a continent": (
        ("    slots", "    timezone: Europe\n    slots"),
        "newsletters.daily.timezone",
        5,
        "not a time zone",
        "Europe/Luxembourg",
    ),
    "zone that climbs out of its folder": (
        ("    slots", "    timezone: ../../etc/passwd\n    slots"),
        "newsletters.daily.timezone",
        5,
        "not a time zone",
        "",
    ),
    "language by name": (
        ("    slots", "    language: German\n    slots"),
        "newsletters.daily.language",
        5,
        "not a language",
        "did you mean de?",
    ),
    "language without words": (
        ("    slots", "    language: sw\n    slots"),
        "newsletters.daily.language",
        5,
        "not a language we have words in",
        "one of en, fr, de",
    ),
    "language that YAML would call false": (
        ("    slots", "    language: no\n    slots"),
        "newsletters.daily.language",
        5,
        "'no' is not a language",
        "",
    ),
    "slot time with a dot": (
        ('"06:30"', '"6.30"'),
        "newsletters.daily.slots.morning.time",
        5,
        "not a time of day",
        '"06:30"',
    ),
    "slot time past midnight": (
        ('"06:30"', '"24:00"'),
        "newsletters.daily.slots.morning.time",
        5,
        "not a time of day",
        "24-hour",
    ),
    "slot time with a zone": (
        ('"06:30"', '"06:30Z"'),
        "newsletters.daily.slots.morning.time",
        5,
        "not a time of day",
        "HH:MM",
    ),
    "slot name in capitals": (
        ("morning:", "Früh am Morgen:"),
        "newsletters.daily.slots.Früh am Morgen",
        5,
        "not a short name",
        "fruh-am-morgen",
    ),
    "weekday in full": (
        ('"06:30"', '{time: "06:30", weekdays: [monday]}'),
        "newsletters.daily.slots.morning.weekdays[0]",
        5,
        "is 'monday'",
        "did you mean mon?",
    ),
    "no slots": (
        ('{morning: "06:30"}', "{}"),
        "newsletters.daily.slots",
        5,
        "is empty",
        "Named times of day",
    ),
    "sender that is a text": (
        ("{address: daily@paper.example}", "daily@paper.example"),
        "newsletters.daily.sender",
        6,
        "is not a mapping",
        "below it",
    ),
    "sender with a name around the address": (
        ("daily@paper.example", '"Daily <daily@paper.example>"'),
        "newsletters.daily.sender.address",
        6,
        "not a mail address",
        "news@example.org",
    ),
    "sender with a line break": (
        ("daily@paper.example", '"daily@paper.example\\nBcc: x@y.example"'),
        "newsletters.daily.sender.address",
        6,
        "not a mail address",
        "",
    ),
    "duration without a unit": (
        ("    slots", "    window: 24\n    slots"),
        "newsletters.daily.window",
        5,
        "'24' is not a duration",
        "24h",
    ),
    "duration of nothing": (
        ("    slots", "    window: 0h\n    slots"),
        "newsletters.daily.window",
        5,
        "is zero",
        "at least",
    ),
    "duration of an age": (
        ("    slots", "    window: 999999999w\n    slots"),
        "newsletters.daily.window",
        5,
        "more than ten years",
        "",
    ),
    "number out of range": (
        ("    slots", "    max_stories: 0\n    slots"),
        "newsletters.daily.max_stories",
        5,
        "is 0",
        "at least 1",
    ),
    "number in words": (
        ("    slots", "    max_stories: ten\n    slots"),
        "newsletters.daily.max_stories",
        5,
        "'ten' is not a whole number",
        "",
    ),
    "number that is none": (
        ('rss"', 'rss", weight: .nan'),
        "feeds.one.weight",
        9,
        "is not a number",
        "",
    ),
    "more needed than allowed": (
        ("    slots", "    min_stories: 20\n    slots"),
        "newsletters.daily.min_stories",
        5,
        "more than max_stories (12)",
        "nothing would ever be sent",
    ),
    "subject with an unknown word": (
        ("    slots", '    subject: "{leed} today"\n    slots'),
        "newsletters.daily.subject",
        5,
        "{leed} is not known",
        "did you mean {lead}?",
    ),
    "subject with half a brace": (
        ("    slots", '    subject: "{lead today"\n    slots'),
        "newsletters.daily.subject",
        5,
        "a brace too many or too few",
        "{{",
    ),
    "unknown layout": (
        ("    slots", "    theme: {layout: frontpage}\n    slots"),
        "newsletters.daily.theme.layout",
        5,
        "is 'frontpage'",
        "did you mean front-page?",
    ),
    "colour by name": (
        ("    slots", "    theme: {light: {accent: red}}\n    slots"),
        "newsletters.daily.theme.light.accent",
        5,
        "'red' is not a colour",
        "#9B1C1C",
    ),
    "colour that cannot be read": (
        ("    slots", '    theme: {light: {accent: "#FF9B8F"}}\n    slots'),
        "newsletters.daily.theme.light",
        5,
        "accent #FF9B8F on paper #FFFFFF has a contrast of 2.0:1",
        "try accent #",
    ),
    "logo that is not https": (
        ("    slots", '    theme: {logo: "http://paper.example/logo.png"}\n    slots'),
        "newsletters.daily.theme.logo",
        5,
        "not an address",
        "https://",
    ),
    "section without a name": (
        ("    slots", "    sections: [{feeds: [one]}]\n    slots"),
        "newsletters.daily.sections[0].name",
        5,
        "is missing",
        "heading",
    ),
    "section with a misspelt feed": (
        ("    slots", "    sections: [{name: World, feeds: [won]}]\n    slots"),
        "newsletters.daily.sections[0].feeds[0]",
        5,
        "there is no feed won",
        "did you mean one?",
    ),
    "feeds as a text": (
        ("    slots", "    feeds: one\n    slots"),
        "newsletters.daily.feeds",
        5,
        "'one' is not a list",
        "[one, two]",
    ),
    "two sections of one name": (
        ("    slots", "    sections: [{name: World, feeds: [one]}, {name: World, feeds: [one]}]\n    slots"),
        "newsletters.daily.sections[1].name",
        5,
        "World is there twice",
        "rename",
    ),
    "two sections for the rest": (
        ("    slots", "    sections: [{name: World}, {name: More}]\n    slots"),
        "newsletters.daily.sections[1]",
        5,
        "takes what no other section takes",
        "give it feeds",
    ),
    "region that is no section": (
        ("    slots", "    region: Wrld\n    sections: [{name: World}]\n    slots"),
        "newsletters.daily.region",
        5,
        "there is no section Wrld",
        "did you mean World?",
    ),
    "feed without an address": (('url: "https://one.example/rss"', ""), "feeds.one.url", 9, "is missing", ""),
    "feed with nothing": (('{url: "https://one.example/rss"}', ""), "feeds.one.url", 9, "is missing", ""),
    "feed address without https": (
        ("https://one", "www.one"),
        "feeds.one.url",
        9,
        "not an address",
        "start it with https://",
    ),
    "feed address with a bad port": (
        ("https://one.example", "https://one.example:port"),
        "feeds.one.url",
        9,
        "not an address",
        "",
    ),
    "feed by file": (
        ("https://one.example/rss", "file:one.xml"),
        "feeds.one.url",
        9,
        "is a file",
        "pull.allow_files: true",
    ),
    "one address twice": (
        ('rss"}', 'rss"}\n  two: {url: "https://one.example/rss"}'),
        "feeds.two.url",
        10,
        "the address of one as well",
        "keep one",
    ),
    "one key twice": (
        ('rss"}', 'rss"}\n  one: {url: "https://two.example/rss"}'),
        "feeds.one",
        10,
        "is there twice",
        "the first is in line 9",
    ),
    "text rights misspelt": (
        ('rss"', 'rss", text: sentense'),
        "feeds.one.text",
        9,
        "is 'sentense'",
        "did you mean sentence?",
    ),
    "feed language that is none": (
        ('rss"', 'rss", language: Latin script'),
        "feeds.one.language",
        9,
        "not a language tag",
        "pt-BR",
    ),
    "unknown database": (
        ("feeds:", "database: postgresq://u@h/d\nfeeds:"),
        "database",
        8,
        "no database we know",
        "did you mean postgresql://?",
    ),
    "database in memory": (
        ("feeds:", 'database: "sqlite:///:memory:"\nfeeds:'),
        "database",
        8,
        "would forget",
        "name a file",
    ),
    "site over http": (
        ("feeds:", "site: {url: http://paper.example}\nfeeds:"),
        "site.url",
        8,
        "is not https",
        "use https://",
    ),
    "smtp without a site": (
        ("feeds:", "deliver: {transport: smtp, smtp: {host: mail.example}}\nfeeds:"),
        "site.url",
        None,
        "is missing, and transport is smtp",
        "a working way out",
    ),
    "smtp without a server": (
        ("feeds:", "site: {url: https://p.example}\ndeliver: {transport: smtp}\nfeeds:"),
        "deliver.transport",
        9,
        "no server",
        "deliver.smtp",
    ),
    "port out of range, without the list": (
        ("feeds:", "deliver: {smtp: {host: mail.example, port: 99999}}\nfeeds:"),
        "deliver.smtp.port",
        8,
        "is 99999",
        "at most 65535",
    ),
    "port out of range, in a list": (
        (
            "feeds:",
            "deliver:\n  smtp:\n    - {host: a.example}\n    - host: b.example\n      port: 0\nfeeds:",
        ),
        "deliver.smtp[1].port",
        12,
        "is 0",
        "at least 1",
    ),
    "key file that is not there": (
        ("feeds:", "deliver: {dkim: {domain: p.example, selector: s, key_file: no.pem}}\nfeeds:"),
        "deliver.dkim.key_file",
        8,
        "no.pem does not exist",
        "paths start from",
    ),
    "template folder that is not there": (
        ("feeds:", "template_dir: mine\nfeeds:"),
        "template_dir",
        8,
        "mine does not exist",
        "",
    ),
    "OPML file that is not there": (
        ("    slots", "    opml: feeds.opml\n    slots"),
        "newsletters.daily.opml",
        5,
        "cannot be read",
        "",
    ),
    "moment without a zone": (
        ("feeds:", "demo: {now: 2026-11-23T17:30:00}\nfeeds:"),
        "demo.now",
        8,
        "has no zone",
        "add Z",
    ),
    "holiday that is no date": (
        ("    slots", "    holidays: [25.12.2026]\n    slots"),
        "newsletters.daily.holidays[0]",
        5,
        "'25.12.2026' is not a date",
        "write 2026-12-25",
    ),
    "variable that is not set": (
        ("The Daily", "${TITLE}"),
        "newsletters.daily.title",
        4,
        "TITLE is not set",
        "${TITLE:-",
    ),
    "variable without a name": (("The Daily", '"${} x"'), "newsletters.daily.title", 4, "${} is not", "$${"),
    "tag of another program": (
        ("The Daily", "!secret title"),
        "newsletters.daily.title",
        4,
        "!secret means nothing",
        "",
    ),
    "alias without an anchor": (
        ("The Daily", "*title"),
        "newsletters.daily.title",
        4,
        "*title is not known",
        "",
    ),
    "control character": (
        ("The Daily", '"The\\0Daily"'),
        "newsletters.daily.title",
        4,
        "control character",
        "delete",
    ),
    "tab": (("    title", "\ttitle"), "", 4, "is not YAML", "never tabs"),
    "colon in a text": (("The Daily", "Daily: the paper"), "", 4, "is not YAML", "quotes"),
    "variable without quotes inside braces": (
        ("{address: daily@paper.example}", "{address: ${SENDER}}"),
        "",
        6,
        "is not YAML",
        "put quotes around ${NAME}",
    ),
    "bracket left open": (("}\n    sender", "\n    sender"), "", 6, "is not YAML", "brackets"),
    "second document": (("feeds:", "---\nfeeds:"), "", 8, "second document", "---"),
}


@pytest.mark.parametrize("mistake", MISTAKES)
def test_a_mistake_is_named_with_path_line_and_advice(mistake: str, problems: Problems) -> None:
    (before, after), path, line, message, advice = MISTAKES[mistake]
    assert before in GOOD
    found = problems(GOOD.replace(before, after, 1))
    assert [(p.path, p.line) for p in found] == [(path, line)], [str(p) for p in found]
    assert message in found[0].message
    assert advice in found[0].advice


def test_the_good_config_has_no_problem(loaded: Load) -> None:
    assert loaded(GOOD).warnings == ()


def test_every_problem_is_reported_at_once(problems: Problems) -> None:
    found = problems(
        """
        newsletters:
          daily:
            titel: The Daily
            timezone: Europe/Luxemburg
            slots: {morning: 06.30, night: "25:00"}
            sections: [{name: World, feeds: [guardain, bbc]}]
            sender: {address: daily@paper.example}
          weekly:
            title: The Weekly
            slots: {sunday: "09:00"}
            sender: {address: weekly@paper.example}
            feeds: [bcb]
        feeds:
          guardian: {url: "https://guardian.example/rss", weight: heavy}
          bbc: {url: "https://bbc.example/rss"}
        deliver: {transport: smtp, smtp: {host: mail.example, tls: maybe}}
        """
    )
    assert [(p.line, p.path) for p in found] == [
        (None, "site.url"),
        (4, "newsletters.daily.titel"),
        (5, "newsletters.daily.timezone"),
        (6, "newsletters.daily.slots.morning.time"),
        (6, "newsletters.daily.slots.night.time"),
        (7, "newsletters.daily.sections[0].feeds[0]"),
        (13, "newsletters.weekly.feeds[0]"),
        (15, "feeds.guardian.weight"),
        (17, "deliver.smtp.tls"),
    ]


def test_the_error_lists_the_problems_as_lines_a_person_can_follow(loaded: Load) -> None:
    with pytest.raises(ConfigError) as caught:
        loaded(GOOD.replace("title:", "titel:").replace("    sender: {address: daily@paper.example}\n", ""))
    file, missing, unknown = str(caught.value).splitlines()
    assert file.endswith("config.yaml has 2 problems:")
    assert missing == "  line 3: newsletters.daily.sender: is missing (Who the mail is from)"
    assert unknown == "  line 4: newsletters.daily.titel: is not known (did you mean title?)"


@pytest.mark.parametrize("text", ["", "# nothing yet\n", "null\n", "---\n...\n"])
def test_an_empty_file_asks_for_newsletters(text: str, problems: Problems) -> None:
    assert [(p.path, p.message) for p in problems(text)] == [("newsletters", "is missing")]


@pytest.mark.parametrize("text", ["- newsletters\n", "newsletters\n", "42\n"])
def test_a_file_that_is_no_mapping_says_how_to_start(text: str, problems: Problems) -> None:
    assert [p.advice for p in problems(text)] == ["start with newsletters: and feeds:"]


def test_a_missing_file_points_to_init(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"there is no such file .*digest init"):
        load(tmp_path / "config.yaml", {})


def test_a_folder_in_place_of_the_file_is_a_problem(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="cannot be read: Is a directory"):
        load(tmp_path, {})


def test_bytes_that_are_not_utf8_are_placed(tmp_path: Path) -> None:
    (tmp_path / "c.yaml").write_bytes(b"feeds:\n  one: {paper: Caf\xe9}\n")
    with pytest.raises(ConfigError) as caught:
        load(tmp_path / "c.yaml", {})
    assert [(p.line, p.message) for p in caught.value.problems] == [(2, "is not UTF-8")]


def test_deep_nesting_is_refused_before_it_exhausts_the_stack(problems: Problems) -> None:
    assert [p.message for p in problems("[" * 100_000)] == ["is nested more than 40 deep"]


def test_aliases_that_multiply_are_refused_before_they_exhaust_the_memory(problems: Problems) -> None:
    rows = ["a0: &a0 [x, x, x, x, x, x, x, x, x, x]"]
    rows += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]" for n in range(1, 12)]
    assert [p.message for p in problems("\n".join(rows))] == ["has more than 500,000 values"]


def test_a_file_that_holds_itself_is_refused(problems: Problems) -> None:
    assert "*a is not known here" in problems("newsletters: &a {daily: *a}\n")[0].message


# --- warnings -----------------------------------------------------------------------------------------


def test_an_hour_that_the_clocks_skip_is_a_warning(loaded: Load) -> None:
    text = GOOD.replace('"06:30"}', '"02:30"}\n    timezone: Europe/Luxembourg')
    (warning,) = loaded(text).warnings
    assert (warning.path, warning.line, warning.warning) == ("newsletters.daily.slots.morning", 5, True)
    assert warning.message == "02:30 does not exist on 2027-03-28 in Europe/Luxembourg"


def test_an_hour_that_comes_twice_is_none(loaded: Load) -> None:
    text = GOOD.replace('"06:30"}', '"03:00"}\n    timezone: Europe/Luxembourg')
    assert loaded(text).warnings == ()


def test_a_feed_that_nobody_reads_is_a_warning(loaded: Load) -> None:
    text = GOOD.replace("    slots", "    feeds: [one]\n    slots") + "  two: {url: demo:two}\n"
    assert [(w.path, w.message) for w in loaded(text).warnings] == [("feeds.two", "is read by no newsletter")]


SMTP = """
site: {url: "https://paper.example"}
deliver: {transport: smtp, smtp: {host: mail.example, username: u, password: PASSWORD}}
"""


@pytest.mark.parametrize(
    ("password", "mode", "warned"),
    [("hunter2", 0o644, True), ("hunter2", 0o640, False), ('"${SMTP}"', 0o644, False), ('""', 0o644, False)],
)
def test_a_plain_secret_in_a_file_for_all_is_a_warning(
    password: str, mode: int, warned: bool, tmp_path: Path
) -> None:
    file = tmp_path / "config.yaml"
    file.write_text(GOOD + SMTP.replace("PASSWORD", password))
    file.chmod(mode)
    warnings = load(file, {"SMTP": "hunter2"}, today=TODAY).warnings
    assert [(w.path, w.line) for w in warnings] == ([("deliver.smtp.password", 12)] if warned else [])


def test_a_password_in_an_address_counts_as_a_secret(tmp_path: Path) -> None:
    file = tmp_path / "config.yaml"
    file.write_text(GOOD + "database: postgresql://digest:hunter2@localhost/digest\n")
    file.chmod(0o644)
    assert [w.path for w in load(file, {}, today=TODAY).warnings] == ["database"]


def test_a_password_sent_in_clear_is_a_warning(loaded: Load) -> None:
    text = GOOD + SMTP.replace("PASSWORD", "x, tls: none")
    assert [(w.path, w.message) for w in loaded(text).warnings] == [
        ("deliver.smtp.tls", "sends the password in clear")
    ]


def test_mail_over_smtp_without_a_postal_address_is_a_warning(loaded: Load) -> None:
    text = GOOD.replace("    postal_address: 1 Main Street\n", "") + SMTP.replace("PASSWORD", "x")
    assert [w.message for w in loaded(text).warnings] == ["has no postal_address"]


def test_an_approval_that_nobody_is_asked_for_is_a_warning(loaded: Load) -> None:
    text = GOOD.replace("    slots", "    approval: required\n    slots")
    (warning,) = loaded(text).warnings
    assert (warning.path, warning.message) == (
        "newsletters.daily.approval",
        "is asked for, and nobody gets a mail about it",
    )
    assert loaded(f"{text}desk: {{editors: [ada@paper.example]}}\n").warnings == ()
