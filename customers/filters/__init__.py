"""One language in which customers are chosen: for lists, segments, audiences, charts, exports and the API alike.

    expression = parse({"and": [{"field": "customer_since", "op": ">=", "value": "2025-01-01"},
                                {"not": {"bought": {"product": 7}}}]})
    chosen = apply(Customer.objects.live(), expression, sight=request.user.sight)

docs/filters.md describes it. `analytics.filters` gives the same customers out of a snapshot.
"""

from customers.filters.asked import AskedFilter
from customers.filters.compiling import apply, authorise, to_q
from customers.filters.describing import describe
from customers.filters.errors import FilterError, MaskedField, UnknownField
from customers.filters.expression import EVERYBODY, Expression
from customers.filters.parsing import as_json, parse, parse_text
from customers.filters.registry import Field, Registry, registry
from customers.filters.schemas import schema

__all__ = [
    "EVERYBODY",
    "AskedFilter",
    "Expression",
    "Field",
    "FilterError",
    "MaskedField",
    "Registry",
    "UnknownField",
    "apply",
    "as_json",
    "authorise",
    "describe",
    "parse",
    "parse_text",
    "registry",
    "schema",
    "to_q",
]
