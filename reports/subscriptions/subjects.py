"""What can be sent: saved reports, dashboards, and the pages of reports."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlencode

from django.utils.translation import gettext as _

from accounts.models import User
from reports.catalog.subjects import SUBJECT, ReportSubject
from reports.models import Dashboard, Report, Subscription


@dataclass(frozen=True)
class ReportPage:
    """Of days and customers as its address says them; without a subject where the catalog has it no more."""

    subject: ReportSubject | None
    scope: Mapping[str, str]

    @property
    def name(self) -> str:
        return str(self.subject.title) if self.subject else _("A report that is not there any more")

    def get_absolute_url(self) -> str:
        if self.subject is None:
            return ""
        return f"{self.subject.url}{'?' if self.scope else ''}{urlencode(self.scope)}"

    def may_be_opened_by(self, user: User) -> bool:
        return self.subject is not None and not self.subject.page and self.subject.may_be_opened_by(user)


Subject = Report | Dashboard | ReportPage


def subject_of(subscription: Subscription) -> Subject:
    page = ReportPage(SUBJECT.get(subscription.page), subscription.scope)
    return subscription.report or subscription.dashboard or page


def is_available(subject: Subject, user: User) -> bool:
    if isinstance(subject, ReportPage):
        return subject.may_be_opened_by(user)
    return bool(type(subject).objects.available_to(user.sight).filter(pk=subject.pk).exists())
