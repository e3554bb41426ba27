"""Questions to the explorer, kept under a name, and who wants their answers by e-mail."""

from __future__ import annotations

import datetime as dt
from typing import Any, ClassVar

from django.db import models
from django.db.models import Q
from django.db.models.functions import Lower
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from accounts.models import Team, User
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
    """That somebody wants the answer of a report by e-mail, at a time of their own clock.

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
    report = models.ForeignKey(Report, verbose_name=_("report"), on_delete=models.CASCADE, related_name="subscriptions")
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
        ]

    def __str__(self) -> str:
        return f"{self.report_id} to {self.user_id}"
