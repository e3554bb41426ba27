"""Ids of rows, given out in order: the same data has the same ids, whatever a table's own counter has seen."""

from __future__ import annotations

from collections import Counter

from django.db import models


class Numbering:
    def __init__(self) -> None:
        self.given: Counter[type[models.Model]] = Counter()

    def first(self, model: type[models.Model], count: int) -> int:
        """The first of `count` ids that are now taken."""
        first = self.given[model] + 1
        self.given[model] += count
        return first

    def take(self, model: type[models.Model], count: int) -> list[str]:
        first = self.first(model, count)
        return [str(number) for number in range(first, first + count)]
