"""Questions to the explorer, kept under a name, who wants their answers by e-mail, and dashboards."""

from __future__ import annotations

import datetime as dt
from typing import Any, ClassVar

from django.db import models
from django.db.models import Q
from django.db.models.functions import Lower
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from accounts.models import Role, Team, User
from accounts.visibility import Sight
from customers.models import SavedFilter
from customers.models.filter import own_or_shared


class ReportQuerySet(models.QuerySet["Report"]):
    def available_to(self, sight: Sight) -> ReportQuerySet:
        return self.filter(own_or_shared(sight))


class Report(models.Model):
    """A question as the address of the explorer says it. Whoever opens it gets the answer for what they may see."""

    name = models.CharField(_("name"), max_length=120)
    owner = models.ForeignKey(
        User, verbose_name=_("owner"), null=True, blank=True, on_delete=models.SET_NULL, related_name="reports"
    )
    sharing = models.CharField(
        _("shared with"), max_length=9, choices=SavedFilter.Sharing, default=SavedFilter.Sharing.NOBODY
    )
    team = models.ForeignKey(Team, verbose_name=_("team"), null=True, blank=True, on_delete=models.SET_NULL)
    question = models.JSONField(_("question"), default=dict)
    created_at = models.DateTimeField(_("created"), auto_now_add=True)
    updated_at = models.DateTimeField(_("changed"), auto_now=True)

    objects: ClassVar[Any] = ReportQuerySet.as_manager()

    class Meta:
        verbose_name = _("report")
        verbose_name_plural = _("reports")
        ordering = [Lower("name"), "pk"]
        constraints = [
            models.UniqueConstraint("owner", Lower("name"), name="report_name_unique"),
            models.CheckConstraint(condition=~Q(name=""), name="report_has_name"),
            models.CheckConstraint(condition=Q(sharing="team") | Q(team=None), name="report_team_if_shared_so"),
        ]

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        return f"{reverse('reports:explore')}?report={self.pk}"

    def may_be_changed_by(self, user: User) -> bool:
        """By its owner, and by an admin where it is shared."""
        return self.owner_id == user.pk or (user.is_admin and self.sharing != SavedFilter.Sharing.NOBODY)


class SubscriptionQuerySet(models.QuerySet["Subscription"]):
    def active(self) -> SubscriptionQuerySet:
        return self.filter(paused="", user__is_active=True)


class Subscription(models.Model):
    """That somebody wants a saved report, a dashboard or the page of a report by e-mail, at a time of their own clock.

    `sent_for` is the last moment of theirs for which it was sent; moments up to `changed_at` are not its own. `tries`
    counts how often the moment before `tried_at` was tried. `origin` is the address by which its person reaches the
    product, for the links in the mail.
    """

    class Every(models.TextChoices):
        DAY = "day", _("Every day")
        WEEK = "week", _("Every week")
        MONTH = "month", _("Every month")

    class Paused(models.TextChoices):
        BY_PERSON = "person", _("Paused")
        UNANSWERABLE = "unanswerable", _("Paused: its question can no longer be answered")
        OUT_OF_REACH = "out_of_reach", _("Paused: it is no longer shared with you")

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="subscriptions")
    report = models.ForeignKey(
        Report, verbose_name=_("report"), null=True, blank=True, on_delete=models.CASCADE, related_name="subscriptions"
    )
    dashboard = models.ForeignKey(
        "Dashboard",
        verbose_name=_("dashboard"),
        null=True,
        blank=True,
        on_delete=models.CASCADE,
        related_name="subscriptions",
    )
    # A key of `reports.catalog.subjects`, and of which days and customers, as the address of its page says it.
    page = models.CharField(_("page"), max_length=40, blank=True)
    scope = models.JSONField(_("days and customers"), default=dict, blank=True)
    every = models.CharField(_("how often"), max_length=5, choices=Every, default=Every.WEEK)
    weekday = models.PositiveSmallIntegerField(_("weekday"), default=0)
    monthday = models.PositiveSmallIntegerField(_("day of the month"), default=1)
    at_time = models.TimeField(_("time"), default=dt.time(8))
    origin = models.URLField(max_length=200)
    paused = models.CharField(_("paused"), max_length=12, choices=Paused, blank=True)
    changed_at = models.DateTimeField(auto_now=True)
    sent_for = models.DateTimeField(null=True, blank=True)
    tried_at = models.DateTimeField(null=True, blank=True)
    tries = models.PositiveSmallIntegerField(default=0)

    objects: ClassVar[Any] = SubscriptionQuerySet.as_manager()

    class Meta:
        verbose_name = _("report by e-mail")
        verbose_name_plural = _("reports by e-mail")
        ordering = ["pk"]
        constraints = [
            models.CheckConstraint(condition=Q(weekday__lte=6), name="subscription_weekday_known"),
            models.CheckConstraint(condition=Q(monthday__range=(1, 31)), name="subscription_day_of_a_month"),
            models.CheckConstraint(
                condition=Q(every__in=["day", "week", "month"]), name="subscription_how_often_known"
            ),
            models.CheckConstraint(
                condition=Q(report__isnull=False, dashboard=None, page="")
                | Q(report=None, dashboard__isnull=False, page="")
                | (Q(report=None, dashboard=None) & ~Q(page="")),
                name="subscription_to_one",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.report_id or self.dashboard_id or self.page} to {self.user_id}"


class DashboardQuerySet(models.QuerySet["Dashboard"]):
    def available_to(self, sight: Sight) -> DashboardQuerySet:
        return self.filter(own_or_shared(sight))


class Dashboard(models.Model):
    """Cards in an order, and one filter for all of them. Whoever opens it sees with their own eyes: it holds questions,
    no figures. Its cards are arranged by `reports.dashboards.arranging`."""

    name = models.CharField(_("name"), max_length=120)
    owner = models.ForeignKey(
        User, verbose_name=_("owner"), null=True, blank=True, on_delete=models.SET_NULL, related_name="dashboards"
    )
    sharing = models.CharField(
        _("shared with"), max_length=9, choices=SavedFilter.Sharing, default=SavedFilter.Sharing.NOBODY
    )
    team = models.ForeignKey(Team, verbose_name=_("team"), null=True, blank=True, on_delete=models.SET_NULL)
    # What the filter above the cards says, by the keys of the explorer's address: period, since, until, compare, view,
    # among. What is not there leaves each card as it is.
    filter = models.JSONField(_("filter"), default=dict, blank=True)
    created_at = models.DateTimeField(_("created"), auto_now_add=True)
    updated_at = models.DateTimeField(_("changed"), auto_now=True)
    version = models.PositiveIntegerField(_("version"), default=1, editable=False)

    objects: ClassVar[Any] = DashboardQuerySet.as_manager()

    class Meta:
        verbose_name = _("dashboard")
        verbose_name_plural = _("dashboards")
        ordering = [Lower("name"), "pk"]
        constraints = [
            models.UniqueConstraint("owner", Lower("name"), name="dashboard_name_unique"),
            models.CheckConstraint(condition=~Q(name=""), name="dashboard_has_name"),
            models.CheckConstraint(condition=Q(sharing="team") | Q(team=None), name="dashboard_team_if_shared_so"),
        ]

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        return reverse("reports:dashboard", args=[self.pk])

    @property
    def is_shared(self) -> bool:
        return self.sharing != SavedFilter.Sharing.NOBODY

    def may_be_changed_by(self, user: User) -> bool:
        """By its owner, and by an admin where it is shared."""
        return self.owner_id == user.pk or (user.is_admin and self.is_shared)


class DashboardCard(models.Model):
    """A chart of the catalog, by its key, or a saved report. A key that the catalog has no more is said so."""

    dashboard = models.ForeignKey(Dashboard, on_delete=models.CASCADE, related_name="cards")
    position = models.PositiveIntegerField(_("position"))
    is_wide = models.BooleanField(_("over the whole width"), default=False)
    chart = models.CharField(_("chart"), max_length=80, blank=True)
    report = models.ForeignKey(Report, verbose_name=_("report"), null=True, blank=True, on_delete=models.CASCADE)

    class Meta:
        verbose_name = _("card of a dashboard")
        verbose_name_plural = _("cards of dashboards")
        ordering = ["position", "pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(chart="", report__isnull=False) | (~Q(chart="") & Q(report=None)),
                name="dashboard_card_shows_one",
            ),
            models.UniqueConstraint("dashboard", "chart", condition=~Q(chart=""), name="dashboard_chart_once"),
            models.UniqueConstraint(fields=["dashboard", "report"], name="dashboard_report_once"),
        ]

    def __str__(self) -> str:
        return f"{self.chart or self.report_id} on {self.dashboard_id}"


class PinnedDashboard(models.Model):
    """A dashboard that stands among somebody's tabs, and where. Each person pins for themselves."""

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="pinned_dashboards")
    dashboard = models.ForeignKey(Dashboard, on_delete=models.CASCADE, related_name="pins")
    position = models.PositiveIntegerField(_("position"))

    class Meta:
        ordering = ["position", "pk"]
        constraints = [models.UniqueConstraint(fields=["user", "dashboard"], name="pinned_dashboard_once")]

    def __str__(self) -> str:
        return f"{self.dashboard_id} of {self.user_id}"


class StartPage(models.Model):
    """What stands at the start for one person, or for all of a role who have chosen nothing. No dashboard: the overview
    that everybody has. One that somebody may not see counts as not chosen; see
    `reports.dashboards.places.start_of`."""

    role = models.CharField(_("role"), max_length=10, choices=Role, blank=True)
    user = models.OneToOneField(User, null=True, blank=True, on_delete=models.CASCADE, related_name="start_page")
    dashboard = models.ForeignKey(Dashboard, null=True, blank=True, on_delete=models.CASCADE)

    class Meta:
        verbose_name = _("start page")
        verbose_name_plural = _("start pages")
        constraints = [
            models.CheckConstraint(
                condition=Q(role="", user__isnull=False) | (Q(role__in=Role.values) & Q(user=None)),
                name="start_page_of_role_or_user",
            ),
            models.UniqueConstraint("role", condition=~Q(role=""), name="start_page_of_role_once"),
        ]

    def __str__(self) -> str:
        return f"{self.dashboard_id} for {self.role or self.user_id}"
