"""What a subscription sends: the answer as its recipient may see it now, in their language."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from email.utils import parseaddr
from functools import cached_property
from typing import Any

from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from accounts.models import User
from analytics.models import Run
from core.models import OrganisationSettings
from imports.exporting.spreadsheet import CONTENT_TYPES
from reports.charts.drawing import Column, Drawing
from reports.exploring import Asked
from reports.forms import ExplorerForm
from reports.models import Report, Subscription
from reports.semantics.answers import newest_facts
from reports.subscriptions.moments import zone_of
from reports.tables import Cell, as_file, shown_rows
from reports.words import ReaderWords

# A mail is read, not searched: what comes after stands in the file and on the page.
MOST_ROWS = 40


class Unanswerable(Exception):
    """The report's question has no answer any more; the message says why, in the reader's language."""


@dataclass(frozen=True)
class Answered:
    """The answer of a report, as a mail shows it."""

    asked: Asked
    drawing: Drawing

    @property
    def columns(self) -> tuple[Column, ...]:
        return self.drawing.table.columns

    @cached_property
    def all_rows(self) -> list[list[Cell]]:
        return list(shown_rows(self.drawing, self.asked.words))

    @property
    def rows(self) -> list[list[Cell]]:
        return self.all_rows[:MOST_ROWS]

    @property
    def has_more(self) -> bool:
        return len(self.all_rows) > MOST_ROWS

    @property
    def note(self) -> str:
        return " · ".join(part for part in (self.drawing.unit, self.drawing.sample) if part)

    @property
    def definition(self) -> Any:
        return self.asked.question.measured.definition

    @property
    def run(self) -> Run:
        return self.asked.run


@dataclass(frozen=True)
class Letter:
    """A mail that is ready to be sent. `attached` is the answer whose table goes with it as a file, if any; `ends`
    says that it is the last one, since its report cannot be answered any more."""

    mail: EmailMultiAlternatives
    attached: Answered | None = None
    ends: bool = False


def letter_for(subscription: Subscription, moment: dt.datetime) -> Letter:
    """Raises NothingToAsk and FilesMissing where there are no facts at the moment."""
    with speaking_to(subscription.user):
        try:
            answered = answer_of(subscription.report, subscription.user)
        except Unanswerable as why:
            mail = _mail(subscription, moment, _("%(report)s: no answer any more"), {"why": str(why)})
            return Letter(mail, ends=True)
        may_export = subscription.user.sight.may_export
        has_file = may_export and bool(answered.all_rows)
        known = {"answered": answered, "has_file": has_file, "may_export": may_export}
        mail = _mail(subscription, moment, _("%(report)s, %(day)s"), known)
        if has_file:
            content = as_file(answered.drawing, answered.asked.words, "csv")
            mail.attach(f"{answered.asked.file_name}.csv", content, CONTENT_TYPES["csv"].partition(";")[0])
        return Letter(mail, attached=answered if has_file else None)


@contextmanager
def speaking_to(user: User) -> Iterator[None]:
    """In their language, by their clock."""
    with translation.override(user.language or settings.LANGUAGE_CODE), timezone.override(zone_of(user)):
        yield


def answer_of(report: Report, user: User) -> Answered:
    """What the user would see on the report's page. Raises Unanswerable, and as `letter_for`."""
    run = newest_facts()
    form = ExplorerForm(report.question, sight=user.sight, last_day=run.as_of)
    if not form.is_valid():
        raise Unanswerable(" ".join(str(said) for errors in form.errors.values() for said in errors))
    words = ReaderWords.of_reader(OrganisationSettings.current().currency)
    asked = Asked(form.question, run, user.sight, words, as_line=form.as_line)
    return Answered(asked, asked.drawing())


def _mail(
    subscription: Subscription, moment: dt.datetime, subject: str, known: dict[str, Any]
) -> EmailMultiAlternatives:
    manage_url = subscription.origin + reverse("reports:subscription", args=[subscription.pk])
    name = " ".join(subscription.report.name.split())  # a subject is one line
    local_date = moment.astimezone(zone_of(subscription.user)).date()
    day = ReaderWords.of_reader("").day(local_date)
    context = {
        "user": subscription.user,
        "organisation": OrganisationSettings.current(),
        "name": name,
        "url": subscription.origin + subscription.report.get_absolute_url(),
        "manage_url": manage_url,
        "language": translation.get_language(),
        **known,
    }
    mail = EmailMultiAlternatives(
        subject % {"report": name, "day": day},
        render_to_string("reports/mail/subscription.txt", context),
        to=[subscription.user.email],
        headers={
            # The same however often it is sent: a mailbox that gets it twice shows it once.
            "Message-ID": _message_id(subscription, moment),
            "List-Unsubscribe": f"<{manage_url}>",
            "Auto-Submitted": "auto-generated",
        },
    )
    mail.attach_alternative(render_to_string("reports/mail/subscription.html", context), "text/html")
    return mail


def _message_id(subscription: Subscription, moment: dt.datetime) -> str:
    domain = parseaddr(settings.DEFAULT_FROM_EMAIL)[1].rpartition("@")[2] or "localhost"
    return f"<subscription-{subscription.pk}-{moment.astimezone(dt.UTC):%Y%m%dT%H%M%SZ}@{domain}>"
