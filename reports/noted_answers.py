"""What people noted of recommendations, out of the facts, and what was bought since: of each customer and product the
first day of each."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from analytics.models import SnapshotManifest
from analytics.snapshot import FilesMissing
from analytics.snapshot_columns import Wanted, mask_of
from analytics.snapshot_tables import FEEDBACK, LINES, ORDERS
from reports.bought_lines import NO_PURCHASES
from reports.semantics.facts import ScopedFacts

KINDS: Mapping[str, str | Promise] = {
    "offered": _("offered"),
    "bought": _("bought since"),
    "not_relevant": _("not relevant"),
}
# Of several times the first one counts.
NOTED = """
    SELECT g.answer AS kind, g.customer_id, g.product_id, MIN(g.given_date) AS day
    FROM feedback AS g WHERE {chosen} GROUP BY g.answer, g.customer_id, g.product_id
"""
BOUGHT = f"""
    SELECT n.customer_id, n.product_id, MIN(l.ordered_date) AS day
    FROM noted AS n
    JOIN lines AS l ON l.customer_id = n.customer_id AND l.product_id = n.product_id AND l.ordered_date >= n.day
    WHERE
        n.kind = 'offered' AND l.ordered_date BETWEEN $since AND $until
        AND l.order_id NOT IN ({NO_PURCHASES})
    GROUP BY n.customer_id, n.product_id
"""  # noqa: S608 - texts of ours
COUNTED = """
    SELECT d.day, h.kind, COUNT(*) AS pairs, COUNT(DISTINCT h.customer_id) AS customers
    FROM days AS d JOIN happened AS h ON h.day <= d.day
    GROUP BY d.day, h.kind
"""


def counted(facts: ScopedFacts, days: Sequence[dt.date]) -> pd.DataFrame:
    """By day and kind, of all that had happened by then: pairs of a customer and a product, and different customers."""
    _define_happened(facts)
    facts.engine.define_frame("days", pd.DataFrame({"day": days}, dtype="datetime64[us]"))
    found = facts.frame(COUNTED)
    return found.assign(day=[pd.Timestamp(day).date() for day in found["day"]])


def who_noted(facts: ScopedFacts, kind: str) -> str:
    """A statement for the customers of whom it had happened by the last day of the scope."""
    _define_happened(facts)
    return f"SELECT DISTINCT customer_id FROM happened WHERE kind = '{kind}' AND day <= $until"  # noqa: S608 - a name of ours


def demand_kept(manifest: SnapshotManifest) -> None:
    """Raises FilesMissing of a snapshot of an earlier version, which knows of no answers."""
    if FEEDBACK.name not in manifest.fingerprints:
        raise FilesMissing(f"snapshot {manifest.pk} knows of no answers to recommendations")


def _define_happened(facts: ScopedFacts) -> None:
    demand_kept(facts.facts.manifest)
    facts.define("noted", NOTED.format(chosen=facts.chosen("g.customer_id")))
    offered = facts.frame("SELECT customer_id, MIN(day) AS day FROM noted WHERE kind = 'offered' GROUP BY customer_id")
    since = pd.Timestamp(offered["day"].min()).date() if len(offered) else facts.as_of
    # Of all that is bought that of few customers is wanted.
    mask = mask_of(np.sort(offered["customer_id"].to_numpy(dtype=np.int64)))
    if mask is not None:
        facts.only(
            Wanted(LINES, since, facts.as_of, ("order_id", "customer_id", "product_id", "ordered_date")),
            Wanted(ORDERS, since, facts.as_of, ("order_id", "customer_id", "ordered_date", "kind", "total_minor")),
            mask=mask,
        )
    facts.define("bought", BOUGHT, since=since, until=facts.as_of)
    facts.define(
        "happened", "SELECT kind, customer_id, day FROM noted UNION ALL SELECT 'bought', customer_id, day FROM bought"
    )
