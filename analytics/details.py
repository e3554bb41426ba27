"""The page of one run: what it computed with, what it found, and how good that is."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from django.utils.translation import gettext as _

from analytics import (
    champion_history,
    drift_words,
    explanations,
    findings,
    given_labels,
    group_stories,
    portrait_words,
    publishing,
    run_words,
    segments,
    switches,
    value_contests,
    value_groups,
)
from analytics.algorithms.preparing import FARTHEST
from analytics.algorithms.segments_map import SCORES
from analytics.analyses import churn, demand
from analytics.calibration_plot import Plot, plot
from analytics.catalog import ANALYSES, Label
from analytics.customer_groups import CATEGORY
from analytics.demand_series import named
from analytics.models import ProductRule, Run, SwitchedOff
from analytics.outcomes import Outcome, latest_as_judged, outcomes_of
from analytics.product_rules import BoughtTogether, rules_in_words
from analytics.proof import Proof
from analytics.recommenders import ComparedRecommenders
from core.models import OrganisationSettings

# On the page of a run; `manage.py results` and the API have all.
MOST_RULES = 50
# On the page of the run that everybody sees; see `reports.catalog`, which stands above.
CHARTS = {
    "rfm": ("positioning",),
    "kmeans": ("group-map", "group-positioning"),
    "hdbscan": ("dense-group-map",),
}


@dataclass(frozen=True)
class SegmentSize:
    words: segments.SegmentWords
    customers: int
    share: float
    description: str


@dataclass(frozen=True)
class JudgedSeries:
    """A series of demand. found: what the run keeps of it. errors: of each model, with whether it is used."""

    label: Label
    found: Mapping[str, Any]
    champion: Label
    used: Label
    errors: list[tuple[str, float, bool]]

    @property
    def smape_used(self) -> float:
        return float(self.found["smape"][self.found["used"]])


class RunDetails:
    """What the template of a run shows. Those of an analysis that this version does not know show the facts alone."""

    def __init__(self, run: Run) -> None:
        self.run = run
        analysis = next((entry for entry in ANALYSES if entry.name == run.analysis), None)
        self.label: Label = analysis.label if analysis else run.analysis
        self.purpose: Label = analysis.purpose if analysis else ""
        self.template = f"analytics/runs/{run.analysis}.html" if analysis and run.metrics else ""

    @cached_property
    def is_current(self) -> bool:
        return publishing.current_run_id(self.run.analysis) == self.run.pk

    @cached_property
    def off(self) -> SwitchedOff | None:
        """Where what everybody sees will not be made anew."""
        return switches.switched_off().get(self.run.analysis) if self.is_current else None

    @property
    def may_be_shown(self) -> bool:
        return self.run.status == Run.Status.PUBLISHED and not self.is_current

    @property
    def duration(self) -> dt.timedelta | None:
        return self.run.finished_at - self.run.started_at if self.run.finished_at else None

    @property
    def verdict(self) -> findings.Verdict | None:
        return run_words.verdict(self.run)

    @property
    def summary(self) -> str:
        return run_words.summary(self.run)

    @property
    def metrics(self) -> list[findings.Metric]:
        return run_words.metrics(self.run)

    @property
    def params(self) -> list[tuple[Label, str]]:
        return findings.params(self.run)

    # --- how it was judged

    @cached_property
    def proof(self) -> Proof:
        return run_words.proof(self.run)

    @property
    def calibration(self) -> Plot | None:
        return plot(self.proof.calibration, kind=self.proof.kind, currency=self._currency)

    @cached_property
    def outcomes(self) -> list[Outcome]:
        return outcomes_of(self.run.analysis, currency=self._currency)

    @property
    def awaits_outcomes(self) -> bool:
        return any(entry.forecasts for entry in ANALYSES if entry.name == self.run.analysis)

    @property
    def as_it_turned_out(self) -> Outcome | None:
        return latest_as_judged(self.outcomes)

    @cached_property
    def _currency(self) -> str:
        return OrganisationSettings.current().currency

    @property
    def drift(self) -> list[drift_words.Moved]:
        return drift_words.moved(self.run)

    @property
    def drift_since(self) -> int | None:
        found: int | None = self.run.distributions.get("earlier")
        return found

    @cached_property
    def champions(self) -> list[champion_history.Won]:
        return champion_history.history(self.run.analysis)

    @property
    def facts_since(self) -> dt.date | None:
        """The first month with orders in the snapshot, while its files are kept."""
        months = self.run.manifest.files.get("orders", {}) if self.run.manifest else {}
        return dt.date.fromisoformat(f"{min(months)}-01") if months else None

    # --- of RFM

    @property
    def segment_sizes(self) -> list[SegmentSize]:
        sizes = self.run.metrics["segments"]
        total = sum(sizes.values()) or 1
        ranked = sorted(sizes, key=lambda code: segments.RANK.get(code, len(segments.RANK)))
        described = portrait_words.descriptions(self.run)
        return [
            SegmentSize(segments.words(code), sizes[code], sizes[code] / total, described.get(code, ""))
            for code in ranked
        ]

    @property
    def buckets(self) -> list[tuple[int, list[Mapping[str, Any]]]]:
        """For each score, best first, who has it in recency, frequency and monetary value."""
        of_score: dict[int, list[Mapping[str, Any]]] = {score: [] for score in reversed(SCORES)}
        for bucket in self.run.metrics["buckets"]:
            of_score[bucket["score"]].append(bucket)
        return list(of_score.items())

    @property
    def segment_map(self) -> list[tuple[int, list[segments.SegmentWords]]]:
        cells = self.run.params["segment_map"]["cells"]
        return [(r, [segments.words(cells[f"R{r}F{f}"]) for f in SCORES]) for r in reversed(SCORES)]

    @property
    def charts(self) -> Sequence[str]:
        """Charts of what everybody sees now, by their keys in the catalog of reports."""
        return CHARTS.get(self.run.analysis, ()) if self.is_current else ()

    # --- of groups

    @cached_property
    def feature_names(self) -> findings.FeatureNames:
        return findings.FeatureNames()

    @cached_property
    def groups(self) -> list[findings.Group]:
        return findings.groups(self.run, self.feature_names)

    @cached_property
    def stories(self) -> list[group_stories.GroupStory]:
        return group_stories.stories(self.run, self.groups)

    @property
    def group_means(self) -> list[tuple[Label, findings.Kind, list[float]]]:
        """For each feature its label, how it is written, and its mean in each group."""
        names, groups = self.feature_names, self.groups
        features = groups[0].means if groups else {}
        return [(names.label(name), names.kind(name), [group.means[name] for group in groups]) for name in features]

    @cached_property
    def explanation(self) -> explanations.ExplanationWords | None:
        """How groups or labels are told apart; None in a run that has not learned that."""
        kept = self.run.metrics.get("explanation")
        return explanations.in_words(kept, self.feature_names, self._label_words) if kept else None

    @property
    def _label_words(self) -> Mapping[str, Label]:
        if self.run.analysis == "labels":
            return given_labels.words(self.run.params["target"])
        none = {str(group_stories.NO_GROUP): _("No group")}
        return none | {str(group.number): _("Group %(number)d") % {"number": group.number} for group in self.groups}

    @property
    def label_sizes(self) -> list[tuple[Label, int, int]]:
        """For each label how many of the sample had it, and how many customers were given it."""
        words, sizes = self._label_words, self.run.metrics["sizes"]
        kept = self.run.metrics["explanation"]["labels"]
        return [(words.get(label, label), given, sizes.get(label, 0)) for label, given in kept.items()]

    @property
    def preparation(self) -> list[tuple[Label, float, float]]:
        """For each feature but the categories which share of its values was missing, and which was cut off."""
        made = self.run.fitted.get("preparation")
        if made is None:  # a run of an earlier version
            return []
        rows = zip(made["features"], made["missing"], made["outliers"], strict=True)
        return [
            (self.feature_names.label(name), missing, outliers)
            for name, missing, outliers in rows
            if not name.startswith(CATEGORY)
        ]

    @property
    def is_scaled(self) -> bool:
        return bool(self.run.params.get("standardise", True))

    @property
    def cut_off(self) -> float:
        """So many scales from the median."""
        return float(self.run.params.get("cut_off", FARTHEST))

    @property
    def silhouettes(self) -> list[tuple[int, float]]:
        by_k = self.run.metrics["silhouette_by_k"]
        return sorted((int(k), silhouette) for k, silhouette in by_k.items())

    # --- of expected purchases

    @property
    def contests(self) -> list[value_contests.Contest]:
        return value_contests.contests(self.run)

    # --- of composite value

    @property
    def group_values(self) -> list[tuple[Label, list[value_groups.GroupValue]]]:
        return value_groups.group_values(self.run)

    @property
    def indicators(self) -> list[tuple[Label, Label, float, float | None, float]]:
        return value_groups.indicator_rows(self.run)

    # --- of churn

    @property
    def churn_ranking(self) -> list[tuple[Label, float]]:
        """What customers can be ranked by, best first."""
        ranked = sorted(self.run.metrics["judged"]["auc"].items(), key=lambda each: -each[1])
        return [(churn.MODELS[name], auc) for name, auc in ranked]

    @property
    def churn_bands(self) -> list[tuple[Label, str, int]]:
        sizes = self.run.metrics["bands"]
        return [(churn.BAND_LABELS[band], churn.BAND_TONES[band], sizes[band]) for band, _least in churn.BANDS]

    # --- of similar customers

    @property
    def similar_cutoff(self) -> dt.date:
        return dt.date.fromisoformat(self.run.metrics["cutoff"])

    # --- of rules

    @cached_property
    def rules(self) -> list[BoughtTogether]:
        return rules_in_words(ProductRule.objects.filter(run_id=self.run.pk).order_by("rule")[:MOST_RULES])

    @property
    def rules_until(self) -> dt.date:
        """The last day of the purchases that the rules were found in."""
        return dt.date.fromisoformat(self.run.metrics["cutoff"])

    # --- of demand

    @property
    def demand_models(self) -> Iterable[Label]:
        return demand.models_of(self.run).values()

    @property
    def demand_series(self) -> list[JudgedSeries]:
        found, models = self.run.metrics["series"], demand.models_of(self.run)
        return [
            JudgedSeries(
                label=series.label,
                found=each,
                champion=models[each["champion"]],
                used=models[each["used"]],
                errors=[(name, each["mase"][name], name == each["used"]) for name in models],
            )
            for each, series in zip(found, named(each["series"] for each in found), strict=True)
        ]

    @property
    def demand_days(self) -> tuple[dt.date, dt.date]:
        """The first and the last day of the periods."""
        first, last = (dt.date.fromisoformat(self.run.metrics[f"{end}_date"]) for end in ("first", "last"))
        return first, last

    # --- of recommendations

    @property
    def test_days(self) -> tuple[dt.date, dt.date]:
        """The last day that was known, and the last that was tested on."""
        backtest = self.run.metrics["backtest"]
        return dt.date.fromisoformat(backtest["cutoff"]), dt.date.fromisoformat(backtest["test_end"])

    @property
    def recommenders(self) -> ComparedRecommenders:
        return ComparedRecommenders(self.run)
