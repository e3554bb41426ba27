"""Dates as files write them, read by SQL."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from django.db import connection

from core.dates import in_zone
from core.models import OrganisationSettings
from imports.dates import read_dates
from imports.errors import ImportFileError
from imports.mapping import FileMapping

pytestmark = pytest.mark.django_db


def read(*written: str, **mapping: Any) -> dict[str, tuple[dt.datetime, dt.date, dt.date]]:
    with connection.cursor() as cursor:
        cursor.execute("CREATE TEMP TABLE cells (at text)")
        cursor.executemany("INSERT INTO cells VALUES (%s)", [(text,) for text in written])
        read_dates(FileMapping("orders", **mapping), ["at"])
        cursor.execute("SELECT written, at, day, written_day FROM moments")
        return {text: values for text, *values in cursor.fetchall()}


def in_time_zone(zone: str) -> None:
    OrganisationSettings.objects.update_or_create(pk=1, defaults={"time_zone": zone})


def instant(text: str) -> dt.datetime:
    return dt.datetime.fromisoformat(text).replace(tzinfo=dt.UTC)


@pytest.fixture(autouse=True)
def in_utc() -> None:
    in_time_zone("UTC")


@pytest.mark.parametrize(
    ("written", "at"),
    [
        ("2010-12-01 08:26:00", "2010-12-01 08:26:00"),
        ("2010-12-01T08:26:00.25", "2010-12-01 08:26:00.25"),
        ("2010-12-01T08:26:00Z", "2010-12-01 08:26:00"),
        ("2010-12-01 08:26:00+03:00", "2010-12-01 05:26:00"),
        ("2010-12-01T08:26:00-0330", "2010-12-01 11:56:00"),
        ("2010/12/1 8:26", "2010-12-01 08:26:00"),
        ("19970101", "1997-01-01 00:00:00"),
        ("20140102T101500Z", "2014-01-02 10:15:00"),
        ("31.12.2012", "2012-12-31 00:00:00"),
        ("31.12.12 23:59", "2012-12-31 23:59:00"),
        ("31.12.99", "1999-12-31 00:00:00"),
        ("2012-02-29", "2012-02-29 00:00:00"),
        ("2012-01-01 12:05 AM", "2012-01-01 00:05:00"),
        ("2012-01-01 12:05 pm", "2012-01-01 12:05:00"),
        ("2012-01-01 1:05 p.m.", "2012-01-01 13:05:00"),
        ("2022-05-25 10.39.15", "2022-05-25 10:39:15"),
    ],
)
def test_date_is_read(written: str, at: str):
    assert read(written)[written][0] == instant(at)


@pytest.mark.parametrize(
    "written",
    ["2011-02-29", "2010-13-01", "2010-00-10", "2010-12-01 24:00", "2010-12-01 08:60", "0001-01-01", "9999-12-31",
     "yesterday", "12", "2010-12-01 08:26:00+99:00", "2010-12", "32.01.2012", "19371233"],
)  # fmt: skip
def test_what_is_no_date_is_left_out(written: str):
    assert read(written) == {}


@pytest.mark.parametrize(
    ("written", "stated", "month"),
    [
        (["03/04/2026"], "dmy", 4),
        (["03/04/2026"], "mdy", 3),
        (["03/04/2026", "25/04/2026"], "", 4),
        (["03/04/2026", "04/25/2026"], "", 3),
    ],
)
def test_day_or_month_first_is_stated_or_shown_by_another_date(written: list[str], stated: str, month: int):
    assert read(*written, date_order=stated)["03/04/2026"][0].month == month


@pytest.mark.parametrize("written", [["03/04/2026"], ["25/04/2026", "04/25/2026"]])
def test_dates_that_can_be_read_in_two_ways_are_asked_about(written: list[str]):
    with pytest.raises(ImportFileError, match="date_order"):
        read(*written)


def test_year_first_is_meant_when_it_is_stated():
    assert read("03/04/2026", date_order="ymd") == {}


def test_time_without_a_zone_is_that_of_the_mapping_and_falls_on_the_day_of_the_organisation():
    in_time_zone("Asia/Tokyo")
    at, day, written_day = read("2011-07-01 20:30", time_zone="Europe/London")["2011-07-01 20:30"]
    assert at == instant("2011-07-01 19:30")
    assert (day, written_day) == (dt.date(2011, 7, 2), dt.date(2011, 7, 1))


def test_day_without_a_time_stays_that_day():
    in_time_zone("America/New_York")
    at, day, _written_day = read("2011-07-01", time_zone="Asia/Tokyo")["2011-07-01"]
    assert (at, day) == (instant("2011-07-01 04:00"), dt.date(2011, 7, 1))


@pytest.mark.parametrize("clock", ["2026-10-25 02:30", "2026-10-25 01:59", "2026-10-25 03:00", "2026-03-29 03:30"])
def test_clocks_are_put_back_as_core_dates_does(clock: str):
    berlin = OrganisationSettings(time_zone="Europe/Berlin")
    expected = in_zone(dt.datetime.fromisoformat(clock), berlin.zone)
    assert read(clock, time_zone="Europe/Berlin")[clock][0] == expected
