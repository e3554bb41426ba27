"""Orders and refunds by the rules of an import: amounts, days and totals are worked out here, never taken on trust.

A line is exact to six decimals; a total is whole minor units, in the document's currency and in the organisation's at
the last rate of the seven days up to the document's.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import uuid
from collections import Counter
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from django.utils.translation import gettext as _

from api.errors import Fault, Invalid
from core.dates import day_of
from core.models import ExchangeRate, OrganisationSettings
from core.money import to_minor
from customers.models import Product

RATE_DAYS = 7
LARGEST_LINE = Decimal(10) ** 12
LARGEST_TOTAL = Decimal(10) ** 14
SIX = Decimal("0.000001")


def settle(values: dict[str, Any], lines: list[dict[str, Any]], at: dt.datetime) -> dict[str, Any]:
    """The day, the currency, the rate and the totals of a document. Raises Invalid."""
    organisation = OrganisationSettings.current()
    currency = values.get("currency") or organisation.currency
    day = day_of(at, organisation.zone)
    rate = _rate(currency, day, organisation.currency)
    total = sum((line["amount"] for line in lines), Decimal(0))
    if max(abs(total), abs(total * rate)) >= LARGEST_TOTAL:
        raise Invalid(("/lines", _("The total is too large.")))
    return {
        "day": day,
        "currency": currency,
        "exchange_rate": rate,
        "total_minor": to_minor(total, currency),
        "total_base_minor": to_minor(total * rate, organisation.currency),
    }


def _rate(currency: str, day: dt.date, own: str) -> Decimal:
    if currency == own:
        return Decimal(1)
    earliest = day - dt.timedelta(days=RATE_DAYS)
    rates = ExchangeRate.objects.filter(currency=currency, rate_date__range=(earliest, day))
    latest = rates.order_by("-rate_date").first()
    if latest is None:
        words = _("There is no exchange rate for %(currency)s on %(day)s, nor in the week before.")
        raise Invalid(("/currency", words % {"currency": currency, "day": day.isoformat()}))
    return latest.rate


def work_out(lines: list[dict[str, Any]], *, source: str) -> list[dict[str, Any]]:
    """The lines as they are kept, each with its product, amount, place and key. Raises Invalid."""
    products = _products(lines, source)
    faults: list[Fault] = []
    worked = []
    times: Counter[str] = Counter()
    for position, line in enumerate(lines, start=1):
        try:
            kept = {**_amounts(line), "product_id": _product(line, products)}
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


def _amounts(line: dict[str, Any]) -> dict[str, Any]:
    kept = {name: value for name, value in line.items() if name not in {"product", "sku"}}
    if kept.get("amount") is None:
        kept["amount"] = line["quantity"] * line["unit_price"] - Decimal(line.get("discount") or 0)
    if abs(kept["amount"]) >= LARGEST_LINE:
        raise Invalid(("/amount", _("The amount is too large.")))
    # "1" and "1.00" are the same line.
    return {name: _exact(value) if isinstance(value, Decimal) else value for name, value in kept.items()}


def _exact(value: Decimal) -> Decimal:
    return value.quantize(SIX, ROUND_HALF_UP)


def _products(lines: list[dict[str, Any]], source: str) -> dict[Any, int]:
    """Ids of the products that the lines name, by id and by article number."""
    ids = {line["product"] for line in lines if line.get("product")}
    numbers = {line["sku"] for line in lines if line.get("sku")}
    found: dict[Any, int] = {pk: pk for pk in Product.objects.filter(pk__in=ids).values_list("pk", flat=True)}
    by_number = Product.objects.filter(source=source, sku__in=numbers).values_list("sku", "pk")
    return found | dict(by_number)


def _product(line: dict[str, Any], products: dict[Any, int]) -> int | None:
    for name in ("product", "sku"):
        if line.get(name):
            if line[name] not in products:
                raise Invalid((f"/{name}", _("There is no such product; send it first.")))
            return products[line[name]]
    return None


def write_lines(model: Any, parent: str, document: Any, lines: list[dict[str, Any]]) -> None:
    """Make the lines of a document these; one that is the same stays."""
    present = {line.line_key: line for line in model.objects.filter(**{parent: document})}
    wanted = {line["line_key"]: line for line in lines}
    model.objects.filter(pk__in=[line.pk for key, line in present.items() if key not in wanted]).delete()
    moved = []
    for key, line in present.items():
        if key in wanted and line.position != wanted[key]["position"]:
            line.position = wanted[key]["position"]
            moved.append(line)
    model.objects.bulk_update(moved, ["position"])
    model.objects.bulk_create(
        [model(**{parent: document}, **line) for key, line in wanted.items() if key not in present]
    )
