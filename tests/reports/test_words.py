import datetime as dt

import pytest

from reports.words import ReaderWords

MONTH = dt.date(2026, 3, 1)
ENGLISH, CHINESE = ReaderWords("en_GB", "EUR"), ReaderWords("zh_Hans_CN", "CNY")


@pytest.mark.parametrize(
    ("minor", "text"),
    [(0, "€0"), (55, "€0.55"), (1_234, "€12.34"), (38_512, "€385"), (500_000, "€5,000"), (1_234_567, "€12.3K")],
)
def test_compact_money_keeps_the_digits_that_matter(minor, text):
    assert ENGLISH.money(minor, compact=True) == text


def test_compact_money_in_another_language_and_currency():
    assert CHINESE.money(123_456_789, compact=True) == "¥123.5万"
    assert ReaderWords("en_GB", "JPY").money(1_234, compact=True) == "JP¥1,234"
    assert ReaderWords("en_GB", "EUR").money(-1_234_567, compact=True) == "-€12.3K"


def test_a_short_number_is_shortened_from_ten_thousand_on():
    assert [ReaderWords("en_GB", "EUR").short_number(each) for each in (9_999, 123_456, 1_234_567)] == [
        *("9,999", "123K", "1.2M")
    ]
    assert ReaderWords("zh_Hans", "EUR").short_number(123_456) == "12万"
    assert ReaderWords("zh_Hans", "EUR").short_number(29_400) == "2.9万"


def test_units_follow_the_currency():
    assert ENGLISH.major_units(1_234) == 12.34
    assert ReaderWords("en_GB", "JPY").major_units(1_234) == 1_234
    assert ReaderWords("en_GB", "KWD").minor_units(1.5) == 1_500


def test_months_and_days_are_written_as_the_reader_does():
    assert (ENGLISH.month(MONTH), ENGLISH.month_over_year(MONTH), ENGLISH.day(MONTH)) == (
        "Mar 2026",
        "Mar<br>2026",
        "1 Mar 2026",
    )
    assert (CHINESE.month(MONTH), CHINESE.month_over_year(MONTH)) == ("2026年3月", "3月<br>2026年")


def test_a_change_has_a_sign_and_none_where_nothing_changed():
    assert [ENGLISH.change(share) for share in (0.123, -0.05, 0)] == ["+12.3%", "−5%", "0%"]
