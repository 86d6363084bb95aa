"""Every error we raise on purpose.

DigestError                 something a person can act on; ``advice`` says how
├── UsageError              the command line asks for something that cannot be (exit 2)
├── ConfigError             config.yaml has problems, all listed (exit 2)
├── FeedError               one feed could not be pulled; the others go on
│   ├── FetchError          the network, the server or our limits said no
│   └── ParseError          what came is not a feed
├── TemplateError           a template failed, with file and line
├── StoreError              the database cannot be used
└── DeliveryError           mail cannot be sent; nobody was burned
"""

from __future__ import annotations

from dataclasses import dataclass


class DigestError(Exception):
    """An error with a sentence for a person and advice on what to do next."""

    exit_code = 1

    def __init__(self, message: str, advice: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.advice = advice

    def __str__(self) -> str:
        return f"{self.message} {self.advice}".rstrip()


class UsageError(DigestError):
    """The command line asks for something that cannot be."""

    exit_code = 2


@dataclass(frozen=True, slots=True)
class Problem:
    """One problem in a config file, where it is and what to do."""

    path: str  # key path: newsletters.evening.slots.morning
    line: int | None
    message: str
    advice: str = ""
    warning: bool = False

    def __str__(self) -> str:
        said = ": ".join(filter(None, [f"line {self.line}" if self.line else "", self.path, self.message]))
        return said + (f" ({self.advice})" if self.advice else "")


class ConfigError(DigestError):
    """config.yaml has problems; ``problems`` lists every one of them."""

    exit_code = 2

    def __init__(self, file: str, problems: tuple[Problem, ...], advice: str = "") -> None:
        self.file = file
        self.problems = problems
        count = "one problem" if len(problems) == 1 else f"{len(problems)} problems"
        super().__init__("\n".join([f"{file} has {count}:", *(f"  {p}" for p in problems)]), advice)


class FeedError(DigestError):
    """One feed could not be pulled. ``kind`` is a short constant for metrics and status."""

    def __init__(self, message: str, advice: str = "", *, kind: str = "feed") -> None:
        super().__init__(message, advice)
        self.kind = kind


class FetchError(FeedError):
    """The network, the server or our own limits said no."""


class ParseError(FeedError):
    """What came is not a feed we can read."""


class TemplateError(DigestError):
    """A template failed; ``file`` and ``line`` say where."""

    def __init__(self, message: str, *, file: str = "", line: int | None = None, advice: str = "") -> None:
        super().__init__(message, advice)
        self.file = file
        self.line = line


class StoreError(DigestError):
    """The database cannot be used as it is."""


class DeliveryError(DigestError):
    """Mail cannot be sent as configured; nobody was burned."""
