"""Bodies that do not come over HTTP."""

from __future__ import annotations

import asyncio
import datetime as dt
import os
from pathlib import Path

import pytest

from digest.errors import FetchError
from digest.pull import sources
from tests.pull.conftest import NOW


def read(url: str, **schemes: sources.Source) -> bytes:
    return asyncio.run(sources.read(url, schemes, NOW, allow_files=True, limit=1_000))


def test_a_file_is_read(tmp_path: Path) -> None:
    (tmp_path / "ä b.xml").write_bytes(b"<rss/>")
    assert read((tmp_path / "ä b.xml").as_uri()) == b"<rss/>"
    assert read(f"file://localhost{tmp_path}/%C3%A4%20b.xml") == b"<rss/>"


def test_what_is_no_plain_small_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "large").write_bytes(b"x" * 1_001)
    os.mkfifo(tmp_path / "pipe")
    bad = [(tmp_path / name).as_uri() for name in ("large", "pipe", "missing", "")]
    for url in [*bad, "file:///dev/zero", "file://elsewhere.example/x", "file:///\0"]:
        with pytest.raises((FetchError, ValueError)):
            read(url)


def test_a_source_gives_bytes_for_its_scheme_and_may_fail(tmp_path: Path) -> None:
    def demo(url: str, now: dt.datetime) -> bytes:
        if "bad" in url:
            raise OSError(5, "broken")
        return b"x" * (2_000 if "large" in url else 1)

    assert read("demo:x", demo=demo) == b"x"
    for url in ("demo:bad", "demo:large", "other:x", "no scheme", ""):
        with pytest.raises(FetchError):
            read(url, demo=demo)


@pytest.mark.parametrize(
    ("url", "expected"),
    [("HTTPS://x", "https"), ("demo:a", "demo"), ("a+b-c:d", "a+b-c"), ("x", ""), ("é:x", ""), ("//x", ""), (" file:x", "file")],
)  # fmt: skip
def test_schemes(url: str, expected: str) -> None:
    assert sources.scheme(url) == expected


def test_a_folder_is_as_many_feeds_as_it_has_files(tmp_path: Path) -> None:
    (tmp_path / "b").mkdir()
    for name in ("z.xml", "a.RSS", "b/c.json", "readme.md", ".hidden"):
        (tmp_path / name).write_text("")
    assert [Path(url).name for url in sources.folder(tmp_path)] == ["a.RSS", "c.json", "z.xml"]
