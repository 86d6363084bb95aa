"""Measure the mail with every checker that is installed, and write the figures into docs/email.md.

``python tools/mail_report.py`` (``make mail-report``). A checker that is missing is said so, on standard error
and in the table; ``--strict`` makes that a failure. Where they are is told by variables:

DIGEST_CHROMIUM       Chromium, when it is not on the PATH
DIGEST_AXE            axe.min.js of the npm package axe-core
DIGEST_VNU            vnu.jar of the npm package vnu-jar (needs Java)
DIGEST_EML_LINT       a linter of .eml files that prints "MUST failed N; SHOULD failed N"
DIGEST_CANIEMAIL_LINT a linter by Can I email's data, caniemail.json beside it, that prints a JSON line last

SpamAssassin and rspamc are taken from the PATH; rspamd must be running.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable
from email.utils import formatdate
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parent.parent))

from playwright.sync_api import Browser, sync_playwright

from bench.render import measure, shown
from digest.render.words import LANGUAGES
from tests.render.conftest import receive
from tests.render.newsroom import LAYOUTS, everything, large, native, newsletter
from tests.render.test_browser import WINDOWS, Window, measured
from tools.mail_shots import chromium

DOCUMENT = Path(__file__).parent.parent / "docs" / "email.md"
BEGIN, END = "<!-- figures -->", "<!-- end of figures -->"
# Presentational attributes are what Outlook reads; the validator counts them as obsolete.
TOLERATED = re.compile(
    r"is obsolete|not allowed on element .(?:table|td|html).|mso-|supported-color-schemes"
    r"|Attribute .(?:xmlns:o|cellpadding|cellspacing|border|width|align|valign). "
)
# Clients that ignore these lose nothing: the ornament is read aloud, and the outermost table has body's colour.
HARMLESS = "html-aria-hidden,html-body"


class MissingError(Exception):
    """A checker that is not installed."""


def place(variable: str) -> str:
    """The file a variable names."""
    found = os.environ.get(variable, "")
    if not Path(found).is_file():
        raise MissingError(f"set {variable}")
    return found


def program(name: str) -> str:
    """A program on the PATH."""
    found = shutil.which(name)
    if not found:
        raise MissingError(f"install {name}")
    return found


def output(*command: str | Path, given: bytes = b"") -> str:
    """What a command prints, whatever its exit status."""
    done = subprocess.run(list(map(str, command)), input=given, capture_output=True, check=False)
    return done.stdout.decode(errors="replace")


def lint(layout: str, folder: Path) -> str:
    """Failed MUSTs and SHOULDs, the worst of all languages."""
    linter, worst = place("DIGEST_EML_LINT"), (0, 0)
    for language in LANGUAGES:
        file = folder / f"{language}.eml"
        file.write_bytes(receive(native(language), newsletter(language, layout)).raw)
        found = re.search(r"MUST failed (\d+); SHOULD failed (\d+)", output(sys.executable, linter, file))
        if not found:
            raise MissingError(f"{linter} printed no result")
        worst = max(worst, (int(found[1]), int(found[2])))
    return f"{worst[0]} / {worst[1]}"


def validate(layout: str, folder: Path) -> str:
    """Errors of the Nu validator beyond what mail needs."""
    file = folder / "mail.html"
    file.write_text(receive(everything(), newsletter("en", layout)).html)
    printed = output(
        program("java"),
        "-jar",
        place("DIGEST_VNU"),
        "--format",
        "json",
        "--exit-zero-always",
        "--stdout",
        file,
    )
    errors = [m["message"] for m in json.loads(printed)["messages"] if m["type"] == "error"]
    return str(len([message for message in errors if not TOLERATED.search(message)]))


def support(layout: str, folder: Path) -> str:
    """Mean support of the inline features, and those that fewer than 70 % of clients know."""
    linter = Path(place("DIGEST_CANIEMAIL_LINT"))
    file = folder / "mail.html"
    file.write_text(receive(everything(), newsletter("en", layout)).html)
    printed = output(
        sys.executable, linter, linter.with_name("caniemail.json"), file, "--min", "70", "--allow", HARMLESS
    )
    found = json.loads(printed.strip().splitlines()[-1])
    return f"{found['mean_inline_support']} %, {len(found['below_min'])} below 70 %"


def fresh(layout: str) -> bytes:
    """The mail as if sent now: filters count an old date against it."""
    raw = receive(everything(), newsletter("en", layout)).raw
    return re.sub(rb"(?m)^Date: [^\r\n]*", b"Date: " + formatdate().encode(), raw, count=1)


def spamassassin(layout: str, _folder: Path) -> str:
    """Points by SpamAssassin's local tests."""
    raw = fresh(layout)
    return first(r"score=(-?[\d.]+)", output(program("spamassassin"), "-L", "-t", given=raw))


def rspamd(layout: str, _folder: Path) -> str:
    """Points by rspamd, of which 2.5 are for the SMTP session that a file does not have."""
    raw = fresh(layout)
    return first(r"Score: (-?[\d.]+)", output(program("rspamc"), given=raw))


def first(pattern: str, text: str) -> str:
    """The first group of a pattern that must be there."""
    found = re.search(pattern, text)
    if not found:
        raise MissingError("it is installed, but does not answer")
    return found[1]


def axe(browser: Browser, html: str) -> str:
    """Serious and critical findings of axe-core, summed over all windows."""
    script, count = Path(place("DIGEST_AXE")).read_text(), 0
    tags = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
    for window in WINDOWS:
        tab = browser.new_page(viewport={"width": window.width, "height": 900}, color_scheme=window.scheme)
        tab.route("**/*", lambda route: route.abort())
        tab.set_content(html)
        tab.evaluate(script)
        found = tab.evaluate(
            "tags => axe.run(document, {runOnly: {type: 'tag', values: tags},"
            " rules: {region: {enabled: false}, 'landmark-one-main': {enabled: false}}})",
            tags,
        )
        count += sum(v["impact"] in {"serious", "critical"} for v in found["violations"])
        tab.close()
    return f"{count} in {len(WINDOWS)} windows"


def browser_rows(browser: Browser) -> dict[str, list[str]]:
    """What the mail measures on screen, the worst of all windows."""
    rows: dict[str, list[str]] = {}

    def put(name: str, value: str) -> None:
        rows.setdefault(name, []).append(value)

    for layout in LAYOUTS:
        html = receive(everything(), newsletter("en", layout)).html
        found: list[dict[str, Any]] = measured(browser, html, *WINDOWS)
        put("pixels of overflow at 320", str(max(0, found[WINDOWS.index(Window(320))]["overflow"])))
        put("lowest contrast, light and dark", f"{min(f['contrast'] for f in found):.1f} : 1")
        put("headline left edges", str(max(len(f["edges"]) for f in found)))
        put("font sizes", ", ".join(f"{size:g}" for size in sorted({s for f in found for s in f["sizes"]})))
        put(
            "text colours · families",
            f"{max(f['colours'] for f in found)} · {max(f['families'] for f in found)}",
        )
        put("least edge padding", f"{min(f['padding'] for f in found):g} px")
        gaps = [gap for f in found for gap in f["gaps"] if gap < 99]
        put("least gap between picture and words", f"{min(gaps):g} px" if gaps else "no pictures")
    return rows


def sizes() -> dict[str, list[str]]:
    """Bytes of HTML after inlining."""
    rows: dict[str, list[str]] = {}
    for name, edition in (
        ("15 stories", everything()),
        ("30 stories", large(30)),
        ("100 stories, the most", large(100, words=60)),
    ):
        for layout in LAYOUTS:
            mail = receive(edition, newsletter("en", layout)).mail
            left = f", {len(mail.dropped)} left to the browser" if mail.dropped else ""
            rows.setdefault(f"bytes of HTML, {name}", []).append(f"{mail.html_bytes:,}{left}")
    return rows


class Report:
    """The table, and what could not be measured."""

    def __init__(self) -> None:
        self.missing: list[str] = []
        self.rows: dict[str, list[str]] = {}

    def add(self, name: str, check: Callable[[str], str]) -> None:
        """A row with one figure for each layout."""
        try:
            self.rows[name] = [check(layout) for layout in LAYOUTS]
        except MissingError as error:
            self.missing.append(f"{name}: {error}")
            print(f"NOT MEASURED  {name}: {error}", file=sys.stderr)
            self.rows[name] = ["not measured"] * len(LAYOUTS)

    def markdown(self, costs: dict[str, float | None]) -> str:
        """Both tables."""
        lines = ["| | " + " | ".join(LAYOUTS) + " |", "|---|" + "---|" * len(LAYOUTS)]
        lines += [f"| {name} | " + " | ".join(row) + " |" for name, row in self.rows.items()]
        lines += [
            "",
            f"Cost of a 30-story edition, Python {platform.python_version()}, {platform.machine()}, two cores:",
            "",
        ]
        lines += ["| | |", "|---|---|"] + [
            f"| {name} | {shown(name, figure)} |" for name, figure in costs.items()
        ]
        return "\n".join(lines)


def gather() -> Report:
    """Run every check."""
    report = Report()
    report.rows |= sizes()
    with tempfile.TemporaryDirectory() as name, sync_playwright() as playwright:
        folder = Path(name)
        browser = playwright.chromium.launch(executable_path=chromium(), args=["--no-sandbox"])
        report.add(
            "mail linter: MUST / SHOULD failed, worst of 10 languages", lambda layout: lint(layout, folder)
        )
        report.add(
            "axe: serious and critical",
            lambda layout: axe(browser, receive(everything(), newsletter("en", layout)).html),
        )
        report.rows |= browser_rows(browser)
        browser.close()
        report.add("Nu validator: errors", lambda layout: validate(layout, folder))
        report.add("Can I email: mean support of what stands inline", lambda layout: support(layout, folder))
        report.add("SpamAssassin, local tests", lambda layout: spamassassin(layout, folder))
        report.add("rspamd, 2.5 of it for the missing session", lambda layout: rspamd(layout, folder))
    return report


def main() -> None:
    """Write the tables between the marks of the document."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--strict", action="store_true", help="fail when a checker is missing")
    options = parser.parse_args()
    report = gather()
    text = DOCUMENT.read_text(encoding="utf-8")
    before, _, rest = text.partition(BEGIN)
    after = rest.partition(END)[2]
    DOCUMENT.write_text(f"{before}{BEGIN}\n\n{report.markdown(measure())}\n\n{END}{after}", encoding="utf-8")
    print(f"{DOCUMENT.name} written; {len(report.missing)} checks not measured")
    if options.strict and report.missing:
        sys.exit(1)


if __name__ == "__main__":
    main()
