"""Questions to the explorer, kept under a name."""

from __future__ import annotations

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
