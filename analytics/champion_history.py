"""Which model won in each run of an analysis that learned, and how good it was, the latest first."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from itertools import zip_longest

from django.utils.translation import gettext as _

from analytics import champions, run_words
from analytics.analyses import churn, clv, demand, labels
from analytics.analyses.recommendations import METHODS
from analytics.findings import Label, Metric, Verdict
from analytics.models import Run
from core.templatetags.ui import number

# Half a year of weeks.
MOST_SHOWN = 26


@dataclass(frozen=True)
class Won:
    """One run. changed: another model won in the run before it that learned."""

    run: Run
    model: str
    metric: Metric | None
    verdict: Verdict | None
    changed: bool


def history(analysis: str) -> list[Won]:
    """Empty where a run neither chooses a model nor measures one."""
    judged = Run.objects.filter(analysis=analysis, learned_by=None).exclude(metrics={})
    runs = list(judged.order_by("-pk")[: MOST_SHOWN + 1])
    told = [_told(run, before) for run, before in zip_longest(runs, runs[1:])]
    return [each for each in told[:MOST_SHOWN] if each.model or each.metric]


def _told(run: Run, before: Run | None) -> Won:
    model = in_words(run)
    changed = before is not None and in_words(before) not in ("", model)
    return Won(run, model, _first_metric(run), run_words.verdict(run), changed)


def _first_metric(run: Run) -> Metric | None:
    try:
        return next(iter(run_words.metrics(run)), None)
    except (KeyError, TypeError):  # a run of an earlier version, which kept other figures
        return None


def in_words(run: Run) -> str:
    """The model whose scores the run has; empty where none was chosen."""
    if run.analysis == "demand":
        return _of_series(run)
    return str(_WORDS[run.analysis](*names)) if (names := champions.names_of(run)) else ""


def _of_series(run: Run) -> str:
    used = Counter(series["used"] for series in run.metrics.get("series", []))
    models = demand.models_of(run) if used else {}
    return ", ".join(f"{models[name]}: {number(count)}" for name, count in used.most_common())


def _value(purchases: str, spend: str, *_of_leaving: str) -> Label:
    if purchases == spend:
        return clv.MODELS[purchases]
    return _("%(purchases)s; of spend %(spend)s") % {
        "purchases": clv.MODELS[purchases],
        "spend": clv.MODELS[spend],
    }


def _groups(count: str) -> Label:
    return _("%(number)s groups") % {"number": count}


_WORDS: Mapping[str, Callable[..., Label]] = {
    "clv": _value,
    "churn": churn.MODELS.__getitem__,
    "labels": labels.MODELS.__getitem__,
    "recommendations": METHODS.__getitem__,
    "kmeans": _groups,
    "hdbscan": _groups,
}
