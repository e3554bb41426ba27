"""Rules of what is bought together, with the products' names."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from analytics import publishing
from analytics.models import ProductRule
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


def bought_with(product: Product) -> list[BoughtTogether]:
    """What goes with this product alone, by the current run, of what held later too; best first."""
    run_id = publishing.current_run_id("rules")
    if run_id is None:
        return []
    rules = ProductRule.objects.filter(run_id=run_id, antecedent_ids=[product.pk], later_lift__gt=1)
    return rules_in_words(rules.order_by("rule")[:MOST_PARTNERS])
