"""Who the customers are, out of the facts of the newest snapshot: each frame for one scope and one reader."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pandas as pd
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from accounts.models import Confidential
from core.countries import country_name
from core.formatting import locale_of
from reports.charts.ages import YEARS_A_BAR
from reports.drilling import between, customers_with
from reports.frames import Published
from reports.semantics.answers import UNKNOWN
from reports.semantics.facts import FEWEST_OF_A_GROUP, ScopedFacts, hides_few
from reports.semantics.few import FEW, name_of_few, told_of
from reports.semantics.questions import BadQuestion

OLDEST = 120


def ages(published: Published) -> pd.DataFrame:
    """For `charts.ages`. Raises BadQuestion for who does not see when customers were born."""
    if published.sight.masks(Confidential.BIRTH_DATE):
        raise BadQuestion(_("It is made of birth dates, which are hidden from you."))
    found = published.of_facts("ages", _ages)
    this_year = (published.known_by or published.facts_run.as_of).year
    firsts = [None if pd.isna(first) else int(first) for first in found["first"]]
    labels = [_("Unknown") if first is None else f"{first}–{first + YEARS_A_BAR - 1}" for first in firsts]
    filters = [customers_with(published, _of_age(first, this_year)) for first in firsts]
    named = found.assign(label=labels, filter=filters)
    named.attrs["box"] = found.attrs.get("box")
    return named


def _ages(facts: ScopedFacts) -> pd.DataFrame:
    """first, customers; `attrs["box"]`. An age is that reached within the year; what nobody can be is unknown."""
    who = f"{facts.are_there('c')} AND {facts.chosen('c.customer_id')}"
    age = f"CASE WHEN $year - c.birth_year BETWEEN 0 AND {OLDEST} THEN $year - c.birth_year END"
    year = (facts.known_by or facts.as_of).year
    found = facts.frame(
        f"SELECT CAST(({age}) // {YEARS_A_BAR} * {YEARS_A_BAR} AS DOUBLE) AS first, COUNT(*) AS customers"  # noqa: S608
        f" FROM customer_dim AS c WHERE {who} GROUP BY 1 ORDER BY 1 NULLS LAST",
        year=year,
    )
    found = _without_gaps(found)
    found["known"] = found["customers"].where(found["first"].notna(), 0)
    if hides_few(facts.sight):
        found = told_of(found)
    box = facts.frame(
        "SELECT MIN(a) AS lowest, QUANTILE_CONT(a, 0.25) AS q1, MEDIAN(a) AS median, QUANTILE_CONT(a, 0.75) AS q3,"  # noqa: S608
        f" MAX(a) AS highest, COUNT(a) AS customers FROM (SELECT {age} AS a FROM customer_dim AS c WHERE {who})",
        year=year,
    ).iloc[0]
    # The lowest and the highest are ages of single customers.
    if box["customers"] >= FEWEST_OF_A_GROUP and not hides_few(facts.sight):
        found.attrs["box"] = {name: float(box[name]) for name in ("lowest", "q1", "median", "q3", "highest")}
    return found


def _without_gaps(found: pd.DataFrame) -> pd.DataFrame:
    """With the ranges between the youngest and the oldest in which there is nobody."""
    known = found[found["first"].notna()]
    if known.empty:
        return found
    firsts = range(int(known["first"].min()), int(known["first"].max()) + 1, YEARS_A_BAR)
    full = pd.DataFrame({"first": [float(first) for first in firsts]}).merge(known, on="first", how="left")
    full["customers"] = full["customers"].fillna(0).astype(int)
    return pd.concat([full, found[found["first"].isna()]], ignore_index=True)


def _of_age(first: int | None, this_year: int) -> dict[str, Any]:
    if first is None:
        possible = [dt.date(this_year - OLDEST, 1, 1).isoformat(), dt.date(this_year, 12, 31).isoformat()]
        return {"not": {"field": "birth_date", "op": "between", "value": possible}}
    youngest, oldest = this_year - first, this_year - min(first + YEARS_A_BAR - 1, OLDEST)
    born = [dt.date(oldest, 1, 1).isoformat(), dt.date(youngest, 12, 31).isoformat()]
    return {"field": "birth_date", "op": "between", "value": born}


def countries(published: Published) -> pd.DataFrame:
    """For `charts.customer_places`: code, label, customers, filter."""
    found = published.of_facts("countries", _countries)
    locale = locale_of(get_language() or "en")
    together = {UNKNOWN: _("Unknown"), FEW: name_of_few()}
    labels = [together.get(code) or country_name(code, locale=locale) for code in found["code"]]
    filters = ["" if code == FEW else customers_with(published, _living_in(code)) for code in found["code"]]
    return found.assign(label=labels, filter=filters)


def _countries(facts: ScopedFacts) -> pd.DataFrame:
    found = facts.frame(
        "SELECT COALESCE(c.country, '') AS code, COUNT(*) AS customers FROM customer_dim AS c"  # noqa: S608 - ours
        f" WHERE {facts.are_there('c')} AND {facts.chosen('c.customer_id')} GROUP BY 1 ORDER BY 2 DESC, 1"
    )
    if not hides_few(facts.sight):
        return found
    told = told_of(found)
    few = found["customers"].sum() - told["customers"].sum()
    if few < FEWEST_OF_A_GROUP:
        return told
    return pd.concat([told, pd.DataFrame([{"code": FEW, "customers": few}])], ignore_index=True)


def _living_in(code: str) -> dict[str, Any]:
    if code == UNKNOWN:
        return {"field": "country", "op": "is_empty"}
    return {"field": "country", "op": "is", "value": code}


def growth(published: Published) -> pd.DataFrame:
    """For `charts.growth`."""
    found = published.of_facts("growth", _growth)
    scope = published.scope
    filters = [customers_with(published, between("customer_since", *scope.days_in(start))) for start in found["start"]]
    return found.assign(filter=filters)


def _growth(facts: ScopedFacts) -> pd.DataFrame:
    found = facts.frame(
        "SELECT CASE WHEN c.since_date IS NULL THEN 'unknown' WHEN c.since_date < $since THEN 'before'"  # noqa: S608
        " WHEN c.since_date > $until THEN 'after' ELSE 'within' END AS part,"
        f" CASE WHEN c.since_date BETWEEN $since AND $until THEN {facts.scope.period_sql('c.since_date')} END AS start,"
        " COUNT(*) AS customers FROM customer_dim AS c"
        f" WHERE c.is_live AND {facts.chosen('c.customer_id')} GROUP BY 1, 2"
    )
    sums = found.groupby("part")["customers"].sum()
    within = found[found["part"] == "within"]
    new = dict(zip([start.date() for start in within["start"]], within["customers"], strict=True))
    starts = facts.scope.periods
    counted = pd.DataFrame({"start": starts, "new": [int(new.get(start, 0)) for start in starts]})
    before = int(sums.get("before", 0))
    counted = counted.assign(total=before + counted["new"].cumsum())
    counted.attrs = {"grain": facts.scope.grain, "before": before, "unknown": int(sums.get("unknown", 0))}
    return counted
