"""Ids of rows, given out in order: the same data has the same ids, whatever a table's own counter has seen."""

from __future__ import annotations

from collections import Counter

from django.db import models


class Numbering:
    def __init__(self) -> None:
        self._given: Counter[type[models.Model]] = Counter()

    def take(self, model: type[models.Model], count: int) -> range:
        first = self._given[model] + 1
        self._given[model] += count
        return range(first, first + count)
