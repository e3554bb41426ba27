"""Rules of what is bought together, with the products' names."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from analytics import publishing
from analytics.models import ProductRule
from customers.extensions import ProductPanel, Registry
from customers.models import Product

MOST_PARTNERS = 5


@dataclass(frozen=True)
class BoughtTogether:
    rule: ProductRule
    antecedent: list[Product]
    consequent: Product

    @property
    def held_later(self) -> bool | None:
        """None where its products were not bought again in the last fifth of the time."""
        return None if self.rule.later_lift is None else self.rule.later_lift > 1


def rules_in_words(rules: Iterable[ProductRule]) -> list[BoughtTogether]:
    """In the same order; a rule about a product that is no more is left out."""
    kept = list(rules)
    products = Product.objects.in_bulk({pk for rule in kept for pk in (*rule.antecedent_ids, rule.consequent_id)})
    return [
        BoughtTogether(rule, [products[pk] for pk in rule.antecedent_ids], products[rule.consequent_id])
        for rule in kept
        if {*rule.antecedent_ids, rule.consequent_id} <= products.keys()
    ]


def panel(request: HttpRequest, product: Product) -> Mapping[str, Any] | None:
    """What goes with this product alone, by the current run, of what held later too; left out where nothing does."""
    run = publishing.current_runs().get("rules")
    if run is None:
        return None
    rules = ProductRule.objects.filter(run_id=run.pk, antecedent_ids=[product.pk], later_lift__gt=1)
    partners = rules_in_words(rules.order_by("rule")[:MOST_PARTNERS])
    return {"run": run, "partners": partners} if partners else None


def register(registry: Registry) -> None:
    registry.add(ProductPanel("rules", _("Bought together"), "analytics/product_rules.html", panel))
