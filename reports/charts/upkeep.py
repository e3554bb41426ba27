"""Whether the machinery keeps up: how old the results of each analysis are, and how jobs have fared."""

from __future__ import annotations

from typing import Any

import pandas as pd

from reports.charts import style
from reports.charts.drawing import Column, ColumnKind, Drawing, Table, is_missing, nothing_to_draw, rows_of
from reports.charts.words import Words

# From so many hours on, ages are told in days.
IN_DAYS_FROM = 72
MINUTE, HOUR = 60, 3600
CAME_TO_NOTHING = frozenset({"failed", "withheld"})
TONES = {"": "accent", "off": "neutral"}


def age_of_results(analyses: pd.DataFrame, words: Words) -> Drawing:
    """A bar for each analysis: hours since the results that are shown were computed or brought up to date.

    analyses: label, hours, as_of, seconds (that computing took), rows, trouble (what became of a later run that came to
    nothing: "failed", "withheld" or ""; "off" where nobody shall make it: what is switched off stands last).
    """
    _ = words.gettext
    if analyses.empty:
        return nothing_to_draw(_("Nothing has been computed yet."))
    outcomes = {"failed": _("failed"), "withheld": _("not better than its baseline"), "": _("published")}
    outcomes["off"] = _("switched off")
    by_age = analyses.sort_values("hours", ascending=False, kind="stable")
    table = by_age.sort_values("trouble", key=lambda trouble: trouble == "off", kind="stable", ignore_index=True)
    table = table.assign(
        day=[words.day(day) for day in table["as_of"]],
        age=[_age(hours, words) for hours in table["hours"]],
        took=[lasting(seconds, words) for seconds in table["seconds"]],
        outcome=[outcomes[trouble] for trouble in table["trouble"]],
    )
    return Drawing(
        finding=_age_finding(table, words),
        figure=_ages(table, words),
        table=Table(
            (
                Column("label", _("Analysis")),
                Column("age", _("Computed before")),
                Column("day", _("As of")),
                Column("took", _("Took")),
                Column("rows", _("Rows"), ColumnKind.COUNT),
                Column("outcome", _("Last attempt")),
            ),
            table,
        ),
        sample=words.ngettext("n = %(n)s analysis", "n = %(n)s analyses", len(table)) % {"n": words.number(len(table))},
        unit=_("age of the results that are shown; hatched: a later attempt came to nothing"),
    )


def job_durations(jobs: pd.DataFrame, words: Words) -> Drawing:
    """A bar for each kind of job: how long it takes as a rule, with a line to the longest.

    jobs: label, runs (that are over), failed, median_seconds, longest_seconds (of those that were done; nothing where
    none was), and in every row days, within which they ended.
    """
    _ = words.gettext
    if jobs.empty:
        return nothing_to_draw(_("No job has ended lately."))
    table = jobs.sort_values("median_seconds", ascending=False, kind="stable", ignore_index=True, na_position="last")
    table = table.assign(
        failed_share=[
            style.share_of(failed, runs) for failed, runs in zip(table["failed"], table["runs"], strict=True)
        ],
        median=[lasting(seconds, words) for seconds in table["median_seconds"]],
        longest=[lasting(seconds, words) for seconds in table["longest_seconds"]],
    )
    total = int(table["runs"].sum())
    return Drawing(
        finding=_jobs_finding(table, total, words),
        figure=_durations(table, words) if table["median_seconds"].notna().any() else None,
        table=Table(
            (
                Column("label", _("Kind of job")),
                Column("runs", _("Jobs"), ColumnKind.COUNT),
                Column("failed", _("Failed"), ColumnKind.COUNT),
                Column("failed_share", _("Share failed"), ColumnKind.SHARE),
                Column("median", _("Takes as a rule")),
                Column("longest", _("Longest")),
            ),
            table,
        ),
        sample=words.ngettext("n = %(n)s job", "n = %(n)s jobs", total) % {"n": words.number(total)},
        unit=_("half of the jobs take less; the line leads to the longest"),
    )


def lasting(seconds: float, words: Words) -> str:
    """A time that something takes, in one unit."""
    _ = words.gettext
    if is_missing(seconds):
        return "–"
    if seconds < MINUTE * 2:
        return _("%(n)s s") % {"n": words.number(round(seconds, 1) if seconds < 10 else round(seconds))}
    if seconds < HOUR * 2:
        return _("%(n)s min") % {"n": words.number(round(seconds / MINUTE))}
    return _("%(n)s h") % {"n": words.number(round(seconds / HOUR, 1))}


def _age(hours: float, words: Words) -> str:
    if hours < 1.5:
        return words.gettext("%(n)s min") % {"n": words.number(round(hours * 60))}
    if hours < IN_DAYS_FROM:
        rounded = round(hours)
        return words.ngettext("%(n)s hour", "%(n)s hours", rounded) % {"n": words.number(rounded)}
    rounded = round(hours / 24)
    return words.ngettext("%(n)s day", "%(n)s days", rounded) % {"n": words.number(rounded)}


def _age_finding(table: pd.DataFrame, words: Words) -> str:
    _ = words.gettext
    troubled = [row["label"] for row in rows_of(table) if row["trouble"] in CAME_TO_NOTHING]
    oldest = rows_of(table)[0]
    facts = {"analysis": oldest["label"], "age": oldest["age"], "n": words.number(len(troubled))}
    if len(troubled) == 1:
        return _("The last attempt came to nothing: %(analysis)s") % {"analysis": troubled[0]}
    if troubled:
        return _("The last attempts of %(n)s analyses came to nothing") % facts
    return _("All results are of the last attempt; the oldest are %(age)s old: %(analysis)s") % facts


def _ages(table: pd.DataFrame, words: Words) -> dict[str, Any]:
    highest = max(float(table["hours"].max()), 1.0)
    bars = {
        "type": "bar",
        "orientation": "h",
        "x": table["hours"].round(2).tolist(),
        "y": table["label"].tolist(),
        "text": table["age"].tolist(),
        "textposition": "outside",
        "cliponaxis": False,
        "marker": {
            "color": [style.tone_colour(TONES.get(trouble, "bad")) for trouble in table["trouble"]],
            "pattern": {"shape": ["/" if trouble in CAME_TO_NOTHING else "" for trouble in table["trouble"]]},
        },
        "hovertext": [f"{row['label']}: {row['age']}, {row['outcome']}" for row in rows_of(table)],
        "hovertemplate": "%{hovertext}<extra></extra>",
    }
    names = {"autorange": "reversed", "showgrid": False, "ticks": ""}
    return style.figure([bars], style.layout(xaxis={"range": [0, highest * 1.3], "visible": False}, yaxis=names))


def _jobs_finding(table: pd.DataFrame, total: int, words: Words) -> str:
    _ = words.gettext
    failed = int(table["failed"].sum())
    days = int(table["days"].iloc[0])
    facts = {"total": words.number(total), "failed": words.number(failed), "days": words.number(days)}
    if failed:
        worst = rows_of(table.nlargest(1, "failed"))[0]
        return _("%(failed)s of %(total)s jobs of the last %(days)s days failed, most often: %(kind)s") % {
            **facts,
            "kind": worst["label"],
        }
    return (
        words.ngettext(
            "The only job of the last %(days)s days did not fail",
            "None of %(total)s jobs of the last %(days)s days failed",
            total,
        )
        % facts
    )


def _durations(table: pd.DataFrame, words: Words) -> dict[str, Any]:
    drawn = table[table["median_seconds"].notna()]
    rows = rows_of(drawn)
    # Seconds and hours side by side: only a logarithm shows both.
    least = min(max(row["median_seconds"], 0.1) for row in rows)
    most = max(max(row["longest_seconds"], 1.0) for row in rows)
    ticks = [tick for tick in (0.1, 1, 10, 60, 600, 3600, 36_000, 360_000) if least / 10 <= tick <= most * 10]
    bars = {
        "type": "bar",
        "orientation": "h",
        "x": [max(row["median_seconds"], 0.1) for row in rows],
        "y": drawn["label"].tolist(),
        "marker": {"color": style.faded(style.ACCENT, 75)},
        "error_x": {
            "type": "data",
            "symmetric": False,
            "array": [max(row["longest_seconds"] - max(row["median_seconds"], 0.1), 0.0) for row in rows],
            "arrayminus": [0.0] * len(rows),
            "color": style.QUIET_INK,
            "thickness": 1.5,
        },
        "hovertext": [
            words.gettext("%(kind)s: %(median)s as a rule, %(longest)s at most, %(failed)s failed")
            % {
                "kind": row["label"],
                "median": row["median"],
                "longest": row["longest"],
                "failed": words.number(row["failed"]),
            }
            for row in rows
        ],
        "hovertemplate": "%{hovertext}<extra></extra>",
    }
    names = {"autorange": "reversed", "showgrid": False, "ticks": ""}
    seconds = {"type": "log", "tickvals": ticks, "ticktext": [lasting(tick, words) for tick in ticks]}
    return style.figure([bars], style.layout(xaxis=seconds, yaxis=names))
