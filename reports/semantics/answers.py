"""Answers to questions, computed by the engine over the facts of the newest snapshot."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import pandas as pd

from accounts.visibility import Sight
from analytics.many_ids import numbers_by_text
from analytics.models import Run
from analytics.publishing import current_run
from analytics.snapshot_columns import NoColumns
from reports.charts.drawing import ColumnKind
from reports.semantics.cells import PRODUCTS, Division, cells_of
from reports.semantics.dimensions import Dimension, Of
from reports.semantics.facts import AskedFacts, facts_of, hides_few, is_chosen, were_there
from reports.semantics.few import FEW, together_told, untold
from reports.semantics.periods import starts
from reports.semantics.questions import Question
from reports.semantics.subjects import FACTS, columns_of_facts

# Groups of a division that are told by name; the others are put together.
MOST_GROUPS, MOST_SPLITS = 20, 5
# What stands instead of a value: of a customer without one, of all further groups.
UNKNOWN, OTHERS = "", "\0others"


class NothingToAsk(Exception):
    """No run has been published whose facts could be asked."""


@dataclass(frozen=True)
class Answer:
    """What a question came to.

    frame: a row a group (and split): key, split, value, customers, and `earlier` where the question compares; time in
      its order and without gaps, other groups by their values, those put together last. Amounts are in minor units; a
      missing value is one that cannot be made, or is of few.
    counted: how many facts it rests on. as_of: the last day that the facts know.
    """

    question: Question
    frame: pd.DataFrame
    counted: int
    as_of: dt.date
    run: Run


def newest_facts() -> Run:
    """The run whose snapshot pages ask. Raises NothingToAsk."""
    run = current_run("daily")
    if run is None or run.manifest is None:
        raise NothingToAsk
    return run


def answer(question: Question, *, run: Run, sight: Sight, minor_units: int) -> Answer:
    """`minor_units`: how many of them the organisation's currency has in one, for amounts kept in whole units. Raises
    BadQuestion, and what `reports.semantics.facts.facts_of` raises."""
    question.check(sight)
    with facts_of(run, question.among, sight) as facts:
        if Of.SCORES in {dimension.of for dimension in _dimensions(question)}:
            scores = current_run("rfm")
            facts.engine.define_frame("scores", segments_of_customers(scores.pk if scores else None))
        of_few = _hides_few(question, sight)
        frame = _groups(facts, question, question.since, question.until, of_few=of_few)
        counted = int(frame["counted"].sum())
        if question.compare:
            days = question.earlier_days()
            known = None if question.has_days else question.day_before(run.as_of)
            earlier = _groups(facts, question, *days, of_few=of_few, known_by=known)
            frame = _side_by_side(frame, earlier, question)
    if question.measured.in_whole_units:
        amounts = [column for column in ("value", "earlier") if column in frame]
        frame[amounts] = frame[amounts] * minor_units
    frame = _readable(frame, question, sight)
    return Answer(question, frame, counted, run.as_of, run)


def _dimensions(question: Question) -> list[Dimension]:
    return [question.divided, *([question.split_by] if question.split_by else [])]


def segments_of_customers(run_id: int | None) -> pd.DataFrame:
    """Which segment each customer is in."""
    return codes_of_customers("SELECT segment, customer_id FROM analytics_rfm WHERE run_id = %s", run_id, "segment")


def codes_of_customers(rows: str, run_id: int | None, column: str) -> pd.DataFrame:
    """customer_id, and as `column` the text that stands before it in the rows of a run: a column of codes, which a
    million rows of text are not."""
    found = numbers_by_text(rows, [run_id])
    if not found:  # of no codes at all the engine makes no column of codes
        return pd.DataFrame({"customer_id": pd.Series(dtype="int64"), column: pd.Series(dtype="object")})
    codes = np.repeat(np.arange(len(found), dtype=np.int16), [len(ids) for ids in found.values()])
    columns = {
        "customer_id": np.concatenate([*found.values()]),
        column: pd.Categorical.from_codes(codes, categories=pd.Index(list(found))),
    }
    return pd.DataFrame(columns, copy=False)


def _groups(
    asked: AskedFacts,
    question: Question,
    since: dt.date,
    until: dt.date,
    *,
    of_few: bool,
    known_by: dt.date | None = None,
) -> pd.DataFrame:
    """key, split, value, customers, counted: one row a group, in the order of the keys. Customers are counted only for
    who is not told of few: different ones among ten million facts take longer than all else. known_by: where facts have
    no days, the day on which they were there already."""
    facts = FACTS[question.measured.subject]
    dimensions = _dimensions(question)
    joins = ""
    whose = f"{facts.name}.customer_id"
    if facts.name != "c" and any(dimension.of is Of.CUSTOMER for dimension in dimensions):
        joins += f" LEFT JOIN customer_dim AS c ON c.customer_id = {whose}"
    if any(dimension.of is Of.SCORES for dimension in dimensions):
        joins += f" LEFT JOIN scores AS s ON s.customer_id = {whose}"
    customers = f"COUNT(DISTINCT {whose})" if of_few else "0"
    split = question.split_by.sql if question.split_by else "NULL"
    divided = question.divided.sql_for(sunday_weeks=question.sunday_weeks)
    try:
        if of_few or known_by is not None:
            raise NoColumns
        measured = question.measured.in_cells or question.measured.sql
        select = _cells(asked, question, since, until, measured)
        where = ""
    except NoColumns:
        measured = question.measured.sql
        named = columns_of_facts(f"{measured} {divided} {split}")
        asked.only(*facts.wanted(named, since, until))
        select = facts.select_for(named)
        where = f" WHERE {is_chosen(question.among, whose)}"
        if known_by is not None:
            where += f" AND {were_there(facts.name)}"
    sql = (
        f"SELECT {divided} AS key, {split} AS split, CAST({measured} AS DOUBLE) AS value,"  # noqa: S608 - constants of this package
        f" {customers} AS customers, CAST({facts.counted} AS BIGINT) AS counted"
        f" FROM ({select}) AS {facts.name}{joins}{where} GROUP BY 1, 2 ORDER BY 1, 2"
    )
    days = {"since": since, "until": until} if "$since" in sql else {}
    if known_by is not None:
        days["known_by"] = known_by
    frame = asked.engine.frame(sql, days)
    return frame.assign(key=_known(frame["key"]), split=_known(frame["split"]), counted=frame["counted"].fillna(0))


def _cells(asked: AskedFacts, question: Question, since: dt.date, until: dt.date, measured: str) -> str:
    """The facts of a question, added up as it divides them. Raises NoColumns."""
    subject, dimensions = question.measured.subject, _dimensions(question)
    divisions = " ".join(dimension.sql for dimension in dimensions if dimension.of is Of.FACT)
    values = ""
    if any(dimension.of in {Of.CUSTOMER, Of.SCORES} for dimension in dimensions):
        asked_of = [each.sql if each.of in {Of.CUSTOMER, Of.SCORES} else "NULL" for each in dimensions]
        one, other = (*asked_of, "NULL")[:2]
        scores = " LEFT JOIN scores AS s ON s.customer_id = c.customer_id" if "s." in f"{one} {other}" else ""
        values = f"SELECT c.customer_id, {one} AS one, {other} AS other FROM customer_dim AS c{scores}"  # noqa: S608
    first_days = (
        starts(since, until, question.by, sunday_weeks=question.sunday_weeks) if question.divided.is_time else []
    )
    division = Division(since, until, first_days, values, by_product=bool(columns_of_facts(divisions) & PRODUCTS))
    return cells_of(asked, subject, division, columns_of_facts(f"{measured} {divisions}"))


def _known(values: pd.Series[Any]) -> pd.Series[Any]:
    """Days as days, numbers as Python's, and one word for what is not known."""
    plain = values.astype(object).where(values.notna(), UNKNOWN)
    return plain.map(lambda value: value.date() if isinstance(value, pd.Timestamp) else _plain(value))


def _plain(value: object) -> object:
    return int(value) if isinstance(value, float) and value.is_integer() else value


def _side_by_side(frame: pd.DataFrame, earlier: pd.DataFrame, question: Question) -> pd.DataFrame:
    """With the earlier value of each group; periods are put beside each other by their place."""
    then = earlier[["key", "split", "value", "customers"]]
    beside = ["key", "split"]
    if question.divided.is_time:
        splits = pd.concat([frame["split"], earlier["split"]])
        frame = _by_place(_without_gaps(frame, question, question.since, question.until, splits))
        then = _by_place(_without_gaps(then, question, *question.earlier_days(), splits)).drop(columns="key")
        beside = ["place", "split"]
    how: Literal["left", "outer"] = "left" if question.divided.is_time else "outer"
    both = frame.merge(then, on=beside, how=how, suffixes=("", "_earlier")).fillna(
        {"customers": 0, "customers_earlier": 0, "counted": 0}
    )
    return both.rename(columns={"value_earlier": "earlier"}).drop(columns="place", errors="ignore")


def _by_place(frame: pd.DataFrame) -> pd.DataFrame:
    """With the place of each period among all."""
    return frame.assign(place=pd.factorize(frame["key"])[0])


def _without_gaps(
    frame: pd.DataFrame, question: Question, since: dt.date, until: dt.date, splits: pd.Series[Any] | None = None
) -> pd.DataFrame:
    """Periods in which nothing happened, as zeros where zero is what happened; with these further divisions."""
    days = pd.DataFrame({"key": starts(since, until, question.by, sunday_weeks=question.sunday_weeks)})
    names = (frame["split"] if splits is None else splits).drop_duplicates()
    known = pd.DataFrame({"split": names if len(names) else [UNKNOWN]})
    full = days.merge(known, how="cross").merge(frame, on=["key", "split"], how="left")
    nothing = 0 if question.measured.adds_up else None
    counts = [column for column in ("customers", "counted") if column in full]
    filled = full.fillna(dict.fromkeys(counts, 0))
    return filled if nothing is None else filled.assign(value=filled["value"].fillna(nothing))


def _readable(frame: pd.DataFrame, question: Question, sight: Sight) -> pd.DataFrame:
    """Few enough groups to be read, and none so small that it gives a person away."""
    if _hides_few(question, sight):
        frame = _without_few(frame, question)
    amounts = [column for column in ("value", "earlier") if column in frame]
    if question.measured.kind is not ColumnKind.SHARE and (question.split or not question.divided.is_time):
        # A refund without its order has a group, and no order in it.
        frame = frame[frame[amounts].fillna(0).ne(0).any(axis=1) | _is_untold(frame)]
    if question.split:
        totals = frame.groupby("split")["value"].sum().sort_values(ascending=False)
        rare = ~frame["split"].isin(totals.index[:MOST_SPLITS])
        frame = _put_together(frame, rare, OTHERS, question, column="split")
        order_of_splits = {key: place for place, key in enumerate(totals.index)} | {UNKNOWN: 10**6, OTHERS: 10**6 + 1}
        frame = frame.sort_values("split", key=lambda keys: keys.map(order_of_splits), kind="stable")
    if question.divided.is_time:
        frame = _without_gaps(frame, question, question.since, question.until)
        return frame.assign(**{column: frame[column].mask(_is_untold(frame)) for column in amounts})
    totals = frame.groupby("key")["value"].sum().sort_values(ascending=False, kind="stable")
    is_last = ~frame["key"].isin(totals.index[:MOST_GROUPS])
    frame = _put_together(frame, is_last, OTHERS, question)
    order = {key: place for place, key in enumerate(totals.index[:MOST_GROUPS])} | {FEW: 10**6, OTHERS: 10**6 + 1}
    return frame.sort_values("key", key=lambda keys: keys.map(order).fillna(10**6), kind="stable", ignore_index=True)


def _without_few(frame: pd.DataFrame, question: Question) -> pd.DataFrame:
    """Small groups as one where that is not small; of periods, a column `untold`, since a gap would be read as nothing.
    Sums over time need no care: whoever sees a customer sees when they bought."""
    frame = frame.reset_index(drop=True)
    counts = [column for column in ("customers", "customers_earlier") if column in frame]
    are_people, are_people_split = (
        dimension is not None and dimension.of in {Of.CUSTOMER, Of.SCORES}
        for dimension in (question.divided, question.split_by)
    )
    sums = {"key": are_people_split} if question.divided.is_time else {"key": are_people_split, "split": are_people}
    few = untold(frame, counts=counts, sums=sums)
    if question.divided.is_time:
        return frame.assign(untold=few)
    may_be_told = together_told(frame, few, counts=counts, of="split", are_different=are_people)
    is_left = ~few | may_be_told
    return _put_together(frame[is_left], pd.Series(few, index=frame.index)[is_left], FEW, question)


def _is_untold(frame: pd.DataFrame) -> pd.Series[bool]:
    return frame["untold"].eq(True) if "untold" in frame else pd.Series(False, index=frame.index)


def _hides_few(question: Question, sight: Sight) -> bool:
    divides_people = any(dimension.of in {Of.CUSTOMER, Of.SCORES} for dimension in _dimensions(question))
    return divides_people and hides_few(sight)


def _put_together(
    frame: pd.DataFrame, which: pd.Series[bool], name: str, question: Question, *, column: str = "key"
) -> pd.DataFrame:
    """The rows of some groups as one, where the measure adds up; else without them."""
    if not which.any():
        return frame
    if not question.measured.adds_up:
        return frame[~which].reset_index(drop=True)
    renamed = frame.assign(**{column: frame[column].where(~which, name)})
    summed = {column: "sum" for column in ("value", "earlier", "customers", "counted") if column in frame}
    untold = {"untold": "any"} if "untold" in frame else {}  # of a sum with a part that is not told
    return renamed.groupby(["key", "split"], as_index=False, sort=False).agg(summed | untold)
