"""What charts of behaviour are drawn from: events and orders of known customers, of the days and customers of a scope.

What came as a day without an hour stands at the midnight that begins it: it counts as in order with all of that day.
"""

from __future__ import annotations

import datetime as dt
from contextlib import suppress

import numpy as np
import pandas as pd
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from analytics.snapshot_columns import NoColumns, Wanted
from analytics.snapshot_tables import EVENTS
from core.models import OrganisationSettings
from core.numbers import whole_number
from reports.behaviour_columns import Deeds
from reports.charts.behaviour import MEASURES
from reports.charts.distributions import RANGE
from reports.charts.drawing import rows_of
from reports.charts.paths import ANY, GONE, PATTERN, SOME, STEPS
from reports.drilling import counted_in
from reports.frames import Published
from reports.scope import Scope
from reports.semantics.facts import FEWEST_OF_A_GROUP, ScopedFacts, hides_few
from reports.semantics.few import told_of
from reports.semantics.periods import last_day, starts
from reports.semantics.subjects import sales_wanted

# Paths are those of about so many customers, drawn by their numbers.
DRAWN_CUSTOMERS = 100_000
OWN_DEEDS = ("visit", "click", "view", "add_to_cart")
STEP_NAMES = {
    "came": gettext_lazy("Came"),
    "viewed": gettext_lazy("Looked at a product"),
    "carted": gettext_lazy("Put into the cart"),
    "bought": gettext_lazy("Bought"),
}
# The measures of the chart as the semantic layer calls them.
COUNTED_AS = {"visits": "visits", "clicks": "clicks", "purchases": "orders"}
DEPTHS = {1: "came", 2: "viewed", 3: "carted", 4: "bought"}
DEPTH_OF_DEEDS, BOUGHT = {"visit": 1, "click": 1, "view": 2, "add_to_cart": 3}, 4

# In seconds since 1970. What came without an hour may have happened as late as the day ends.
AT = "(CAST({of}.{day} - DATE '1970-01-01' AS BIGINT) * 86400 + COALESCE({of}.second, 0))"
AT_LATEST = f"{AT} + CASE WHEN COALESCE({{of}}.second, m.second) = m.second THEN 86399 ELSE 0 END"
EVENT_AT, EVENT_AT_LATEST = (at.format(of="e", day="occurred_date") for at in (AT, AT_LATEST))
ORDER_AT_LATEST = AT_LATEST.format(of="o", day="ordered_date")

OVER_TIME = """
    SELECT {period} AS period, measure, COUNT(*) AS value
    FROM (
        SELECT occurred_date AS day, CASE WHEN kind = 'visit' THEN 'visits' ELSE 'clicks' END AS measure
        FROM events
        WHERE
            kind IN ('visit', 'click') AND customer_id IS NOT NULL
            AND occurred_date BETWEEN $since AND $until AND {chosen_events}
        UNION ALL
        SELECT ordered_date, 'purchases' FROM orders
        WHERE
            kind = 'sale' AND customer_id IS NOT NULL
            AND ordered_date BETWEEN $since AND $until AND {chosen_orders}
    ) AS deeds
    GROUP BY 1, 2
"""
OF_DAYS = """
    SELECT {period} AS period, measure, CAST(SUM(value) AS BIGINT) AS value
    FROM (SELECT CAST(day AS DATE) AS day, measure, value FROM deeds_by_day) GROUP BY 1, 2
"""
DEEDS = """
    WITH deeds AS (
        SELECT
            customer_id, SUM(CASE WHEN kind = 'visit' THEN 1 ELSE 0 END) AS visits,
            SUM(CASE WHEN kind = 'click' THEN 1 ELSE 0 END) AS clicks, 0 AS purchases
        FROM events
        WHERE
            kind IN ('visit', 'click', 'view', 'add_to_cart') AND customer_id IS NOT NULL
            AND occurred_date BETWEEN $since AND $until AND {chosen}
        GROUP BY customer_id
        UNION ALL
        SELECT customer_id, 0, 0, COUNT(*) FROM orders
        WHERE
            kind = 'sale' AND customer_id IS NOT NULL AND ordered_date BETWEEN $since AND $until AND {chosen}
        GROUP BY customer_id
    )
"""
PER_CUSTOMER = """,
    sums AS (
        SELECT SUM(visits) AS visits, SUM(clicks) AS clicks, SUM(purchases) AS purchases
        FROM deeds GROUP BY customer_id
    ),
    counted AS (
        SELECT visits, clicks, purchases, COUNT(*) AS customers FROM sums GROUP BY visits, clicks, purchases
    )
    SELECT 'visits' AS measure, CAST(visits AS BIGINT) AS value, CAST(SUM(customers) AS BIGINT) AS customers
    FROM counted GROUP BY visits
    UNION ALL
    SELECT 'clicks', CAST(clicks AS BIGINT), CAST(SUM(customers) AS BIGINT) FROM counted GROUP BY clicks
    UNION ALL
    SELECT 'purchases', CAST(purchases AS BIGINT), CAST(SUM(customers) AS BIGINT) FROM counted GROUP BY purchases
    ORDER BY measure, value
"""
ACTIVE = """
    SELECT COUNT(DISTINCT customer_id) AS customers FROM (
        SELECT customer_id FROM events
        WHERE
            kind IN ('visit', 'click', 'view', 'add_to_cart') AND customer_id IS NOT NULL
            AND occurred_date BETWEEN $since AND $until AND {chosen_events}
        UNION ALL
        SELECT customer_id FROM orders
        WHERE
            kind = 'sale' AND customer_id IS NOT NULL
            AND ordered_date BETWEEN $since AND $until AND {chosen_orders}
    ) AS deeds
"""
# The first four steps of each customer. What is repeated is one step. Of what happened at one moment, or without an
# hour, the lesser comes first.
STEPS_OF_CUSTOMERS = f"""
    WITH deeds AS (
        SELECT
            e.customer_id, {EVENT_AT} AS moment,
            CASE e.kind WHEN 'add_to_cart' THEN 3 WHEN 'view' THEN 2 ELSE 1 END AS depth
        FROM events AS e
        WHERE
            e.kind IN ('visit', 'click', 'view', 'add_to_cart') AND MOD(e.customer_id, $every) = 0
            AND e.occurred_date BETWEEN $since AND $until AND {{chosen_events}}
        UNION ALL
        SELECT o.customer_id, {ORDER_AT_LATEST}, 4
        FROM orders AS o JOIN midnights AS m ON m.day = o.ordered_date
        WHERE
            o.kind = 'sale' AND MOD(o.customer_id, $every) = 0
            AND o.ordered_date BETWEEN $since AND $until AND {{chosen_orders}}
    ),
    changes AS (
        SELECT
            customer_id, moment, depth,
            LAG(depth, 1, 0) OVER (PARTITION BY customer_id ORDER BY moment, depth) <> depth AS is_change
        FROM deeds
    ),
    steps AS (
        SELECT customer_id, depth, ROW_NUMBER() OVER (PARTITION BY customer_id ORDER BY moment, depth) AS place
        FROM changes WHERE is_change
    ),
    paths AS (
        SELECT
            customer_id,
            MAX(CASE WHEN place = 1 THEN depth END) AS first, MAX(CASE WHEN place = 2 THEN depth END) AS second,
            MAX(CASE WHEN place = 3 THEN depth END) AS third, MAX(CASE WHEN place = 4 THEN depth END) AS fourth
        FROM steps WHERE place <= 4 GROUP BY customer_id
    )
"""  # noqa: S608 - texts of this module
PATHS = """
    SELECT first, second, third, fourth, COUNT(*) AS customers
    FROM paths GROUP BY first, second, third, fourth ORDER BY customers DESC, first, second, third, fourth
"""


def over_time(published: Published) -> pd.DataFrame:
    """See `charts.behaviour`."""
    found = published.of_facts("behaviour over time", _over_time)
    scope = published.scope
    filters = [
        counted_in(published, f"{COUNTED_AS[row['measure']]}/{scope.grain}", row["period"], of_time=True)
        if row["value"]
        else ""
        for row in rows_of(found)
    ]
    return found.assign(filter=filters)


def per_customer(published: Published) -> pd.DataFrame:
    """See `charts.per_customer`."""
    counts = published.of_facts("deeds per customer of all", _per_customer)
    counts.attrs["fewest"] = FEWEST_OF_A_GROUP if hides_few(published.sight) else 0
    counts.attrs["filters"] = {measure: counted_in(published, measure, RANGE) for measure in MEASURES}
    return counts


def paths(published: Published) -> pd.DataFrame:
    """See `charts.paths`."""
    found = published.of_facts("paths of all", _paths)
    found.attrs["filter"] = counted_in(published, "paths", f"{PATTERN}/{found.attrs['every']}")
    return found


def who_did(facts: ScopedFacts, measure: str, condition: str, *, or_not: bool) -> str:
    """A statement for those of the customers who did anything of whose `times` of a measure the condition holds.
    or_not: which may be none."""
    with suppress(NoColumns):
        deeds = deeds_of(facts, facts.scope.since, facts.scope.until)
        times = deeds.times_of(measure)
        ids = np.flatnonzero(deeds.active(OWN_DEEDS) if or_not else times)
        facts.engine.define_numbers("did", {"customer_id": ids, "times": times[ids]}, "customer_id, times")
        return f"SELECT customer_id FROM did WHERE {condition}"  # noqa: S608 - ours
    with_deeds = DEEDS.format(chosen=facts.chosen("customer_id"))
    summed = f"SELECT customer_id, SUM({measure}) AS times FROM deeds GROUP BY customer_id"  # noqa: S608 - ours
    return f"{with_deeds} SELECT customer_id FROM ({summed}) AS summed WHERE {condition}"  # noqa: S608 - ours


def is_path(key: str) -> bool:
    """A pattern of the four steps, and every how many-th customer is drawn, as in "came.viewed.*.*/1"."""
    pattern, _slash, every = key.partition("/")
    steps = pattern.split(".")
    return len(steps) == len(STEPS) and set(steps) <= {*DEPTHS.values(), GONE, ANY, SOME} and whole_number(every) > 0


def path_in_words(key: str) -> str:
    names = {**STEP_NAMES, GONE: _("no further step"), ANY: "…", SOME: "…"}
    return " → ".join(str(names[step]) for step in key.partition("/")[0].split("."))


def who_took(facts: ScopedFacts, key: str) -> str:
    """A statement for those of the customers who are drawn whose first steps are like a pattern."""
    define_midnights(facts, facts.scope.since, facts.scope.until)
    pattern, _slash, every = key.partition("/")
    depths = {step: f"= {depth}" for depth, step in DEPTHS.items()} | {GONE: "IS NULL", SOME: "IS NOT NULL"}
    wanted = [f"{column} {depths[step]}" for column, step in zip(STEPS, pattern.split("."), strict=True) if step != ANY]
    own = {"chosen_events": facts.chosen("e.customer_id"), "chosen_orders": facts.chosen("o.customer_id")}
    steps = STEPS_OF_CUSTOMERS.format(**own).replace("$every", str(int(every)))
    return f"{steps} SELECT customer_id FROM paths WHERE {' AND '.join(wanted) or 'TRUE'}"  # noqa: S608 - ours


def only_deeds(facts: ScopedFacts, since: dt.date, until: dt.date, *kinds: str) -> None:
    """Events of these kinds, and what was bought."""
    events = Wanted(EVENTS, since, until, ("customer_id", "occurred_date", "second", "kind"), kinds=kinds)
    facts.only(events, sales_wanted(since, until, "second"))


def deeds_of(facts: ScopedFacts, since: dt.date, until: dt.date, *, every: int = 1) -> Deeds:
    """Of every so many-th customer by their numbers. Raises NoColumns, as Deeds does."""
    mask = facts.mask
    if mask is None:
        raise NoColumns
    if every > 1:
        drawn = np.zeros_like(mask)
        drawn[::every], drawn[-1] = mask[::every], mask[-1]  # the last place is that of larger ids
        mask = drawn
    return Deeds(facts.facts.manifest, mask, since, until)


def midnights(since: dt.date, until: dt.date) -> list[tuple[dt.date, int]]:
    """Where each day of the organisation begins, as the facts count the seconds of its day."""
    zone = OrganisationSettings.current().zone
    days = [since + dt.timedelta(days=place) for place in range((until - since).days + 1)]
    offsets = [dt.datetime.combine(day, dt.time(), zone).utcoffset() for day in days]
    return [(day, -round(each.total_seconds()) if each else 0) for day, each in zip(days, offsets, strict=True)]


def define_midnights(facts: ScopedFacts, since: dt.date, until: dt.date) -> None:
    frame = pd.DataFrame(midnights(since, until), columns=["day", "second"])
    facts.engine.define_frame("midnight_rows", frame)
    facts.define("midnights", "SELECT CAST(day AS DATE) AS day, CAST(second AS INTEGER) AS second FROM midnight_rows")


def _per_customer(facts: ScopedFacts) -> pd.DataFrame:
    try:
        found = deeds_of(facts, facts.scope.since, facts.scope.until).per_customer(OWN_DEEDS)
    except NoColumns:
        only_deeds(facts, facts.scope.since, facts.scope.until, *OWN_DEEDS)
        found = facts.frame(f"{DEEDS}{PER_CUSTOMER}".format(chosen=facts.chosen("customer_id")))
    return found


def _over_time(facts: ScopedFacts) -> pd.DataFrame:
    scope = facts.scope
    now = _counted(facts, scope.since, scope.until)
    earlier = _counted(facts, *scope.earlier_days) if scope.earlier_days else None
    complete = [scope.days_in(start) == (start, _last_day(start, scope)) for start in scope.periods]
    parts = []
    for measure in MEASURES:
        part = now[measure].rename("value").rename_axis("period").reset_index()
        beside = earlier[measure].reset_index(drop=True).reindex(part.index) if earlier is not None else float("nan")
        whole = float(earlier[measure].sum()) if earlier is not None else float("nan")
        parts.append(part.assign(measure=measure, earlier=beside, earlier_total=whole, complete=complete))
    return pd.concat(parts, ignore_index=True).assign(grain=scope.grain)


def _last_day(start: dt.date, scope: Scope) -> dt.date:
    return last_day(start, scope.grain, sunday_weeks=scope.sunday_weeks)


def _counted(facts: ScopedFacts, since: dt.date, until: dt.date) -> pd.DataFrame:
    """A column for each measure, a row for each period, without gaps."""
    scope = facts.scope
    try:
        facts.engine.define_frame("deeds_by_day", deeds_of(facts, since, until).by_day())
        found = facts.frame(OF_DAYS.format(period=scope.period_sql("day")))
    except NoColumns:
        chosen = facts.chosen("customer_id")
        only_deeds(facts, since, until, "visit", "click")
        sql = OVER_TIME.format(period=scope.period_sql("day"), chosen_events=chosen, chosen_orders=chosen)
        found = facts.frame(sql, since=since, until=until)
    periods = starts(since, until, scope.grain, sunday_weeks=scope.sunday_weeks)
    found["period"] = [pd.Timestamp(day).date() for day in found["period"]]
    wide = found.pivot(index="period", columns="measure", values="value")
    return wide.reindex(index=periods, columns=list(MEASURES)).fillna(0)


def _paths(facts: ScopedFacts) -> pd.DataFrame:
    since, until = facts.scope.since, facts.scope.until
    try:
        everybody = int(np.count_nonzero(deeds_of(facts, since, until).active(OWN_DEEDS)))
    except NoColumns:
        chosen = {"chosen_events": facts.chosen("customer_id"), "chosen_orders": facts.chosen("customer_id")}
        only_deeds(facts, since, until, *OWN_DEEDS)
        everybody = int(facts.frame(ACTIVE.format(**chosen)).iloc[0]["customers"])
    every = _every(everybody)
    try:
        seconds = np.array([second for _day, second in midnights(since, until)], dtype=np.int64)
        found = deeds_of(facts, since, until, every=every).paths(seconds, DEPTH_OF_DEEDS, bought=BOUGHT)
    except NoColumns:
        only_deeds(facts, since, until, *OWN_DEEDS)
        define_midnights(facts, since, until)
        own = {"chosen_events": facts.chosen("e.customer_id"), "chosen_orders": facts.chosen("o.customer_id")}
        found = facts.frame(f"{STEPS_OF_CUSTOMERS.format(**own)}{PATHS}", every=every)
    for step in STEPS:
        found[step] = [DEPTHS.get(depth, GONE) for depth in found[step].fillna(0).astype(int)]
    told = told_of(found) if hides_few(facts.sight) else found.reset_index(drop=True)
    counted = told.assign(of=everybody)
    counted.attrs |= {"every": every, "is_whole": len(told) == len(found)}
    return counted


def _every(customers: int) -> int:
    """Every how many-th customer is drawn: an odd number, since numbers that are given in turns may mean something."""
    every = -(-customers // DRAWN_CUSTOMERS)
    return max(1, every if every % 2 or every == 1 else every + 1)
