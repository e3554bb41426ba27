"""The reports: what charts are gathered under."""

from __future__ import annotations

from dataclasses import dataclass

from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from accounts.models import Role, User

Label = str | Promise


@dataclass(frozen=True)
class ReportSubject:
    """`about`: which questions it answers. `page`: the name of an address of its own, where it is not the common page.
    `of_all`: only who sees all customers may open it. `roles`: whom any of its charts is for."""

    key: str
    title: Label
    about: Label
    icon: str
    page: str = ""
    of_all: bool = False
    roles: frozenset[Role] = frozenset(Role)

    @property
    def url(self) -> str:
        return reverse(self.page) if self.page else reverse("reports:report", args=[self.key])

    def may_be_opened_by(self, user: User) -> bool:
        return user.role in self.roles and (not self.of_all or user.sight.sees_all)


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
        "behaviour",
        pgettext_lazy("report", "Behaviour"),
        _("Who comes, looks and buys, how many are lost on the way, and what they do from one day to the next."),
        "activity",
    ),
    ReportSubject(
        "segments",
        pgettext_lazy("report", "Segments"),
        _("How large segments and groups are, what they buy, and who moved from one to another."),
        "funnel",
    ),
    ReportSubject(
        "value",
        pgettext_lazy("report", "Value and churn"),
        _("What customers will spend, on how few that rests, who will stay away, and whether such sayings come true."),
        "gem",
    ),
    ReportSubject(
        "advice",
        pgettext_lazy("report", "Recommendations and rules"),
        _("What became of recommendations, how good they are, and which products are bought together."),
        "sparkles",
    ),
    ReportSubject(
        "organisations",
        pgettext_lazy("report", "Organisations"),
        _("What organisations bring as wholes, with all the people who belong to them."),
        "building-2",
    ),
    ReportSubject(
        "demand",
        pgettext_lazy("report", "Demand"),
        _("What was sold over time, what stood out, and what is to come."),
        "chart-line",
        page="reports:demand",
        of_all=True,
    ),
    ReportSubject(
        "upkeep",
        pgettext_lazy("report", "Jobs and freshness"),
        _("How old the results of each analysis are, how long jobs take, and how many fail."),
        "timer",
        roles=frozenset({Role.MANAGER, Role.ADMIN}),
    ),
)
SUBJECT = {subject.key: subject for subject in SUBJECTS}
