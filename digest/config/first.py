"""The config that `digest init` writes: short, commented, holding as it stands."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from digest.config.edit import Fields, scalar
from digest.names import short_name


@dataclass(frozen=True, slots=True)
class Answers:
    """What a person said about the first newsletter."""

    title: str
    language: str
    timezone: str
    sender: str
    allow_private: bool = False


def first_config(answers: Answers, feeds: Mapping[str, Fields]) -> str:
    """config.yaml with one newsletter that reads ``feeds`` (by short name) in one stream."""
    return "\n".join([_newsletter(answers), _feeds(feeds), _rest(answers), ""])


def _newsletter(answers: Answers) -> str:
    return f"""\
# config.yaml, made by `digest init`. Ask `digest config check` after a change.
# Everything not said here stands at its default; `digest config reference` tells what there is.

newsletters:
  {short_name(answers.title) or "newsletter"}:
    title: {scalar(answers.title)}
    language: {answers.language}             # of its own words: en, fr, de, lb, pt, es, it, nl, pl or ar
    timezone: {answers.timezone}
    slots:                   # the names are yours, and so are the times
      morning: "06:30"
      evening: "17:30"
    sender:
      address: {answers.sender}
    # postal_address: Name, Street, Town   # law in many places asks for one in the footer
    # imprint_url: https://example.org/imprint
    # privacy_url: https://example.org/privacy
    # max_stories: 12        # in one edition
    # min_stories: 3         # with fewer, nothing is sent
    # sections:              # without sections: one stream of stories
    #   - name: World
    #     feeds: [one, two]  # short names from below
    #   - name: And else     # a section without feeds takes the rest
"""


def _feeds(feeds: Mapping[str, Fields]) -> str:
    lines = ["# Every feed once, under a short name. `digest feeds add URL` adds one.", "feeds:"]
    for name, fields in feeds.items():
        lines += [f"  {name}:", *[f"    {key}: {scalar(value)}" for key, value in fields.items()]]
    return "\n".join([*lines, ""])


def _rest(answers: Answers) -> str:
    private = "pull:\n  allow_private: true    # sites on this machine and in private networks\n\n"
    return (
        (private if answers.allow_private else "")
        + """\
deliver:
  transport: outbox          # one .eml a subscriber into var/outbox; `smtp` sends
  # smtp:
  #   host: mail.example.org
  #   port: 587
  #   username: digest
  #   password: ${SMTP_PASSWORD}

# site:
#   url: https://news.example.org   # of the public pages; needed before anything is sent over SMTP

database: sqlite:///var/digest.sqlite3"""
    )
