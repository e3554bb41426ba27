"""Numbers, money, days and instants in English and Chinese."""

import datetime as dt
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest

from core import formatting

ENGLISH, CHINESE = "en_GB", "zh_Hans_CN"
SHANGHAI = ZoneInfo("Asia/Shanghai")
NOW = dt.datetime(2026, 11, 22, 18, 30, tzinfo=dt.UTC)  # in Shanghai it is the 23rd, 02:30


@pytest.mark.parametrize(
    ("value", "digits", "written"),
    [
        (1234567, None, "1,234,567"),
        (0, None, "0"),
        (-5, None, "-5"),
        (3.14159, None, "3.14"),
        (2.0, None, "2"),
        (3, 1, "3.0"),
        (3.96, 0, "4"),
        (Decimal("1234.5"), 2, "1,234.50"),
    ],
)
def test_number_groups_digits_and_keeps_two_decimals_at_most(value, digits, written):
    assert formatting.number(value, locale=ENGLISH, digits=digits) == written


@pytest.mark.parametrize("missing", [None, "", float("nan")])
def test_what_is_missing_is_a_dash(missing):
    assert formatting.number(missing, locale=ENGLISH) == "—"
    assert formatting.signed(missing, locale=ENGLISH) == "—"
    assert formatting.percent(missing, locale=ENGLISH) == "—"
    assert formatting.money(missing, "EUR", locale=ENGLISH) == "—"
    assert formatting.duration(missing, locale=ENGLISH) == "—"


def test_a_missing_day_or_instant_is_a_dash():
    assert formatting.day(None, locale=ENGLISH, zone=dt.UTC) == "—"
    assert formatting.instant(None, locale=ENGLISH, zone=dt.UTC) == "—"
    assert formatting.ago(None, now=NOW, locale=ENGLISH, zone=dt.UTC) == "—"


@pytest.mark.parametrize(("value", "written"), [(96, "+96"), (-41, "−41"), (0, "0"), (-1234.5, "−1,234.5")])
def test_a_change_has_a_sign_but_none_has_not(value, written):
    assert formatting.signed(value, locale=ENGLISH) == written


@pytest.mark.parametrize(
    ("fraction", "digits", "written"),
    [(0.123, None, "12.3%"), (0.7, None, "70%"), (0.7, 1, "70.0%"), (0.1254, 0, "13%"), (1.5, None, "150%")],
)
def test_percent_takes_a_fraction(fraction, digits, written):
    assert formatting.percent(fraction, locale=ENGLISH, digits=digits) == written


def test_percent_follows_the_locale():
    assert formatting.percent(0.123, locale="de_DE") == "12,3\xa0%"


def test_money_has_the_decimals_of_its_currency():
    assert formatting.money(124000, "EUR", locale=ENGLISH) == "€1,240.00"
    assert formatting.money(124000, "JPY", locale=ENGLISH) == "JP¥124,000"
    assert formatting.money(124000, "CNY", locale=CHINESE) == "¥1,240.00"
    assert formatting.money(-5, "EUR", locale=ENGLISH) == "-€0.05"
    assert formatting.money(5, "", locale=ENGLISH) == "—"


def test_compact_money_shortens_what_is_large():
    assert formatting.money(842_000_000, "EUR", locale=ENGLISH, compact=True) == "€8.42M"
    assert formatting.money(842_000_000, "EUR", locale=CHINESE, compact=True) == "€842万"
    assert formatting.money(99_999, "EUR", locale=ENGLISH, compact=True) == "€999.99"


def test_an_instant_falls_on_the_day_of_the_readers_zone():
    assert formatting.day(NOW, locale=ENGLISH, zone=dt.UTC) == "22 Nov 2026"
    assert formatting.day(NOW, locale=ENGLISH, zone=SHANGHAI) == "23 Nov 2026"
    assert formatting.day(dt.date(2026, 11, 22), locale=CHINESE, zone=SHANGHAI) == "2026年11月22日"
    assert formatting.instant(NOW, locale=ENGLISH, zone=SHANGHAI) == "23 Nov 2026, 02:30"
    assert formatting.instant(NOW, locale=CHINESE, zone=SHANGHAI) == "2026年11月23日 02:30"


@pytest.mark.parametrize(
    ("distance", "words"),
    [
        (dt.timedelta(seconds=-59), "just now"),
        (dt.timedelta(seconds=59), "just now"),
        (dt.timedelta(seconds=-60), "1 minute ago"),
        (dt.timedelta(minutes=-59, seconds=-59), "59 minutes ago"),
        (dt.timedelta(hours=-23.99), "23 hours ago"),
        (dt.timedelta(hours=-47), "1 day ago"),
        (dt.timedelta(days=-364), "364 days ago"),
        (dt.timedelta(days=-366), "12 months ago"),
        (dt.timedelta(days=-800), "2 years ago"),
        (dt.timedelta(hours=3), "in 3 hours"),
    ],
)
def test_ago_tells_an_instant_in_its_largest_fitting_unit(distance, words):
    assert formatting.ago(NOW + distance, now=NOW, locale=ENGLISH, zone=dt.UTC) == words


@pytest.mark.parametrize(
    ("days", "words"), [(0, "today"), (-1, "yesterday"), (1, "tomorrow"), (-148, "148 days ago"), (10, "in 10 days")]
)
def test_ago_tells_a_day_from_the_readers_today(days, words):
    today_in_shanghai = dt.date(2026, 11, 23)
    day = today_in_shanghai + dt.timedelta(days=days)
    assert formatting.ago(day, now=NOW, locale=ENGLISH, zone=SHANGHAI) == words


def test_ago_follows_the_locale():
    assert formatting.ago(NOW - dt.timedelta(days=3), now=NOW, locale=CHINESE, zone=dt.UTC) == "3天前"


@pytest.mark.parametrize(
    ("seconds", "written"),
    [
        (0, "0 secs"),
        (1.84, "1.8 secs"),
        (59, "59 secs"),
        (75, "1 min 15 secs"),
        (3600, "1 hr"),
        (3661, "1 hr 1 min"),
        (90_061, "1 day 1 hr"),
        (dt.timedelta(minutes=2), "2 mins"),
    ],
)
def test_duration_has_two_units_at_most(seconds, written):
    assert formatting.duration(seconds, locale=ENGLISH) == written


@pytest.mark.parametrize(
    ("name", "letters"),
    [
        ("Priya Raman", "PR"),
        ("Jonas Erik Lindqvist", "JL"),
        ("marek", "M"),
        ("王小明", "王"),
        ("王 小 明", "王"),
        ("김민수", "김"),
        ("さくら", "さ"),
        ("Ümit Öz", "ÜÖ"),
        ("O’Brien, Tom", "OT"),
        ("Łukasz (web)", "ŁW"),
        ("ivan@example.com", "IC"),
        ("  ", "?"),
        ("—", "?"),
    ],
)
def test_initials_of_names_in_several_scripts(name, letters):
    assert formatting.initials(name) == letters


def test_a_composed_and_a_decomposed_name_have_the_same_initials():
    assert formatting.initials("U\u0308mit") == formatting.initials("Ümit") == "Ü"


@pytest.mark.parametrize(
    ("language", "locale"), [("en", "en_GB"), ("zh-hans", "zh_Hans_CN"), ("zh-Hans", "zh_Hans_CN"), ("de-at", "de_at")]
)
def test_locale_of_a_language(language, locale):
    assert formatting.locale_of(language) == locale
