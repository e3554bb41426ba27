"""Snapshots, runs of analyses, and which of them everybody sees."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from jobs.models import Job


class SnapshotManifest(models.Model):
    """Which Parquet files together are one consistent picture of the facts. Files are never changed once written."""

    class Status(models.TextChoices):
        BUILDING = "building", _("Being made")
        READY = "ready", _("Ready")
        COLLECTED = "collected", _("Files removed")

    status = models.CharField(_("status"), max_length=10, choices=Status, default=Status.BUILDING)
    job = models.ForeignKey(Job, null=True, blank=True, on_delete=models.SET_NULL, related_name="manifests")
    created_at = models.DateTimeField(_("created"), auto_now_add=True)
    ready_at = models.DateTimeField(_("ready"), null=True, blank=True)
    # What the files of each table were made by: made otherwise, they lend no month to a later manifest.
    fingerprints = models.JSONField(default=dict)
    # Below settings.SNAPSHOT_DIR: {"orders": {"2026-03": ["orders/2026-03-j17a1.parquet"], …}, "products": {"": […]}}
    files = models.JSONField(default=dict)
    row_counts = models.JSONField(_("rows"), default=dict)
    size_bytes = models.BigIntegerField(_("size"), default=0)
    months_read = models.PositiveIntegerField(_("months read"), default=0)
    latest_date = models.DateField(_("last day with data"), null=True, blank=True)
    seconds = models.FloatField(_("seconds"), null=True, blank=True)

    class Meta:
        verbose_name = _("snapshot")
        verbose_name_plural = _("snapshots")
        ordering = ["-id"]

    def __str__(self) -> str:
        return f"snapshot {self.pk}"


class ChangeMark(models.Model):
    """What changed since the last snapshot; written by triggers in the transaction of the change.

    Rows that were inserted are named by their ids, a mark for each unbroken range: these exactly, so that a snapshot
    reads each once, however late its transaction commits and whatever others number in between. Any other change marks
    the month of the fact, or without one all months.

    `whose`: ids of the customers of orders and events, as they are and were; of lines and refunds ids of the orders,
    which somebody else may be moving to another customer at the same time; of customers and addresses the customers who
    are something else now that lists are told by snapshots. They stand in one mark of a statement; None where these are
    too many to be named.

    Marks are only ever appended: a transaction that relied on another's mark would lose its change to a snapshot that
    sees the mark and not the change.
    """

    kind = models.CharField(max_length=10)
    month = models.DateField(null=True)
    first_new_id = models.BigIntegerField(null=True)
    last_new_id = models.BigIntegerField(null=True)
    whose = ArrayField(models.BigIntegerField(), null=True)

    class Meta:
        verbose_name = _("change since the last snapshot")
        verbose_name_plural = _("changes since the last snapshot")
        constraints = [
            models.CheckConstraint(
                condition=models.Q(first_new_id=None, last_new_id=None)
                | models.Q(month=None, first_new_id__lte=models.F("last_new_id")),
                name="mark_of_rows_or_month",
            )
        ]

    def __str__(self) -> str:
        if self.first_new_id is not None:
            return f"{self.kind} {self.first_new_id}–{self.last_new_id}"
        return f"{self.kind} {self.month or '*'}"


class Run(models.Model):
    """One analysis, computed over one snapshot as of one day. Its rows are seen by nobody until it is published."""

    class Status(models.TextChoices):
        COMPUTING = "computing", _("Computing")
        PUBLISHED = "published", _("Published")
        # Computed, and not good enough to be used: `error` says why.
        WITHHELD = "withheld", _("Not published")
        FAILED = "failed", _("Failed")
        # Waits for nothing but the comparison with what comes: so many customers drawn at random are left.
        SAMPLED = "sampled", _("Kept in part")
        COLLECTED = "collected", _("Rows removed")

    WITH_ROWS = (Status.PUBLISHED, Status.SAMPLED)

    analysis = models.CharField(_("analysis"), max_length=40)
    manifest = models.ForeignKey(
        SnapshotManifest, verbose_name=_("snapshot"), null=True, on_delete=models.PROTECT, related_name="runs"
    )
    job = models.ForeignKey(Job, null=True, blank=True, on_delete=models.SET_NULL, related_name="runs")
    as_of = models.DateField(_("as of"))
    status = models.CharField(_("status"), max_length=10, choices=Status, default=Status.COMPUTING)
    params = models.JSONField(_("parameters"), default=dict)
    fitted = models.JSONField(_("fitted"), default=dict)
    metrics = models.JSONField(_("metrics"), default=dict)
    # Of each feature and score how many rows lie where; see `analytics.algorithms.drift`.
    distributions = models.JSONField(_("distributions"), default=dict)
    row_count = models.BigIntegerField(_("rows"), default=0)
    error = models.TextField(_("error"), blank=True)
    # Whose model this run used, if it has learned none of its own.
    learned_by = models.ForeignKey(
        "self", verbose_name=_("learned by"), null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    started_at = models.DateTimeField(_("started"), auto_now_add=True)
    finished_at = models.DateTimeField(_("finished"), null=True, blank=True)
    peak_memory_mb = models.PositiveIntegerField(_("peak memory, MB"), null=True, blank=True)
    # Rows of single customers are brought up to later facts while the run is shown (see `analytics.refreshing`).
    refreshed_at = models.DateTimeField(_("brought up to date"), null=True, blank=True)
    refreshed_manifest = models.ForeignKey(
        SnapshotManifest,
        verbose_name=_("brought up to"),
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="+",
    )
    refreshed_customers = models.PositiveBigIntegerField(_("customers brought up to date"), default=0)

    class Meta:
        verbose_name = _("run")
        verbose_name_plural = _("runs")
        ordering = ["-id"]
        indexes = [models.Index(fields=["analysis", "-id"], name="run_by_analysis")]

    def __str__(self) -> str:
        return f"{self.analysis} #{self.pk}"

    @property
    def learned(self) -> Mapping[str, Any] | None:
        """What nights apply of what it has learned; None where nothing was kept, or is kept any more."""
        kept: LearnedModel | None = getattr(self, "learned_model", None)
        return kept.content if kept else None

    @property
    def learned_as_of(self) -> dt.date:
        """The day up to which its model has learned, and was judged."""
        return self.learned_by.as_of if self.learned_by else self.as_of


class LearnedModel(models.Model):
    """What a run has learned and its page does not show: plain numbers that later runs apply, too many for a row that
    every page reads."""

    run = models.OneToOneField(Run, primary_key=True, on_delete=models.CASCADE, related_name="learned_model")
    content = models.JSONField()

    class Meta:
        verbose_name = _("model that was learned")
        verbose_name_plural = _("models that were learned")

    def __str__(self) -> str:
        return f"model of run {self.run_id}"


class RunSummary(models.Model):
    """Sums over all rows of a run, for pages; see `analytics.summaries`. `earlier`: the run it is compared with."""

    run = models.ForeignKey(Run, on_delete=models.CASCADE, related_name="summaries", db_index=False)
    name = models.CharField(max_length=40)
    earlier = models.ForeignKey(Run, null=True, on_delete=models.CASCADE, related_name="+", db_index=False)
    rows = models.JSONField()

    class Meta:
        verbose_name = _("sums of a run")
        verbose_name_plural = _("sums of runs")
        constraints = [models.UniqueConstraint(fields=["run", "name"], name="run_summary_once")]

    def __str__(self) -> str:
        return f"{self.name} of run {self.run_id}"


class ForecastOutcome(models.Model):
    """What a run said of days to come beside what came, as means over its cases; see `analytics.forecasts`.

    inside: the share of the cases that came within the range that was said; null where none was. calibration: (said,
    became, cases) by tenths.
    """

    run = models.ForeignKey(Run, on_delete=models.CASCADE, related_name="outcomes", db_index=False)
    forecast = models.CharField(max_length=40)
    until = models.DateField()
    cases = models.PositiveIntegerField()
    said = models.FloatField()
    became = models.FloatField()
    squared_error = models.FloatField()
    inside = models.FloatField(null=True)
    calibration = models.JSONField(default=list)
    compared_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        verbose_name = _("outcome of a forecast")
        verbose_name_plural = _("outcomes of forecasts")
        constraints = [models.UniqueConstraint(fields=["run", "forecast"], name="forecast_outcome_once")]

    def __str__(self) -> str:
        return f"{self.forecast} of run {self.run_id}"


class JudgedCustomers(models.Model):
    """Of whom a proof or an outcome is: each customer with what was said and what came, all in one value; see
    `analytics.judged_customers`. forecast: as of `ForecastOutcome`; empty where the run was judged on days before it.
    """

    run = models.ForeignKey(Run, on_delete=models.CASCADE, related_name="judged_customers", db_index=False)
    forecast = models.CharField(max_length=40, blank=True)
    customers = models.PositiveIntegerField()
    content = models.BinaryField()

    class Meta:
        verbose_name = _("customers whom a run was judged on")
        verbose_name_plural = _("customers whom runs were judged on")
        constraints = [models.UniqueConstraint(fields=["run", "forecast"], name="judged_customers_once")]

    def __str__(self) -> str:
        return f"{self.customers} customers of {self.forecast or 'the proof'} of run {self.run_id}"


class CurrentRun(models.Model):
    """Which run of an analysis everybody sees; publishing and rolling back move this pointer and nothing else."""

    analysis = models.CharField(max_length=40, primary_key=True)
    run = models.ForeignKey(Run, on_delete=models.PROTECT, related_name="+")
    published_at = models.DateTimeField()
    # Who rolled back to this run; nobody where a job published it.
    chosen_by = models.ForeignKey(User, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")

    class Meta:
        verbose_name = _("current run")
        verbose_name_plural = _("current runs")

    def __str__(self) -> str:
        return f"{self.analysis}: {self.run_id}"


class RunColumns(models.Model):
    """The file out of which filters tell what a run says of its customers; see `analytics.run_columns`. Empty where it
    is still to be written, and once that was tried, where its numbers do not fit."""

    run = models.OneToOneField(Run, on_delete=models.CASCADE, related_name="columns")
    file = models.CharField(max_length=100, blank=True)
    written_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name = _("columns of a run")
        verbose_name_plural = _("columns of runs")

    def __str__(self) -> str:
        return f"columns of run {self.run_id}"


class ChangedRow(models.Model):
    """Whose row of a run was written since its partition was attached; by a trigger, in the transaction of the change.

    Only ever appended, as `ChangeMark`, and without foreign keys: it is noted for each row that is written.
    """

    run_id = models.BigIntegerField()
    customer_id = models.BigIntegerField()

    class Meta:
        verbose_name = _("row of a run that has changed")
        verbose_name_plural = _("rows of runs that have changed")
        indexes = [models.Index(fields=["run_id", "customer_id"], name="changed_row_by_run")]

    def __str__(self) -> str:
        return f"customer {self.customer_id} of run {self.run_id}"


class AnalysisSettings(models.Model):
    """An admin's own parameters of an analysis, laid over the defaults of the catalog for the next run."""

    analysis = models.CharField(_("analysis"), max_length=40, primary_key=True)
    params = models.JSONField(_("parameters"), default=dict)
    # As they were before the last change, so that it can be undone; null where there was none to keep.
    earlier_params = models.JSONField(_("parameters before"), null=True)
    changed_at = models.DateTimeField(auto_now=True)
    changed_by = models.ForeignKey(User, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")

    class Meta:
        verbose_name = _("analysis settings")
        verbose_name_plural = _("analysis settings")

    def __str__(self) -> str:
        return self.analysis


class SwitchedOff(models.Model):
    """An analysis that no recomputation makes until an admin deletes this row; what it has published stays."""

    analysis = models.CharField(_("analysis"), max_length=40, primary_key=True)
    since = models.DateTimeField(_("since"), auto_now_add=True)
    by = models.ForeignKey(
        User, verbose_name=_("switched off by"), null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )

    class Meta:
        verbose_name = _("analysis that is switched off")
        verbose_name_plural = _("analyses that are switched off")

    def __str__(self) -> str:
        return self.analysis
