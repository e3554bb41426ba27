"""What was bought in the days of a scope, line by line: a purchase is a sale of which anything is left by now."""

from __future__ import annotations

from django.utils.translation import gettext as _

from analytics.snapshot_columns import Wanted
from analytics.snapshot_tables import LINES, ORDERS
from customers.models import Category, Product
from reports.semantics.facts import ScopedFacts

NO_PURCHASES = """
    SELECT o.order_id FROM orders AS o
    LEFT JOIN (
        SELECT order_id, SUM(total_minor) AS refunded_minor FROM refunds
        WHERE order_id IS NOT NULL AND refunded_date <= $as_of GROUP BY order_id
    ) AS r ON r.order_id = o.order_id
    WHERE
        o.ordered_date BETWEEN $since AND $until
        AND (o.kind <> 'sale' OR o.total_minor <= COALESCE(r.refunded_minor, 0))
"""


def lines(facts: ScopedFacts) -> str:
    """order_id, customer_id (none of who is not known), product_id, category_id of each, as a statement. `only_bought`
    before it says which facts are read."""
    return f"""
        SELECT l.order_id, l.customer_id, l.product_id, p.category_id
        FROM lines AS l
        LEFT JOIN products AS p ON p.product_id = l.product_id
        WHERE
            l.ordered_date BETWEEN $since AND $until AND l.product_id IS NOT NULL AND {facts.chosen("l.customer_id")}
            AND l.order_id NOT IN ({NO_PURCHASES})
    """  # noqa: S608 - texts of ours


def only_bought(facts: ScopedFacts) -> None:
    since, until = facts.scope.since, facts.scope.until
    facts.only(
        Wanted(LINES, since, until, ("order_id", "customer_id", "product_id", "ordered_date")),
        Wanted(ORDERS, since, until, ("order_id", "customer_id", "ordered_date", "kind", "total_minor")),
    )


def who_bought_of(facts: ScopedFacts, category: str) -> str:
    """A statement for the customers who bought of a category, or of any that is known where none is named."""
    only_bought(facts)
    is_of_it = f"category_id = {int(category)}" if category else "category_id IS NOT NULL"
    return f"SELECT DISTINCT customer_id FROM ({lines(facts)}) WHERE customer_id IS NOT NULL AND {is_of_it}"  # noqa: S608


def who_bought_together(facts: ScopedFacts, products: str) -> str:
    """A statement for the customers with a purchase of all of these products, as in "3.17"."""
    only_bought(facts)
    ids = sorted({int(product) for product in products.split(".")})
    return (
        "SELECT DISTINCT customer_id FROM (SELECT order_id, MIN(customer_id) AS customer_id"  # noqa: S608 - numbers
        f" FROM ({lines(facts)}) WHERE customer_id IS NOT NULL AND product_id IN ({', '.join(map(str, ids))})"
        f" GROUP BY order_id HAVING COUNT(DISTINCT product_id) = {len(ids)})"
    )


def name_of_category(key: str) -> str:
    if not key:
        return _("any category")
    return Category.objects.filter(pk=int(key)).values_list("name", flat=True).first() or key


def names_of_products(key: str) -> str:
    names = dict(Product.objects.filter(pk__in=key.split(".")).values_list("pk", "name"))
    return " + ".join(names.get(int(pk), pk) for pk in key.split("."))
