"""A drawing is made once of the same numbers for the same language, and anew of any others."""

from __future__ import annotations

import pandas as pd
from django.utils import translation

from reports.charts.drawing import Drawing, Table
from reports.charts.words import Words
from reports.drawn import drawn
from reports.words import ReaderWords

WORDS = ReaderWords("en_GB", "EUR")


def total(frame: pd.DataFrame, words: Words) -> Drawing:
    return Drawing(words.money(frame["minor"].sum()), None, Table((), frame), sample="", unit="")


def frame(*minor: int) -> pd.DataFrame:
    return pd.DataFrame({"minor": minor, "label": ["Lamp"] * len(minor)})


def test_the_same_numbers_are_drawn_once():
    assert drawn(total, frame(100, 200), WORDS) is drawn(total, frame(100, 200), WORDS)


def test_other_numbers_another_currency_and_another_language_are_drawn_anew():
    first = drawn(total, frame(100, 200), WORDS)
    assert drawn(total, frame(100, 300), WORDS).finding == "€4.00"
    assert drawn(total, frame(100, 200), ReaderWords("en_GB", "USD")).finding == "US$3.00"
    assert drawn(total, frame(100, 200).assign(label="Desk"), WORDS) is not first
    with translation.override("zh-hans"):
        assert drawn(total, frame(100, 200), WORDS) is not first
