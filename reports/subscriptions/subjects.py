"""What can be sent: saved reports, dashboards (the overview that everybody has, too), and the pages of reports."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlencode

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from accounts.models import User
from reports.catalog.subjects import SUBJECT, ReportSubject
from reports.models import Dashboard, Report, Subscription
from reports.scope import SCOPE_KEYS

OVERVIEW = ReportSubject(
    "overview",
    pgettext_lazy("dashboard", "Overview"),
    gettext_lazy("The dashboard that everybody has."),
    "layout-dashboard",
    page="reports:overview",
)
PAGES = {**SUBJECT, OVERVIEW.key: OVERVIEW}
# What of the address of a page of its own says what it shows; of the others it is days and customers.
ASKED_OF = {"demand": ("series",), OVERVIEW.key: ()}


@dataclass(frozen=True)
class ReportPage:
    """With what its address says of days and customers, or of its series; without a subject where the catalog has it no
    more."""

    subject: ReportSubject | None
    scope: Mapping[str, str]

    @property
    def name(self) -> str:
        return str(self.subject.title) if self.subject else _("A report that is not there any more")

    def get_absolute_url(self) -> str:
        if self.subject is None:
            return ""
        return f"{self.subject.url}{'?' if self.scope else ''}{urlencode(self.scope)}"

    @property
    def by_series(self) -> bool:
        return self.subject is not None and "series" in ASKED_OF.get(self.subject.key, ())

    @property
    def has_days(self) -> bool:
        return self.subject is not None and "period" in ASKED_OF.get(self.subject.key, SCOPE_KEYS)

    def may_be_opened_by(self, user: User) -> bool:
        return self.subject is not None and self.subject.may_be_opened_by(user)


Subject = Report | Dashboard | ReportPage


def page_asked(key: str, address: Mapping[str, str]) -> ReportPage:
    """The page as it stands at that address."""
    asked = ASKED_OF.get(key, SCOPE_KEYS)
    return ReportPage(PAGES.get(key), {name: address[name] for name in asked if address.get(name)})


def subject_of(subscription: Subscription) -> Subject:
    page = ReportPage(PAGES.get(subscription.page), subscription.scope)
    return subscription.report or subscription.dashboard or page


def is_available(subject: Subject, user: User) -> bool:
    if isinstance(subject, ReportPage):
        return subject.may_be_opened_by(user)
    return bool(type(subject).objects.available_to(user.sight).filter(pk=subject.pk).exists())
