"""Orders and refunds by the rules of an import: amounts, days and totals are worked out here, never taken on trust.

A line is exact to six decimals; a total is whole minor units, in the document's currency and in the organisation's at
the last rate of the seven days up to the document's.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import uuid
from bisect import bisect_right
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from decimal import ROUND_HALF_UP, Decimal
from operator import itemgetter
from typing import Any

from django.utils.translation import gettext as _

from api.errors import Fault, Invalid
from core.dates import day_of
from core.models import ExchangeRate, OrganisationSettings
from core.money import to_minor
from customers.models import Product

RATE_DAYS = dt.timedelta(days=7)
LARGEST_LINE = Decimal(10) ** 12
LARGEST_TOTAL = Decimal(10) ** 14
SIX = Decimal("0.000001")


class Rates:
    """What currencies were worth in the organisation's, on the days that documents need, read at once."""

    def __init__(self, wanted: Iterable[tuple[str, dt.date]]) -> None:
        self._own = OrganisationSettings.current().currency
        foreign = {(currency, day) for currency, day in wanted if currency != self._own}
        self._known: dict[str, list[tuple[dt.date, Decimal]]] = defaultdict(list)
        if foreign:
            days = [day for _currency, day in foreign]
            rows = ExchangeRate.objects.filter(
                currency__in={currency for currency, _day in foreign},
                rate_date__range=(min(days) - RATE_DAYS, max(days)),
            ).order_by("rate_date")
            for row in rows:
                self._known[row.currency].append((row.rate_date, row.rate))

    def on(self, currency: str, day: dt.date) -> Decimal:
        """Raises Invalid."""
        if currency == self._own:
            return Decimal(1)
        known = self._known[currency]
        place = bisect_right(known, day, key=itemgetter(0))
        if place == 0 or known[place - 1][0] < day - RATE_DAYS:
            words = _("There is no exchange rate for %(currency)s on %(day)s, nor in the week before.")
            raise Invalid(("/currency", words % {"currency": currency, "day": day.isoformat()}))
        return known[place - 1][1]


def day_of_document(at: dt.datetime) -> dt.date:
    return day_of(at, OrganisationSettings.current().zone)


def settle(amounts: Iterable[Decimal], *, currency: str, at: dt.datetime, rates: Rates) -> dict[str, Any]:
    """The day, the currency, the rate and the totals of a document. Raises Invalid."""
    day = day_of_document(at)
    rate = rates.on(currency, day)
    total = sum(amounts, Decimal(0))
    if max(abs(total), abs(total * rate)) >= LARGEST_TOTAL:
        raise Invalid(("/lines", _("The total is too large.")))
    return {
        "day": day,
        "currency": currency,
        "exchange_rate": rate,
        "total_minor": to_minor(total, currency),
        "total_base_minor": to_minor(total * rate, OrganisationSettings.current().currency),
    }


class Goods:
    """Ids of the products that lines name, by id and by the article number of their document's source, read at once."""

    def __init__(self, documents: Iterable[tuple[str, Sequence[Mapping[str, Any]]]]) -> None:
        ids: set[int] = set()
        numbers: set[tuple[str, str]] = set()
        for source, lines in documents:
            ids |= {line["product"] for line in lines if line.get("product")}
            numbers |= {(source, line["sku"]) for line in lines if line.get("sku")}
        self._ids = set(Product.objects.filter(pk__in=ids).values_list("pk", flat=True)) if ids else set()
        rows = Product.objects.filter(
            source__in={source for source, _sku in numbers}, sku__in={sku for _source, sku in numbers}
        ).values_list("source", "sku", "pk")
        self._numbers = {(source, sku): pk for source, sku, pk in rows} if numbers else {}

    def of_line(self, line: Mapping[str, Any], source: str) -> int | None:
        """The line's product, None where it names none. Raises Invalid."""
        for name, known in (("product", self._of_id), ("sku", self._of_number)):
            if line.get(name):
                found = known(line, source)
                if found is None:
                    raise Invalid((f"/{name}", _("There is no such product; send it first.")))
                return found
        return None

    def _of_id(self, line: Mapping[str, Any], source: str) -> int | None:
        return line["product"] if line["product"] in self._ids else None

    def _of_number(self, line: Mapping[str, Any], source: str) -> int | None:
        return self._numbers.get((source, line["sku"]))


def work_out(lines: Sequence[Mapping[str, Any]], *, source: str, goods: Goods) -> list[dict[str, Any]]:
    """The lines as they are kept, each with its product, amount, place and key. Raises Invalid."""
    faults: list[Fault] = []
    worked = []
    times: Counter[str] = Counter()
    for position, line in enumerate(lines, start=1):
        try:
            kept = {**_amounts(line), "product_id": goods.of_line(line, source)}
        except Invalid as invalid:
            faults += [
                (f"/lines/{position - 1}{error['pointer']}", error["detail"]) for error in invalid.members["errors"]
            ]
            continue
        digest = hashlib.md5(json.dumps(kept, default=str, sort_keys=True).encode(), usedforsecurity=False).hexdigest()
        times[digest] += 1
        # Known again by its content and, among equal lines, by its ordinal: as imports.commit_orders keys its lines.
        kept |= {"position": position, "line_key": uuid.UUID(f"{digest[:24]}{times[digest]:08x}")}
        worked.append(kept)
    if faults:
        raise Invalid(*faults)
    return worked


def _amounts(line: Mapping[str, Any]) -> dict[str, Any]:
    kept = {name: value for name, value in line.items() if name not in {"product", "sku"}}
    if kept.get("amount") is None:
        kept["amount"] = line["quantity"] * line["unit_price"] - Decimal(line.get("discount") or 0)
    if abs(kept["amount"]) >= LARGEST_LINE:
        raise Invalid(("/amount", _("The amount is too large.")))
    # "1" and "1.00" are the same line.
    return {name: _exact(value) if isinstance(value, Decimal) else value for name, value in kept.items()}


def _exact(value: Decimal) -> Decimal:
    return value.quantize(SIX, ROUND_HALF_UP)


def write_lines(
    model: Any, parent: str, wanted: Mapping[int, Sequence[Mapping[str, Any]]], *, new: Collection[int] = ()
) -> set[int]:
    """Make the lines of each document, by its id, these; one that is the same stays. Of which documents some differed.

    `new` are the documents that were made just now, which have none yet.
    """
    known = wanted.keys() - set(new)
    rows = model.objects.filter(**{f"{parent}__in": known}) if known else ()
    present = {(getattr(line, f"{parent}_id"), line.line_key): line for line in rows}
    target = {(pk, line["line_key"]): line for pk, lines in wanted.items() for line in lines}
    gone = {key: line for key, line in present.items() if key not in target}
    moved = {key: line for key, line in present.items() if key in target and line.position != target[key]["position"]}
    for key, line in moved.items():
        line.position = target[key]["position"]
    if gone:
        model.objects.filter(pk__in=[line.pk for line in gone.values()]).delete()
    model.objects.bulk_create(
        list(moved.values()), update_conflicts=True, unique_fields=["id"], update_fields=["position"]
    )
    fresh = target.keys() - present.keys()
    model.objects.bulk_create(
        [model(**{f"{parent}_id": pk}, **line) for (pk, key), line in target.items() if (pk, key) in fresh]
    )
    return {pk for pk, _key in (*gone, *moved, *fresh)}
