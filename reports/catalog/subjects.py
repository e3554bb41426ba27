"""The reports: what charts are gathered under."""

from __future__ import annotations

from dataclasses import dataclass

from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from accounts.models import User

Label = str | Promise


@dataclass(frozen=True)
class ReportSubject:
    """`about`: which questions it answers. `page`: the name of an address of its own, where it is not the common page;
    then only who sees all customers may open it."""

    key: str
    title: Label
    about: Label
    icon: str
    page: str = ""

    @property
    def url(self) -> str:
        return reverse(self.page) if self.page else reverse("reports:report", args=[self.key])

    def may_be_opened_by(self, user: User) -> bool:
        return not self.page or user.sight.sees_all


SUBJECTS: tuple[ReportSubject, ...] = (
    ReportSubject(
        "customers",
        pgettext_lazy("report", "Customers"),
        _("How many there are, how fast they grow in number, who they are and where they come from."),
        "users",
    ),
    ReportSubject(
        "transactions",
        pgettext_lazy("report", "Transactions"),
        _("What was sold and paid back, who buys again, and on how few customers revenue rests."),
        "receipt-text",
    ),
    ReportSubject(
        "segments",
        pgettext_lazy("report", "Segments"),
        _("How large segments and groups are, what they buy, and who moved from one to another."),
        "funnel",
    ),
    ReportSubject(
        "demand",
        pgettext_lazy("report", "Demand"),
        _("What was sold over time, what stood out, and what is to come."),
        "chart-line",
        page="reports:demand",
    ),
)
SUBJECT = {subject.key: subject for subject in SUBJECTS}
