"""A group or segment in one plain sentence, written from its numbers: "Buys every 20 days, mostly at a discount, …"."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from analytics.customer_groups import CATEGORY
from analytics.findings import FeatureNames
from analytics.models import Run
from core.templatetags.ui import number, percent

# From these shares of their lines on they buy mostly, often, or hardly at a discount.
MOSTLY, OFTEN, HARDLY = 0.5, 0.25, 0.02
# A basket that differs from the mean by less than a tenth is an average one.
AVERAGE_BASKET = 0.1
# A category is named if it is such a share of their lines, and they buy so many times as much of it as all do.
NAMED_SHARE, NAMED_RATIO, NAMED = 0.2, 1.5, 2


def descriptions(run: Run) -> dict[str, str]:
    """By group or segment, in the reader's language; empty in a run that kept no portraits."""
    return {group: description(run, group) for group in run.metrics.get("portraits") or {}}


def description(run: Run, group: str) -> str:
    """Of one of them; "" where no portrait was kept."""
    portrait, found = (run.metrics.get("portraits") or {}).get(group), run.metrics.get("positioning") or {}
    if portrait is None:
        return ""
    return _sentence(portrait, _favourites(group, found, FeatureNames()))


def _sentence(portrait: Mapping[str, Any], favourites: list[str]) -> str:
    # Translators: between the parts of a description: “Buys every 20 days, mostly at a discount, …”
    said = _(", ").join(_parts(portrait, favourites))
    return _("%(description)s.") % {"description": capfirst(said)}


def _parts(portrait: Mapping[str, Any], favourites: list[str]) -> Iterator[str]:
    yield _rhythm(portrait["every_days"])
    if discount := _discount(portrait["discounted_share"]):
        yield discount
    if portrait["basket_ratio"] is not None:
        yield _basket(portrait["basket_ratio"])
    if favourites:
        yield _above_all(favourites)
    days = round(portrait["recency_days"])
    yield ngettext("last bought %(days)s day ago", "last bought %(days)s days ago", days) % {"days": number(days)}
    if portrait["money_share"] is not None:
        yield _("%(money)s of the revenue from %(customers)s of the buyers") % {
            "money": percent(portrait["money_share"], 0),
            "customers": percent(portrait["customer_share"], 0),
        }


def _rhythm(every_days: float | None) -> str:
    if every_days is None:
        return _("has bought once")
    days = max(1, round(every_days))
    return ngettext("buys every day", "buys every %(days)s days", days) % {"days": number(days)}


def _discount(share: float | None) -> str:
    if share is None or HARDLY < share < OFTEN:
        return ""
    if share <= HARDLY:
        return _("hardly ever at a discount")
    return _("mostly at a discount") if share >= MOSTLY else _("often at a discount")


def _basket(ratio: float) -> str:
    if abs(ratio - 1) < AVERAGE_BASKET:
        return _("an average basket")
    return _("%(ratio)s × the average basket") % {"ratio": number(ratio, 1)}


def _above_all(favourites: list[str]) -> str:
    if len(favourites) == 1:
        return _("above all %(category)s") % {"category": favourites[0]}
    return _("above all %(one)s and %(other)s") % dict(zip(("one", "other"), favourites, strict=True))


def _favourites(group: str, found: Mapping[str, Any], names: FeatureNames) -> list[str]:
    """Of what they buy out of proportion that which they buy most of."""
    if group not in found.get("groups", []):
        return []
    total = sum(found["category_lines"])
    bought = [
        (ratio * lines / total, category)
        for ratio, lines, category in zip(
            found["ratios"][found["groups"].index(group)], found["category_lines"], found["categories"], strict=True
        )
        if ratio >= NAMED_RATIO and ratio * lines / total >= NAMED_SHARE
    ]
    return [str(names.label(f"{CATEGORY}{category}")) for _share, category in sorted(bought, reverse=True)[:NAMED]]
