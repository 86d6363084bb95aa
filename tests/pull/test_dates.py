"""Dates as feeds write them."""

from __future__ import annotations

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest.pull import dates


def utc(text: str) -> dt.datetime:
    return dt.datetime.fromisoformat(text).replace(tzinfo=dt.UTC)


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("Thu, 28 May 2020 20:55:00 +0000", "2020-05-28T20:55"),
        ("Thu, 28 May 2020 16:57:38 -0400", "2020-05-28T20:57:38"),
        ("Wed, 27 May 2020 21:54:43 CST", "2020-05-28T03:54:43"),
        ("28 May 2020 20:55 GMT", "2020-05-28T20:55"),
        ("Thu, 28 May 20 20:55:00 UT", "2020-05-28T20:55"),
        ("Thu,  28  May 2020", "2020-05-28"),
        ("Thu, 28-May-2020 20:55:00 GMT", "2020-05-28T20:55"),
        ("Thursday, 28 May 2020 20:55:00 +0200 (CEST)", "2020-05-28T18:55"),
        ("Thu, 28 May 2020 20:55:00 GMT+02:00", "2020-05-28T18:55"),
        ("Thu, 28 May 2020 20:55:00 +2", "2020-05-28T18:55"),
        ("Thu, 28 May 2020 20:55:00 XYZ", "2020-05-28T20:55"),
        ("Thu, 28 May 2020 24:00:00 GMT", "2020-05-29T00:00"),
        ("Thu, 28 May 2020 23:59:60 GMT", "2020-05-28T23:59:59"),
        ("Thu May 28 20:55:00 2020", "2020-05-28T20:55"),
        ("Thu May 28 20:55:00 EDT 2020", "2020-05-29T00:55"),
        ("Sept 3, 2020 10:05 am EDT", "2020-09-03T14:05"),
        ("May 28, 2020", "2020-05-28"),
        ("May 28th, 2020 12:30 PM", "2020-05-28T12:30"),
        ("2020-05-28T20:55:00Z", "2020-05-28T20:55"),
        ("2020-05-28T20:55:00.123+02:00", "2020-05-28T18:55"),
        ("2020-05-28T20:55:00+0200", "2020-05-28T18:55"),
        ("2020-05-28 20:55:00", "2020-05-28T20:55"),
        ("2020-05-28 20:55:00 UTC", "2020-05-28T20:55"),
        ("20200528T205500Z", "2020-05-28T20:55"),
        ("2020-05-28T20:55", "2020-05-28T20:55"),
        ("2020-5-8", "2020-05-08"),
        ("2020-05", "2020-05-01"),
        ("1590699300", "2020-05-28T20:55"),
        ("1590699300000", "2020-05-28T20:55"),
        ("28.05.2020 20:55", "2020-05-28T20:55"),
        ("28/05/2020 - 20:55", "2020-05-28T20:55"),
        ("05/28/2020 08:55:00 PM", "2020-05-28T20:55"),
        ("5/6/2020 8:55:00 PM", "2020-05-06T20:55"),
        ("2020/05/28 20:55", "2020-05-28T20:55"),
        ("jeu. 28 mai 2020 20:55:00 +0200", "2020-05-28T18:55"),
        ("28 février 2020 à 14h30", "2020-02-28T14:30"),
        ("Do, 28. März 2019 20:55 Uhr", "2019-03-28T20:55"),
        ("28 de mayo de 2020", "2020-05-28"),
        ("Qui, 28 Maio 2020 20:55:00 -0300", "2020-05-28T23:55"),
        ("28 maggio 2020", "2020-05-28"),
        ("28 mei 2020", "2020-05-28"),
        ("28 listopada 2019", "2019-11-28"),
        ("28 мая 2020 20:55", "2020-05-28T20:55"),
        ("٢٨ مايو ٢٠٢٠", "2020-05-28"),
        ("2020年5月28日 20:55", "2020-05-28T20:55"),
        ("2020年5月28日 午後8:55", "2020-05-28T20:55"),
        ("2020년 5월 28일 오후 8:55", "2020-05-28T20:55"),
        ("Thu, 28 May 2020 20:55:00 −0400", "2020-05-29T00:55"),
    ],
)
def test_a_written_date_means_an_instant(written: str, meant: str) -> None:
    assert dates.parse(written) == utc(meant)


@pytest.mark.parametrize(
    "written",
    ["", "yesterday", "0", "Thu, 31 Feb 2020 10:00:00 GMT", "2020-13-45", "9999-12-31T23:59:59Z", "2999-01-01",
     "0000-00-00 00:00:00", "1900-01-01", "Thu, 01 Jan 1970 00:00:00 GMT", "Thu, 28 May 2020 31:00:00 GMT",
     "12345678901234567890", "x" * 1000],
)  # fmt: skip
def test_what_cannot_be_a_date_of_news_is_none(written: str) -> None:
    assert dates.parse(written) is None


@pytest.mark.slow
@given(st.text(alphabet="0123456789:-/., TZGMayJun+午後pPmM年月日", max_size=60) | st.text(max_size=200))
def test_any_text_is_an_instant_of_this_age_or_none(written: str) -> None:
    when = dates.parse(written)
    assert when is None or (dates.EARLIEST <= when < dates.LATEST and when.tzinfo is dt.UTC)
