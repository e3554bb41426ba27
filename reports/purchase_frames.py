"""What was sold, to whom, and who came again, out of the facts: each frame for one scope and one reader.

A purchase is a sale of which anything is left by the day of the facts, as in the filters of the list; its amount is
what is left of it.
"""

from __future__ import annotations

import datetime as dt
from contextlib import suppress

import pandas as pd

from analytics.buyer_columns import FIRST, Buyers
from analytics.snapshot_columns import NoColumns
from core.models import OrganisationSettings
from core.money import minor_digits
from customers.models import Customer
from reports import purchase_columns
from reports.charts.cohorts import MOST_COHORTS, sums_of_months
from reports.charts.drawing import rows_of
from reports.charts.purchases import REPEATS
from reports.drilling import between, bought, counted_in, customers_with
from reports.frames import Published
from reports.scope import Scope
from reports.semantics.cells import Division, cells_of
from reports.semantics.facts import FEWEST_OF_A_GROUP, ScopedFacts, hides_few
from reports.semantics.few import told_of, untold
from reports.semantics.periods import last_day, starts
from reports.semantics.subjects import FACTS, Subject, sales_wanted

EVER = "DATE '0001-01-01' AND $as_of"
FIRST_DAY = dt.date(1, 1, 1)
MOST_PARTS = 100
TOP = 15


def purchases(facts: ScopedFacts, *, days: str = "$since AND $until") -> str:
    """customer_id, day, left_minor of each, as a statement. `_only_sales` before it says which facts are read."""
    return f"""
        SELECT o.customer_id, o.ordered_date AS day, o.total_minor - COALESCE(r.refunded_minor, 0) AS left_minor
        FROM orders AS o
        LEFT JOIN (
            SELECT order_id, SUM(total_minor) AS refunded_minor FROM refunds
            WHERE order_id IS NOT NULL AND refunded_date <= $as_of GROUP BY order_id
        ) AS r ON r.order_id = o.order_id
        WHERE
            o.kind = 'sale' AND o.customer_id IS NOT NULL AND o.ordered_date BETWEEN {days}
            AND o.total_minor > COALESCE(r.refunded_minor, 0) AND {facts.chosen("o.customer_id")}
    """  # noqa: S608 - texts of ours


def only_sales(facts: ScopedFacts, since: dt.date | None = None, until: dt.date | None = None) -> None:
    """Of the days of the scope, where no others are named."""
    facts.only(sales_wanted(since or facts.scope.since, until or facts.scope.until, "order_id", "total_minor"))


# --- over time --------------------------------------------------------------------------------------------------------


def sales(published: Published) -> pd.DataFrame:
    """For `charts.sales`."""
    found = _with_buyers(published.of_facts("sales", _sales), published)
    found["earlier_filter"] = [*_earlier_buyers(published), *[""] * len(found)][: len(found)]
    return found


def _earlier_buyers(published: Published) -> list[str]:
    """The filter of who bought in each period of the days that these are compared with."""
    scope = published.scope
    if scope.earlier_days is None:
        return []
    since, until = scope.earlier_days
    filters = []
    for start in starts(since, until, scope.grain, sunday_weeks=scope.sunday_weeks):
        last = last_day(start, scope.grain, sunday_weeks=scope.sunday_weeks)
        filters.append(customers_with(published, bought(max(start, since), min(last, until))))
    return filters


def _sales(facts: ScopedFacts) -> pd.DataFrame:
    scope = facts.scope
    found = _sales_between(facts, scope.since, scope.until)
    found = found.assign(complete=[_is_complete(start, scope) for start in found["start"]])
    found.attrs = {"grain": scope.grain, "earlier_days": scope.earlier_days}
    if scope.earlier_days:
        earlier = _sales_between(facts, *scope.earlier_days)
        net = (earlier["gross_minor"] - earlier["refunded_minor"]).reset_index(drop=True)
        found["earlier_minor"] = net.reindex(range(len(found))).fillna(0)
    return found


def _sales_between(facts: ScopedFacts, since: dt.date, until: dt.date) -> pd.DataFrame:
    """start, orders, gross_minor, refunded_minor in the periods of the scope, between any two days."""
    scope, sales = facts.scope, FACTS[Subject.SALES]
    first_days = starts(since, until, scope.grain, sunday_weeks=scope.sunday_weeks)
    try:
        division = Division(since, until, first_days)
        select = cells_of(facts.facts, Subject.SALES, division, ("orders", "gross_minor", "refunded_minor"))
    except NoColumns:
        facts.only(*sales.wanted((), since, until))
        select = f"SELECT * FROM ({sales.select}) AS s WHERE {facts.chosen('s.customer_id')}"  # noqa: S608 - ours
    found = facts.frame(
        f"SELECT {scope.period_sql('f.day')} AS start, CAST(SUM(f.orders) AS BIGINT) AS orders,"  # noqa: S608 - ours
        " CAST(SUM(f.gross_minor) AS BIGINT) AS gross_minor, CAST(SUM(f.refunded_minor) AS BIGINT) AS refunded_minor"
        f" FROM ({select}) AS f GROUP BY 1",
        since=since,
        until=until,
    )
    return _without_gaps(found, first_days)


def margins(published: Published) -> pd.DataFrame:
    """For `charts.margins`."""
    return _with_buyers(published.of_facts("margins", _margins), published)


def _margins(facts: ScopedFacts) -> pd.DataFrame:
    minor = 10 ** minor_digits(OrganisationSettings.current().currency)
    scope = facts.scope
    known = "CASE WHEN cost IS NOT NULL THEN amount END AS amount_with_cost"
    try:
        division = Division(scope.since, scope.until, scope.periods)
        select = cells_of(facts.facts, Subject.LINES, division, ("amount", "cost", "amount_with_cost"))
    except NoColumns:
        facts.only(*FACTS[Subject.LINES].wanted(("amount", "cost"), scope.since, scope.until))
        select = f"SELECT *, {known} FROM ({FACTS[Subject.LINES].select}) AS s WHERE {facts.chosen('s.customer_id')}"  # noqa: S608
    found = facts.frame(
        f"SELECT {scope.period_sql('l.day')} AS start, CAST(SUM(l.amount) * {minor} AS DOUBLE) AS amount_minor,"  # noqa: S608
        f" CAST(SUM(l.amount_with_cost) * {minor} AS DOUBLE) AS known_minor,"
        f" CAST(SUM(l.cost) * {minor} AS DOUBLE) AS cost_minor FROM ({select}) AS l GROUP BY 1"
    )
    return _by_period(found, scope)


def buyers(published: Published) -> pd.DataFrame:
    """For `charts.buyers_over_time`: start, new, returning, filter; and the filters of those who are new and who are
    not, new_filter and returning_filter."""
    found = _with_buyers(published.of_facts("buyers", _buyers), published)
    return _with_new_and_returning(found, published, [published.scope.days_in(start) for start in found["start"]])


def _buyers(facts: ScopedFacts) -> pd.DataFrame:
    """New in a period is whose first purchase ever lies in it; all others who bought in it return."""
    period = facts.scope.period_sql
    _define_firsts(facts, facts.scope.since)
    new = facts.frame(f"SELECT {period('first_date')} AS start, COUNT(*) AS new FROM firsts GROUP BY 1")  # noqa: S608
    try:
        seen = purchase_columns.buyers_by_period(facts, facts.scope.periods)
        new["start"] = [pd.Timestamp(start).date() for start in new["start"]]
    except NoColumns:
        only_sales(facts)
        seen = facts.frame(
            f"SELECT {period('day')} AS start, COUNT(DISTINCT customer_id) AS buyers"  # noqa: S608 - ours
            f" FROM ({purchases(facts)}) GROUP BY 1"
        )
    both = _by_period(seen.merge(new, on="start", how="left"), facts.scope)
    counted = both.assign(returning=both["buyers"] - both["new"]).drop(columns="buyers")
    counted.attrs = both.attrs
    return counted


def _define_firsts(facts: ScopedFacts, since: dt.date) -> None:
    """customer_id, first_date of the chosen whose first purchase ever lies from `since` to the end of the scope."""
    with suppress(NoColumns):
        if (mask := facts.mask) is not None:
            buyers = Buyers.ever(facts.engine, facts.facts.manifest, FIRST, as_of=facts.as_of)
            return buyers.define_new(facts.engine, "firsts", mask, since, facts.scope.until)
    only_sales(facts, FIRST_DAY, facts.as_of)
    sql = f"SELECT customer_id, MIN(day) AS first_date FROM ({purchases(facts, days=EVER)}) GROUP BY 1"  # noqa: S608
    return facts.define("firsts", f"{sql} HAVING MIN(day) BETWEEN $begin AND $until", begin=since)


def _by_period(found: pd.DataFrame, scope: Scope) -> pd.DataFrame:
    """A row for each period, and whether all of its days are among those asked for."""
    full = _without_gaps(found, scope.periods)
    full["complete"] = [_is_complete(start, scope) for start in full["start"]]
    full.attrs = {"grain": scope.grain}
    return full


def _without_gaps(found: pd.DataFrame, first_days: list[dt.date]) -> pd.DataFrame:
    """With zeros where nothing was."""
    known = found.assign(start=[pd.Timestamp(start).date() for start in found["start"]])
    full = pd.DataFrame({"start": first_days}).merge(known, on="start", how="left")
    return full.fillna(dict.fromkeys(full.columns.drop("start"), 0))


def _is_complete(start: dt.date, scope: Scope) -> bool:
    last = last_day(start, scope.grain, sunday_weeks=scope.sunday_weeks)
    return scope.days_in(start) == (start, last)


def _with_buyers(found: pd.DataFrame, published: Published) -> pd.DataFrame:
    """With the filter of who bought in each period."""
    filters = [customers_with(published, bought(*published.scope.days_in(start))) for start in found["start"]]
    named = found.assign(filter=filters)
    named.attrs = found.attrs
    return named


def months(published: Published) -> pd.DataFrame:
    """For `charts.revenue`: the months that the run summed up, with the filter of who bought in each."""
    found = published.months
    return found.assign(filter=[customers_with(published, bought(*_days_of(day))) for day in found["month"]])


def months_of_buyers(published: Published) -> pd.DataFrame:
    """For `charts.buyers`: with the filters of who is new in each month as well, and of who is not."""
    found = months(published)
    return _with_new_and_returning(found, published, [_days_of(day) for day in found["month"]])


def _with_new_and_returning(
    found: pd.DataFrame, published: Published, days: list[tuple[dt.date, dt.date]]
) -> pd.DataFrame:
    """With the filters of who bought in each row's days for the first time ever, and of who had bought before."""
    firsts = [between("first_order", *each) for each in days]
    named = found.assign(
        new_filter=[customers_with(published, first) for first in firsts],
        returning_filter=[
            customers_with(published, bought(*each), {"not": first}) for each, first in zip(days, firsts, strict=True)
        ],
    )
    named.attrs = found.attrs
    return named


def _days_of(day: dt.date) -> tuple[dt.date, dt.date]:
    """The first and the last of a month."""
    return day.replace(day=1), last_day(day, "month", sunday_weeks=False)


# --- over customers ---------------------------------------------------------------------------------------------------


def top_customers(published: Published) -> pd.DataFrame:
    """For `charts.top_customers`, with the names of those whom the reader sees in the list."""
    found = published.of_facts("top customers", _top_customers)
    seen = Customer.objects.live().visible_to(published.sight)
    names = {each.pk: str(each) for each in seen.filter(pk__in=[int(pk) for pk in found["customer_id"]])}
    ids = [str(pk) if pk in names else "" for pk in found["customer_id"]]
    named = found.assign(label=[names.get(pk, "") for pk in found["customer_id"]], customer_id=ids)
    named.attrs = found.attrs
    return named


def _top_customers(facts: ScopedFacts) -> pd.DataFrame:
    try:
        found = purchase_columns.top_customers(facts, TOP)
    except NoColumns:
        only_sales(facts)
        found = facts.frame(
            "SELECT customer_id, COUNT(*) AS orders, CAST(SUM(left_minor) AS BIGINT) AS spent_minor,"  # noqa: S608 - ours
            " CAST(SUM(SUM(left_minor)) OVER () AS BIGINT) AS whole_minor, COUNT(*) OVER () AS buyers"
            f" FROM ({purchases(facts)}) GROUP BY 1 ORDER BY spent_minor DESC, customer_id LIMIT {TOP}"
        )
    whole, count = (int(found[column].iloc[0]) if len(found) else 0 for column in ("whole_minor", "buyers"))
    found = found.drop(columns=["whole_minor", "buyers"])
    found.attrs = {"whole_minor": whole, "buyers": count}
    return found


def concentration(published: Published) -> pd.DataFrame:
    """For `charts.pareto`."""
    found = published.of_facts("concentration by place", _concentration)
    places = zip(found["least_minor"], found["last_id"], strict=True)
    return found.assign(filter=[counted_in(published, "concentration", f"{least}..{last}") for least, last in places])


def _concentration(facts: ScopedFacts) -> pd.DataFrame:
    fewest = FEWEST_OF_A_GROUP if hides_few(facts.sight) else 1
    with suppress(NoColumns):
        return purchase_columns.concentration(facts, most=MOST_PARTS, fewest=fewest)
    only_sales(facts)
    spent = f"SELECT customer_id, SUM(left_minor) AS spent FROM ({purchases(facts)}) GROUP BY 1"  # noqa: S608 - ours
    return facts.frame(
        f"WITH spent AS ({spent}), parts AS (SELECT LEAST({MOST_PARTS}, COUNT(*) // {fewest}) AS most FROM spent),"  # noqa: S608
        " placed AS (SELECT customer_id, spent, ROW_NUMBER() OVER (ORDER BY spent DESC, customer_id) - 1 AS place,"
        " COUNT(*) OVER () AS buyers FROM spent)"
        " SELECT p.place * s.most // p.buyers AS part, COUNT(*) AS customers,"
        " CAST(SUM(p.spent) AS BIGINT) AS spent_minor, CAST(MIN(p.spent) AS BIGINT) AS least_minor,"
        " ARG_MAX(p.customer_id, p.place) AS last_id"
        " FROM placed AS p, parts AS s WHERE s.most > 0 GROUP BY 1 ORDER BY 1"
    )


def cohorts(published: Published) -> pd.DataFrame:
    """For `charts.cohorts`: cohort (first day of its month), months (since), customers, spent_minor, filter; and in
    `attrs` of_months, customers and spent_minor of all cohorts by the months since."""
    found = published.of_facts("cohorts of all months", _cohorts)
    scope, as_of = published.scope, published.facts_run.as_of
    filters = []
    for row in rows_of(found):
        first = pd.Period(row["cohort"], "M")
        then = first + row["months"]
        begun = max(first.start_time.date(), scope.since), min(first.end_time.date(), scope.until)
        days = then.start_time.date(), min(then.end_time.date(), as_of)
        filters.append(customers_with(published, between("first_order", *begun), bought(*days)))
    return found.assign(filter=filters)


def _cohorts(facts: ScopedFacts) -> pd.DataFrame:
    """Months that are not over are left out, but for the first of a cohort."""
    last = pd.Period(facts.scope.until, "M")
    since = max(facts.scope.since, (last - (MOST_COHORTS - 1)).start_time.date())
    this_month = pd.Period(facts.as_of, "M")
    try:
        found = purchase_columns.cohorts(facts, since)
    except NoColumns:
        found = _cohorts_of_facts(facts, since)
    found = found.assign(cohort=[pd.Timestamp(day).date() for day in found["cohort"]])
    last_over = this_month if facts.as_of >= this_month.end_time.date() else this_month - 1
    found = _with_months_of_nobody(found, last_over)
    return _told_cohorts(found) if hides_few(facts.sight) else found


def _with_months_of_nobody(found: pd.DataFrame, last: pd.Period) -> pd.DataFrame:
    """Each cohort in its first month, and in all up to the last that is over."""
    firsts = [(cohort, pd.Period(cohort, "M")) for cohort in dict.fromkeys(found["cohort"])]
    reached = [(cohort, months) for cohort, first in firsts for months in range(max((last - first).n, 0) + 1)]
    every = pd.DataFrame(reached, columns=["cohort", "months"])
    full = every.merge(found, on=["cohort", "months"], how="left")
    return full.fillna({"customers": 0, "spent_minor": 0}).astype({"customers": int, "spent_minor": int})


def _told_cohorts(found: pd.DataFrame) -> pd.DataFrame:
    """Without cells of few; nor can these be told from the sum of a cohort's months, of a month of the calendar, or of
    all cohorts so many months later, which `attrs` has: of_months, by months, with what the same had in the first."""
    months = [pd.Period(row["cohort"], "M") + row["months"] for row in rows_of(found)]
    asked = found.assign(calendar=months)
    few = untold(asked, counts=["customers"], sums={"calendar": True, "months": True})
    # Without its first month a cohort has nothing that it is a share of.
    few |= ~found["cohort"].isin(found.loc[~few & (found["months"] == 0), "cohort"]).to_numpy()
    told = found[~few].reset_index(drop=True)
    told.attrs = {"all": {"customers": int(found.loc[found["months"] == 0, "customers"].sum())}}
    told.attrs["of_months"] = sums_of_months(found)
    return told


def _cohorts_of_facts(facts: ScopedFacts, since: dt.date) -> pd.DataFrame:
    # Apart, since the engine would keep all purchases for a statement that names them twice.
    _define_firsts(facts, since)
    only_sales(facts, since, facts.as_of)
    return facts.frame(
        "SELECT CAST(DATE_TRUNC('month', f.first_date) AS DATE) AS cohort,"  # noqa: S608 - ours
        " CAST(DATE_DIFF('month', f.first_date, b.day) AS INTEGER) AS months,"
        " COUNT(DISTINCT b.customer_id) AS customers, CAST(SUM(b.left_minor) AS BIGINT) AS spent_minor"
        f" FROM ({purchases(facts, days='$begin AND $as_of')}) AS b JOIN firsts AS f ON f.customer_id = b.customer_id"
        " GROUP BY 1, 2 ORDER BY 1, 2",
        begin=since,
    )


def purchase_counts(published: Published) -> pd.DataFrame:
    """For `charts.purchases`: lowest, highest (None: no limit), customers, filter, by how often somebody bought."""
    found = published.of_facts("purchase counts of all", _purchase_counts)
    days = published.scope.since, published.scope.until
    filters = []
    for lowest, highest in REPEATS:
        conditions = [bought(*days, at_least=lowest)]
        if highest is not None:
            conditions.append({"not": bought(*days, at_least=highest + 1)})
        filters.append(customers_with(published, *conditions))
    by_lowest = dict(zip((low for low, _ in REPEATS), filters, strict=True))
    named = found.assign(filter=[by_lowest[lowest] for lowest in found["lowest"]])
    named.attrs = found.attrs
    return named


def _purchase_counts(facts: ScopedFacts) -> pd.DataFrame:
    try:
        found = purchase_columns.purchase_counts(facts)
    except NoColumns:
        only_sales(facts)
        times = f"SELECT customer_id, COUNT(*) AS times FROM ({purchases(facts)}) GROUP BY 1"  # noqa: S608 - ours
        found = facts.frame(f"SELECT times, COUNT(*) AS customers FROM ({times}) GROUP BY 1 ORDER BY 1")  # noqa: S608 - ours
    counted = [
        found[(found["times"] >= low) & (found["times"] <= (high or found["times"].max()))]["customers"].sum()
        for low, high in REPEATS
    ]
    frame = pd.DataFrame(
        {"lowest": [low for low, _ in REPEATS], "highest": [high for _, high in REPEATS], "customers": counted}
    )
    frame["once"] = frame["customers"].where(frame["highest"] == 1, 0)
    frame = told(frame[: 1 + max((place for place, count in enumerate(counted) if count), default=-1)], facts)
    frame.attrs["purchases"] = int((found["times"] * found["customers"]).sum())
    return frame


def told(frame: pd.DataFrame, facts: ScopedFacts) -> pd.DataFrame:
    """Without ranges of few for who is not told of them."""
    return told_of(frame) if hides_few(facts.sight) else frame.reset_index(drop=True)
