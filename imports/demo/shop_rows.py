"""Rows that are the same for all customers: the range, the tags, the questionnaires, the exchange rates."""

from __future__ import annotations

from itertools import count

import numpy as np

from core.models import ExchangeRate
from customers.models import Category, Product, Tag
from imports.demo.catalogue import REPLACEMENTS, categories, products
from imports.demo.copying import Rows, text_rows
from imports.demo.fact_rows import SOURCE
from imports.demo.phrases import TAGS
from imports.demo.questionnaires import questionnaire_rows
from imports.demo.seasons import RATE_UNIT, Ints, Seasons


def shop_rows(seasons: Seasons, rates: dict[str, Ints]) -> list[Rows]:
    return [
        _categories(),
        _products(seasons),
        text_rows(Tag, id=map(str, range(1, len(TAGS) + 1)), name=TAGS),
        _exchange_rates(seasons, rates),
        *questionnaire_rows(seasons),
    ]


def _categories() -> Rows:
    return text_rows(Category, id=map(str, range(1, len(categories()) + 1)), name=categories())


def _products(seasons: Seasons) -> Rows:
    """With the date of the first day as that of their entry; what was replaced is not on sale any more."""
    replaced = {replacement.product for replacement in REPLACEMENTS}
    entered = f"{seasons.dates[0]} 00:00+00"
    return text_rows(
        Product,
        id=map(str, range(1, len(products()) + 1)),
        source=[SOURCE] * len(products()),
        sku=[product.sku for product in products()],
        name=[product.name for product in products()],
        category=[str(product.category + 1) for product in products()],
        unit_price=[f"{product.price_cents / 100:.2f}" for product in products()],
        unit_cost=[f"{product.cost_cents / 100:.2f}" for product in products()],
        currency=["EUR"] * len(products()),
        is_active=["f" if product.name in replaced else "t" for product in products()],
        created_at=[entered] * len(products()),
        updated_at=[entered] * len(products()),
    )


def _exchange_rates(seasons: Seasons, rates: dict[str, Ints]) -> Rows:
    numbers = count(1)
    dates = np.datetime_as_string(seasons.dates).tolist()
    rows = [
        (str(next(numbers)), currency, date, f"{rate / RATE_UNIT:.8f}")
        for currency, daily in rates.items()
        for date, rate in zip(dates, daily.tolist(), strict=True)
    ]
    ids, currencies, rate_dates, values = zip(*rows, strict=True)
    return text_rows(ExchangeRate, id=ids, currency=currencies, rate_date=rate_dates, rate=values)
