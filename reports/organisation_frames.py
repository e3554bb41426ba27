"""What the chart of organisations as wholes is drawn from: their own orders, and those of their people."""

from __future__ import annotations

import datetime as dt

import numpy as np
import pandas as pd

from accounts.visibility import Sight
from analytics import visible_part
from analytics.many_ids import numbers_of
from analytics.snapshot_columns import Mask, mask_of
from core.text import isolated
from customers.models import Customer
from reports.frames import Published
from reports.semantics.facts import ScopedFacts
from reports.semantics.subjects import sales_wanted

SHOWN = 15
COLUMNS = ["customer_id", "label", "own_minor", "people_minor", "people", "earlier_minor", "all_minor", "count"]

# Who belongs to which organisation by now: by their own record, or as its contact person. Only whom the person sees.
MEMBERS = """
    SELECT id, organisation_id FROM customers_customer WHERE organisation_id IS NOT NULL AND {is_seen}
    UNION ALL
    SELECT c.person_id, min(c.customer_id) FROM customers_contactperson c
    JOIN customers_customer p ON p.id = c.person_id AND p.organisation_id IS NULL AND p.kind = 'person'
    WHERE {is_seen_person} GROUP BY c.person_id
"""
SOLD = """
    SELECT customer_id, total_minor FROM orders
    WHERE kind = 'sale' AND customer_id IS NOT NULL AND ordered_date BETWEEN $since AND $until
    UNION ALL
    SELECT customer_id, -total_minor FROM refunds
    WHERE customer_id IS NOT NULL AND refunded_date BETWEEN $since AND $until
"""
WHOLES = """
    SELECT
        c.customer_id, SUM(CASE WHEN m.customer_id IS NULL THEN s.minor ELSE 0 END) AS own_minor,
        SUM(CASE WHEN m.customer_id IS NULL THEN 0 ELSE s.minor END) AS people_minor,
        COUNT(m.customer_id) AS people
    FROM (SELECT customer_id, SUM(total_minor) AS minor FROM ({sold}) AS documents GROUP BY customer_id) AS s
    LEFT JOIN members AS m ON m.customer_id = s.customer_id
    JOIN customer_dim AS c ON c.customer_id = COALESCE(m.organisation_id, s.customer_id)
    WHERE c.kind = 'organisation' AND {chosen}
    GROUP BY c.customer_id
"""


def largest(published: Published) -> pd.DataFrame:
    """See `charts.organisations`. A filter chooses organisations; these count with all their people."""
    found = published.of_facts("organisations", _largest)
    names = dict(Customer.objects.filter(pk__in=found["customer_id"].tolist()).values_list("pk", "name"))
    kept = found[found["customer_id"].isin(names.keys())].reset_index(drop=True)
    return kept.assign(label=[isolated(names[pk]) for pk in kept["customer_id"]])[COLUMNS]


def _largest(facts: ScopedFacts) -> pd.DataFrame:
    members = _members(facts.sight)
    facts.engine.define_frame("members", members)
    now = _wholes(facts, members, facts.scope.since, facts.scope.until)
    total = now["own_minor"] + now["people_minor"]
    shown = now.assign(total=total).sort_values(["total", "customer_id"], ascending=[False, True]).head(SHOWN)
    shown = shown.assign(all_minor=int(total.sum()), count=len(now), earlier_minor=float("nan"))
    if facts.scope.earlier_days:
        then = _wholes(facts, members, *facts.scope.earlier_days).set_index("customer_id")
        shown["earlier_minor"] = (
            (then["own_minor"] + then["people_minor"]).reindex(shown["customer_id"]).fillna(0).to_numpy(dtype="float64")
        )
    return shown.reset_index(drop=True)


def _wholes(facts: ScopedFacts, members: pd.DataFrame, since: dt.date, until: dt.date) -> pd.DataFrame:
    sql = WHOLES.format(sold=SOLD, chosen=facts.chosen("c.customer_id"))
    concerned = _with_people(_organisations(facts), members)
    if concerned is not None:
        facts.only(sales_wanted(since, until, "total_minor"), mask=concerned)
    found = facts.frame(sql, since=since, until=until)
    return found.astype({"own_minor": "int64", "people_minor": "int64", "people": "int64"})


def _organisations(facts: ScopedFacts) -> Mask | None:
    """Those among the chosen."""
    if facts.mask is None:
        return None
    whose = facts.chosen("customer_id")
    return mask_of(
        facts.engine.numbers(f"SELECT customer_id FROM customer_dim WHERE kind = 'organisation' AND {whose}")  # noqa: S608
    )


def _with_people(organisations: Mask | None, members: pd.DataFrame) -> Mask | None:
    """These organisations and whoever belongs to them."""
    if organisations is None:
        return None
    is_theirs = np.take(organisations, members["organisation_id"].to_numpy(), mode="clip")
    people = members["customer_id"].to_numpy()[is_theirs]
    return mask_of(np.concatenate([np.flatnonzero(organisations), people]))


def _members(sight: Sight) -> pd.DataFrame:
    seen = visible_part.customers_sql(sight)
    statement = MEMBERS.format(
        is_seen="TRUE" if sight.sees_all else f"id IN ({seen})",
        is_seen_person="TRUE" if sight.sees_all else f"c.person_id IN ({seen})",
    )
    return pd.DataFrame(numbers_of(statement, ("customer_id", "organisation_id")), copy=False)
