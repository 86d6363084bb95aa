"""Other people's attacks and test suites, where they stand beside the checkout: a sample, or all with DIGEST_WHOLE=1."""

from __future__ import annotations

import datetime as dt
import ipaddress
import json
import os
import re
from collections.abc import Mapping
from pathlib import Path

import pytest
from aiohttp import web

from digest.pull.guard import GuardedResolver
from digest.pull.pool import Pool
from tests.hostile import payloads
from tests.hostile.mill import Ground, Mill, Printed
from tests.pull.conftest import Newsstand

WHOLE = bool(os.environ.get("DIGEST_WHOLE"))
A_NEWSLETTER = 25
THEN = dt.datetime(2012, 3, 1, 17, 0, tzinfo=dt.UTC)
NUMBER = re.compile(r"[\d.xa-fA-F:\[\]]*\d[\d.xa-fA-F:\[\]]*")
OPENED = re.compile(rb"<(?:item|entry)(?:\s[^<>]*[^<>/])?>")
FORMATS = {".xml", ".rss", ".atom", ".json", ".html", ".rdf"}


def sampled(found: list[str], every: int) -> list[str]:
    return found if WHOLE else found[::every]


def wrong(ground: Ground, styles: frozenset[str]) -> list[str]:
    return [f"{name}: {w}" for name, one in ground.printed.items() for w in one.wrong(styles)]


def report(what: str, cases: int, ground: Ground) -> None:
    printed: list[Printed] = list(ground.printed.values())
    shown = sum(len(item.more) + 1 for p in printed for item in p.built.edition.items)
    say(f"{what}: {cases} cases, {len(ground.entries)} entries, {shown} printed in {len(printed)} editions")


def say(figures: str) -> None:
    print(figures)  # noqa: T201 - pytest -s shows them, for docs/security.md


def payload(line: str) -> str:
    """The attack of a line; two lines of the collection are broken JSON, and attacks as they are."""
    try:
        return str(json.loads(line)["payload"])
    except ValueError:
        return line


@pytest.mark.slow
def test_no_collected_payload_gets_through(mill: Mill, styles: frozenset[str], corpora: Path | None) -> None:
    if corpora is None:
        return
    text = (corpora / "corpora/sanitize/payloads.jsonl").read_text(encoding="utf-8")
    lines = [line for line in text.split("\n") if line.strip()]  # payloads hold every other line end there is
    attacks = [payload(line) for line in sampled(lines, 40)]
    # In the title; in the description under a title of its own; in the full text alone.
    items = [{"title": a, "description": a} for a in attacks]
    items += [{"description": a} for a in attacks]
    items += [{"content:encoded": a} for a in attacks]
    feeds = {
        f"f{n}": payloads.feed(items=items[n : n + A_NEWSLETTER], start=n)
        for n in range(0, len(items), A_NEWSLETTER)
    }
    ground = mill.grind(feeds, each=True)
    report("payloads", len(items), ground)
    assert ground.gathered.outcomes == {"new": len(feeds)}
    assert wrong(ground, styles) == []


def with_headline(body: bytes) -> bytes:
    """The feed with words for each entry: many files have an entry of one element, which alone nobody would print."""
    return OPENED.sub(rb"\g<0><title>A calm headline</title>", body)


def through(mill: Mill, chosen: Mapping[str, bytes], what: str, styles: frozenset[str]) -> Ground:
    """Each file through to the mail in a newsletter of its own, however old its entries are."""
    feeds = {f"f{n}": body for n, body in enumerate(chosen.values())}
    ground = mill.grind(feeds, each=True, newsletter={"window": "3650d"}, now=THEN)
    report(what, len(feeds), ground)
    names = dict(zip(feeds, chosen, strict=True))
    kinds = {names[name]: ground.kind(name) for name in feeds}
    bad = {"bug", "crash", "too_slow", "memory"}
    assert {name: kind for name, kind in kinds.items() if kind in bad} == {}
    assert wrong(ground, styles) == []
    return ground


@pytest.fixture
def long_ago(monkeypatch: pytest.MonkeyPatch) -> None:
    """Most dates of the collections are of 2002 to 2012; those after are taken for today."""
    if WHOLE:
        monkeypatch.setattr("digest.pull.run.Pool", Pool)  # in processes of their own, within their limits
    for place in ("build", "regroup"):
        monkeypatch.setattr(f"digest.pipeline.{place}.WINDOW", dt.timedelta(days=36000))


@pytest.mark.slow
def test_peers_suites_go_through_without_a_crash_or_a_trace(
    mill: Mill, styles: frozenset[str], corpora: Path | None, long_ago: None
) -> None:
    if corpora is None:
        return
    files = sorted(f for f in (corpora / "corpora/peers").rglob("*") if f.suffix in FORMATS)
    chosen = {f: Path(f).read_bytes() for f in sampled([str(f) for f in files], 40)}
    ground = through(mill, chosen, "peers", styles)
    told = {entry.feed.rpartition("/")[2] for entry in ground.entries}
    silent = {f: body for n, (f, body) in enumerate(chosen.items()) if f"f{n}" not in told}
    titled = {f: made for f, body in silent.items() if (made := with_headline(body)) != body}
    through(Mill(mill.stand, mill.folder / "titled"), titled, "peers, with a headline added", styles)


@pytest.mark.slow
def test_real_feeds_go_through_without_a_crash_or_a_trace(
    mill: Mill, styles: frozenset[str], corpora: Path | None, long_ago: None
) -> None:
    if corpora is None:
        return
    files = sorted(f for part in ("sameday", "series", "singles") for f in (corpora / "corpora" / part).rglob("*") if f.suffix in FORMATS)  # fmt: skip
    chosen = {f: Path(f).read_bytes() for f in sampled([str(f) for f in files], 60)}
    ground = through(mill, chosen, "real feeds", styles)
    assert len(ground.printed) > len(chosen) / 2


def test_feeds_with_external_entities_read_nothing(
    mill: Mill, styles: frozenset[str], corpora: Path | None
) -> None:
    if corpora is None:
        return
    feeds = {
        f"f{n}": f.read_bytes()
        for n, f in enumerate(sorted((corpora / "corpora/sanitize/xxe-feeds").glob("*.[xr]*")))
    }
    ground = mill.grind(feeds, each=True, newsletter={"window": "60d"})
    assert wrong(ground, styles) == []
    assert "root:" not in repr(ground.entries)
    assert {r.path for r in mill.stand.requests} == {f"/{name}" for name in feeds}


@pytest.mark.slow
def test_no_collected_address_leads_to_this_machine(stand: Newsstand, corpora: Path | None) -> None:
    """Each is the feed's own address and, a second time, where a public feed redirects to."""
    if corpora is None:
        return
    lines = (corpora / "corpora/ssrf/ssrf_urls.jsonl").read_text(encoding="utf-8").strip().split("\n")
    asked: list[str] = []
    real = GuardedResolver._look_up

    def look_up(_self: object, host: str, port: int, family: object) -> list[object]:
        asked.append(host)
        if NUMBER.fullmatch(host) or host.rstrip(".").endswith(("localhost", "localdomain")):
            return real(_self, host, port, family)  # type: ignore[arg-type]
        raise OSError(host)  # no name is looked up outside

    urls = [json.loads(line)["url"] for line in lines]

    async def redirect(request: web.Request) -> web.StreamResponse:
        return web.Response(status=302, headers={"Location": urls[int(request.path[2:])]})

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(GuardedResolver, "_look_up", look_up)
        stand.set(dict.fromkeys((f"/r{n}" for n in range(len(urls))), redirect), allow_private=False)
        first = [
            p for url in dict.fromkeys(urls) for p in stand.pull_all(url if ":" in url else f"http://{url}")
        ]
        assert stand.requests == []
        # The redirecting server is on this machine; nothing else here may be reached from it.
        patch.setattr("digest.pull.guard._PRIVATE", (ipaddress.ip_network("127.0.0.1/32"),))
        stand.set(allow_private=True)
        second = stand.pull_all(*(f"/r{n}" for n in range(len(urls))))
    assert {p.outcome for p in [*first, *second]} == {"failed"}
    assert all(r.path.startswith("/r") for r in stand.requests)
    say(f"addresses: {len(first)} asked, {len(second)} redirected to, {len(set(asked))} names looked up")
