"""Lists of people as CSV: read with a mapping of columns and a reason for every row that is no person."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TextIO

from digest.addresses import Address, parse_address
from digest.errors import UsageError

FIELDS = ("address", "name", "language", "slots", "state")
USUAL = {
    "address": ("address", "email", "e-mail", "mail", "email address", "e-mail address", "emailaddress"),
    "name": ("name", "full name", "fullname", "display name"),
    "language": ("language", "lang", "locale"),
    "slots": ("slots",),
    "state": ("state", "status"),
}
# What lists of other programs, and our own exports, say of people who must not be written to.
STOPPED = frozenset(
    [
        "unsubscribed",
        "suppressed",
        "pending",
        "bounced",
        "complained",
        "cleaned",
        "blocklisted",
        "blacklisted",
        "disabled",
        "inactive",
        "deleted",
        "unconfirmed",
        "spam",
    ]
)
FORMULA = ("=", "+", "-", "@", "\t")  # what a spreadsheet takes for a formula at the start of a cell


@dataclass(frozen=True, slots=True)
class Entrant:
    """A row that is a person."""

    line: int
    address: Address
    name: str = ""
    language: str = ""
    slots: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Reject:
    """A row that is none, and why."""

    line: int
    reason: str
    row: tuple[str, ...]


@dataclass(slots=True)
class Reader:
    """Reads one list; ``seen`` keeps 64 bits an address to find those that come twice."""

    columns: Mapping[str, int]
    slots: frozenset[str]  # the newsletter's
    seen: set[int] = field(default_factory=set)

    def read(self, rows: Iterable[tuple[int, Sequence[str]]]) -> Iterator[Entrant | Reject]:
        """Every row as a person or with its reason; empty rows are left out."""
        for line, row in rows:
            if any(cell.strip() for cell in row):
                yield self._row(line, row)

    def _row(self, line: int, row: Sequence[str]) -> Entrant | Reject:
        try:
            address = parse_address(self._cell(row, "address"))
            self._stopped(self._cell(row, "state"))
            slots = self._slots(self._cell(row, "slots"))
        except UsageError as error:
            return Reject(line, error.message, tuple(row))
        key = hash(address.key)
        if key in self.seen:
            return Reject(line, "the same address as an earlier row", tuple(row))
        self.seen.add(key)
        name = " ".join(self._cell(row, "name").split())[:200]
        return Entrant(line, address, name, self._cell(row, "language")[:35], slots)

    def _stopped(self, state: str) -> None:
        if state.lower() in STOPPED:
            raise UsageError(f"the list says {state!r} of this person")

    def _cell(self, row: Sequence[str], name: str) -> str:
        """A cell, without the quote that keeps a spreadsheet from running it."""
        index = self.columns.get(name)
        cell = row[index].strip() if index is not None and index < len(row) else ""
        return cell[1:] if cell[:1] == "'" and cell[1:2] in FORMULA else cell

    def _slots(self, cell: str) -> tuple[str, ...]:
        names = tuple(cell.replace(",", " ").split())
        unknown = [name for name in names if name not in self.slots]
        if unknown:
            raise UsageError(f"there is no slot {unknown[0]!r}")
        return names


def open_csv(
    file: TextIO, slots: Iterable[str], given: Mapping[str, str] | None = None
) -> Iterator[Entrant | Reject]:
    """Read a CSV with comma, semicolon or tab. ``given`` maps our fields to its column names or numbers.

    Raises UsageError when no column holds addresses or a named column is missing.
    """
    sample = file.readline()
    delimiter = max(",;\t", key=sample.count)
    first = next(csv.reader([sample], delimiter=delimiter), [])
    columns, headed = find_columns(first, given or {})
    rest = csv.reader(file, delimiter=delimiter)
    rows = ((rest.line_num + 1, row) for row in rest)
    before = [] if headed else [(1, first)]
    reader = Reader(columns, frozenset(slots))
    yield from reader.read(before)
    yield from reader.read(rows)


def find_columns(first: Sequence[str], given: Mapping[str, str]) -> tuple[dict[str, int], bool]:
    """Where each field is, and whether the first row is a heading."""
    names = [cell.strip().lower() for cell in first]
    columns = {field: _given(names, field, column) for field, column in given.items()}
    for name, usual in USUAL.items():
        found = next((names.index(word) for word in usual if word in names), None)
        if found is not None:
            columns.setdefault(name, found)
    headed = not any("@" in name for name in names)
    if "address" not in columns and not headed:
        columns["address"] = next(index for index, name in enumerate(names) if "@" in name)
    if "address" not in columns:
        raise UsageError(
            f"No column holds addresses; there is {', '.join(first) or 'nothing'}.",
            "Name it: --column address=NAME",
        )
    return columns, headed


def _given(names: Sequence[str], field_name: str, column: str) -> int:
    """The index of a column named by the operator."""
    if field_name not in FIELDS:
        raise UsageError(f"There is no field {field_name!r}.", f"There is {', '.join(FIELDS)}.")
    if column.strip().lower() in names:
        return names.index(column.strip().lower())
    if column.isdecimal() and 1 <= int(column) <= len(names):
        return int(column) - 1
    raise UsageError(f"There is no column {column!r}.", f"There is {', '.join(names)}.")


def write_rows(rows: Iterable[Sequence[object]]) -> Iterator[str]:
    """Rows as lines of CSV that no spreadsheet takes for formulas."""
    buffer = io.StringIO()
    writer = csv.writer(buffer)
    for row in rows:
        writer.writerow([safe(str(cell)) for cell in row])
        yield buffer.getvalue()
        buffer.seek(0)
        buffer.truncate()


def safe(cell: str) -> str:
    """A cell that stays text in a spreadsheet."""
    return f"'{cell}" if cell.startswith(FORMULA) else cell
