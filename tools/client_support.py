"""Condense Can I email's support data into the small table that ``digest check`` carries.

    python tools/client_support.py caniemail.json YYYY-MM-DD > digest/checks/support.json

The data: https://www.caniemail.com/api/data.json, MIT licence. One letter a client: y yes, a in part, n no, u unknown;
the worst of the client's platforms, each in its newest version. No prose is taken over.
"""

from __future__ import annotations

import json
import re
import sys
from pathlib import Path

CLIENTS = {
    "Apple Mail": (("apple-mail", ""),),
    "Gmail": (("gmail", ""),),
    "Outlook for Windows": (("outlook", "windows"),),
    "Outlook.com": (("outlook", "outlook-com"),),
    "Outlook apps": (("outlook", "macos"), ("outlook", "ios"), ("outlook", "android")),
    "Yahoo Mail": (("yahoo", ""), ("aol", "")),
    "Samsung Email": (("samsung-email", ""),),
    "Thunderbird": (("thunderbird", ""),),
    "ProtonMail": (("protonmail", ""),),
    "GMX and WEB.DE": (("gmx", ""), ("web-de", "")),
}
WANTED = re.compile(r"^(css-|html-|image-)")
BAD_FIRST = "nauy"


def newest(versions: dict[str, str]) -> str:
    """The letter of the highest version."""
    key = max(versions, key=lambda v: [int(part) if part.isdigit() else 0 for part in re.split(r"[.\-]", v)])
    return str(versions[key]).strip().lower()[:1]


def letter(stats: dict[str, dict[str, dict[str, str]]], client: str) -> str:
    """The worst letter of a client's platforms."""
    found = [
        newest(versions)
        for family, only in CLIENTS[client]
        for platform, versions in stats.get(family, {}).items()
        if versions and only in ("", platform)
    ]
    known = [f for f in found if f in "nay"]
    return min(known, key=BAD_FIRST.index) if known else "u"


def main(file: str, date: str) -> None:
    """Write the table."""
    features = json.loads(Path(file).read_text())["data"]
    rows = {
        f["slug"]: "".join(letter(f["stats"], c) for c in CLIENTS)
        for f in features
        if WANTED.match(f["slug"])
    }
    table = {
        "source": "https://www.caniemail.com/api/data.json",
        "licence": "MIT, (c) Rémi Parmentier and contributors",
        "date": date,
        "clients": list(CLIENTS),
        "features": {name: row for name, row in sorted(rows.items()) if set(row) & {"n", "a"}},
    }
    print(json.dumps(table, ensure_ascii=False, indent=0))


if __name__ == "__main__":
    main(*sys.argv[1:])
