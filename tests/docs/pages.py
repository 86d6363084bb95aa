"""The fenced blocks of every page, and a folder in which a page's blocks are lived through in their order."""

from __future__ import annotations

import datetime as dt
import os
import re
import shlex
import shutil
import signal
import subprocess
import sys
import textwrap
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import yaml

from digest.cli.frame import run
from digest.config.load import load_text
from tests.conftest import REPOSITORY

PAGES = sorted(
    [*(REPOSITORY / "docs").glob("*.md"), REPOSITORY / "README.md", REPOSITORY / "CONTRIBUTING.md"]
)
FENCE = re.compile(r"^( *)```([^\n`]*)\n(.*?)^\1```$", re.MULTILINE | re.DOTALL)
STAY = {"preview", "run", "serve"}  # commands that end when they are told to


@dataclass(frozen=True)
class Block:
    """A fenced block of a page."""

    page: Path
    line: int
    language: str
    body: str

    @property
    def place(self) -> str:
        """``docs/operating.md:12``."""
        return f"{self.page.relative_to(REPOSITORY)}:{self.line}"


def blocks(page: Path) -> list[Block]:
    """The fenced blocks of a page, in their order."""
    text = page.read_text(encoding="utf-8")
    return [
        Block(page, text[: m.start()].count("\n") + 1, m[2].strip(), textwrap.dedent(m[3]))
        for m in FENCE.finditer(text)
    ]


def inline_commands(page: Path) -> set[str]:
    """What stands as ``digest …`` in the running text of a page."""
    text = FENCE.sub("", page.read_text(encoding="utf-8"))
    return set(re.findall(r"`(digest [a-z][^`…]*)`", text))


def merged(into: Any, fragment: Any) -> Any:
    """A config with a fragment's keys in their places: mappings are joined, all else is replaced."""
    if not (isinstance(into, dict) and isinstance(fragment, dict)):
        return fragment
    return into | {key: merged(into.get(key), value) for key, value in fragment.items()}


def check_fragment(fragment: str) -> None:
    """Put a fragment into the sample config, and see that it holds; raises ConfigError."""
    sample = yaml.safe_load((REPOSITORY / "config.yaml").read_text(encoding="utf-8"))
    whole = merged(sample, yaml.safe_load(fragment) or {})
    secrets = dict.fromkeys(re.findall(r"\$\{(\w+)\}", fragment), "secret")
    load_text(yaml.safe_dump(whole).encode(), REPOSITORY / "config.yaml", secrets)


# --- living through a page ----------------------------------------------------------------------------

ITEM = """<item><title>{title}</title><link>https://{paper}.example/{number}</link><guid>{number}</guid>
<description>{title}, the council said on Monday after a meeting of two hours.</description>
<pubDate>{when:%a, %d %b %Y %H:%M:%S} GMT</pubDate></item>"""
RSS = '<?xml version="1.0"?><rss version="2.0"><channel><title>{title}</title><language>en</language>{items}</channel></rss>'
TITLES = (
    "Old bridge opens after two years of works",
    "Fish market moves to the northern quay",
    "Harbour master retires with a warning",
    "Snow closes the pass above the town",
    "School choir wins a prize in Trier",
    "Tram line nine gets its last rails",
)
SITES = {"https://news.example.org": "Le Quai", "https://city-paper.example": "The City Paper"}


class _Paper(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        title = self.path.strip("/").replace("-", " ")
        now = dt.datetime.now(dt.UTC)
        items = "".join(
            ITEM.format(
                title=f"{text}", paper=title.replace(" ", ""), number=n, when=now - dt.timedelta(hours=n)
            )
            for n, text in enumerate(TITLES, 1)
        )
        body = RSS.format(title=title, items=items).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/rss+xml; charset=utf-8")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@contextmanager
def papers() -> Iterator[Mapping[str, str]]:
    """The sites that the pages name, on the loopback: their address in a page -> the one that answers here."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Paper)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    try:
        root = f"http://127.0.0.1:{server.server_port}"
        yield {address: f"{root}/{name.replace(' ', '-')}" for address, name in SITES.items()}
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def live(block: Block, folder: Path, sites: Mapping[str, str]) -> None:
    """Do in ``folder`` what a block says: run it, or put the file there whose name is in its first line."""
    first = block.body.splitlines()[0]
    if block.language == "digest":
        for line in block.body.splitlines():
            command(line, sites, folder)
    elif block.language == "yaml" and first == "# config.yaml":
        file = folder / "config.yaml"
        whole = merged(yaml.safe_load(file.read_text(encoding="utf-8")), yaml.safe_load(block.body))
        file.write_text(yaml.safe_dump(whole, sort_keys=False, allow_unicode=True), encoding="utf-8")
    elif block.language == "jinja" and first.startswith("{# "):
        target = folder / first.removeprefix("{# ").removesuffix(" #}")
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(block.body, encoding="utf-8")


def command(line: str, sites: Mapping[str, str], folder: Path) -> None:
    """Run one ``digest …`` line; it must end well."""
    words = shlex.split(line, comments=True)
    assert words.pop(0) == "digest", line
    words = [sites.get(word, word) for word in words]
    if words[0] == "init":
        words.append("--allow-private")
    if words[0] in STAY:
        start_and_stop(words, folder)
    else:
        assert run(words) == 0, line


def start_and_stop(words: list[str], folder: Path) -> None:
    """Start a command that stays, wait for its first word, and end it as Ctrl-C does."""
    port = ["--port", "0"] if words[0] == "preview" else []
    process = subprocess.Popen(
        [sys.executable, "-u", "-m", "digest", *words, *port],
        cwd=folder,
        env=os.environ | {"PYTHONPATH": str(REPOSITORY)},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    assert process.stdout is not None
    said = process.stdout.readline()
    process.send_signal(signal.SIGINT)
    rest, _ = process.communicate(timeout=60)
    assert process.returncode in {0, 130}, said + rest


def start_from_the_sample(folder: Path) -> None:
    """What ``make demo`` leaves behind: the sample config, and a newsroom that has sent something."""
    sample = (REPOSITORY / "config.yaml").read_text(encoding="utf-8")
    loopback = sample.replace(
        "\npull:\n", "\npull:\n  allow_private: true\n"
    )  # our papers are on this machine
    (folder / "config.yaml").write_text(loopback, encoding="utf-8")
    shutil.copytree(REPOSITORY / "contrib", folder / "contrib")
    assert run(["demo"]) == 0
