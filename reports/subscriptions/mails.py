"""What a subscription sends: the answer as its recipient may see it now, in their language."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from email.mime.image import MIMEImage
from email.utils import parseaddr
from typing import Any

from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from accounts.models import User
from analytics.models import Run
from core.addresses import for_mail
from core.models import OrganisationSettings
from imports.exporting.spreadsheet import CONTENT_TYPES
from reports.cards import Card, cards_of_series, drawn_about
from reports.cards import cards_for as cards_of_overview
from reports.dashboards.cards import Heading, ReportCard, drawn_cards
from reports.exploring import Asked
from reports.forms import ExplorerForm
from reports.frames import Published
from reports.key_figures import KeyFigure, key_figures
from reports.models import Dashboard, Report, Subscription
from reports.pictures import pictures_of
from reports.scope import ScopeForm, said_of
from reports.semantics.answers import newest_facts
from reports.subscriptions.subjects import OVERVIEW, ReportPage, Subject, subject_of
from reports.tables import as_file
from reports.words import ReaderWords

# A mail is read, not searched: what comes after stands in the file and on the page.
MOST_ROWS = 40
MOST_PICTURES = 12
ARROWS = {"up": "↑", "down": "↓", "": ""}


class Unanswerable(Exception):
    """There is no answer any more; the message says why, in the reader's language."""


@dataclass(frozen=True)
class Letter:
    """A mail that is ready to be sent. `attached` are the cards whose tables go with it as files; `ends`: it is the
    last one, since there is no answer any more."""

    mail: EmailMultiAlternatives
    attached: Sequence[Card] = ()
    ends: bool = False


def letter_for(subscription: Subscription, moment: dt.datetime) -> Letter:
    """Raises NothingToAsk and FilesMissing where there are no facts at the moment."""
    user = subscription.user
    with speaking_to(user):
        try:
            cards = cards_for(subject_of(subscription), user)
        except Unanswerable as why:
            mail = _mail(subscription, moment, _("%(report)s: no answer any more"), {"why": str(why)})
            return Letter(mail, ends=True)
        attached = [card for card in cards if card.rows] if user.sight.may_export else []
        pictures = _pictures(cards)
        known = {
            "cards": [(card, pictures.get(card.key)) for card in cards],
            "attached": attached,
            "may_export": user.sight.may_export,
            "most_rows": MOST_ROWS,
            "shown": f":{MOST_ROWS}",
        }
        mail = _mail(subscription, moment, _("%(report)s, %(day)s"), known)
        _attach(mail, [*pictures.values()], attached)
        return Letter(mail, attached)


def _attach(mail: EmailMultiAlternatives, pictures: Sequence[MIMEImage], tables: Sequence[Card]) -> None:
    for picture in pictures:
        mail.attach(picture)
    for card in tables:
        content = as_file(card.drawing, card.words, "csv")
        mail.attach(f"{card.file_name}.csv", content, CONTENT_TYPES["csv"].partition(";")[0])


def _pictures(cards: Sequence[Card]) -> Mapping[str, MIMEImage]:
    """Of the first cards that have a figure, by the card's key, which the HTML calls them by."""
    pictured = [(card, figure) for card in cards if (figure := card.drawing.figure) is not None][:MOST_PICTURES]
    drawn = pictures_of([figure for _card, figure in pictured])
    found = {}
    for place, (card, _figure) in enumerate(pictured):
        if place in drawn:
            found[card.key] = picture = MIMEImage(drawn[place], "png", name=f"{card.file_name}.png")
            picture["Content-ID"] = f"<{card.key}@picture>"
            picture["Content-Disposition"] = f'inline; filename="{card.file_name}.png"'
    return found


@contextmanager
def speaking_to(user: User) -> Iterator[None]:
    """In their language, by their clock."""
    with translation.override(user.language or settings.LANGUAGE_CODE), timezone.override(user.zone):
        yield


def cards_for(subject: Subject, user: User) -> Sequence[Card]:
    """What the user would see on its page. Raises Unanswerable, and as `letter_for`."""
    run = newest_facts()
    words = ReaderWords.of_reader(OrganisationSettings.current().currency)
    if isinstance(subject, Report):
        return [_answered(subject, user, run, words)]
    cards = drawn_cards(subject, user, words) if isinstance(subject, Dashboard) else _page(subject, user, run, words)
    if not cards:
        raise Unanswerable(_("There is no card on it that you may see, or its filter cannot be read."))
    return cards


def _page(page: ReportPage, user: User, run: Run, words: ReaderWords) -> Sequence[Card]:
    if page.subject == OVERVIEW:
        return cards_of_overview(user, Published.now(user.sight), words)
    if page.by_series:
        return cards_of_series(user, Published.now(user.sight, series=page.scope.get("series", "")), words)
    form = ScopeForm(page.scope, sight=user.sight, last_day=run.as_of)
    if page.subject is None or not form.is_valid():
        raise Unanswerable(_errors(form))
    return drawn_about(user, page.subject.key, Published.now(user.sight, scope=form.scope), words)


def _errors(form: ScopeForm) -> str:
    return " ".join(str(said) for errors in form.errors.values() for said in errors)


def _answered(report: Report, user: User, run: Run, words: ReaderWords) -> Card:
    form = ExplorerForm(report.question, sight=user.sight, last_day=run.as_of)
    if not form.is_valid():
        raise Unanswerable(_errors(form))
    drawing = Asked(form.question, run, user.sight, words, as_line=form.as_line).drawing()
    heading = Heading(f"report-{report.pk}", report.name, form.question.measured.definition)
    return ReportCard(heading, drawing, run, words)


def _mail(
    subscription: Subscription, moment: dt.datetime, subject: str, known: dict[str, Any]
) -> EmailMultiAlternatives:
    origin = subscription.origin
    manage_url = for_mail(reverse("reports:subscription", args=[subscription.pk]), origin=origin)
    subject_sent = subject_of(subscription)
    name = " ".join(subject_sent.name.split())  # the subject of a mail is one line
    local_date = moment.astimezone(subscription.user.zone).date()
    day = ReaderWords.of_reader("").day(local_date)
    context = {
        "user": subscription.user,
        "organisation": OrganisationSettings.current(),
        "name": name,
        "url": for_mail(subject_sent.get_absolute_url(), origin=origin),
        "manage_url": manage_url,
        "said": _said(subject_sent, subscription.user),
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


def _said(subject: Subject, user: User) -> Sequence[str]:
    """Of which days and customers the page of a report is, in words; of the overview, its figures."""
    if not isinstance(subject, ReportPage) or subject.by_series:
        return ()
    if subject.subject == OVERVIEW:
        words = ReaderWords.of_reader(OrganisationSettings.current().currency)
        return [_figure(each) for each in key_figures(Published.now(user.sight), words)]
    form = ScopeForm(subject.scope, sight=user.sight, last_day=newest_facts().as_of)
    return said_of(form.scope, ReaderWords.of_reader("")) if form.is_valid() else ()


def _figure(figure: KeyFigure) -> str:
    change = f"{ARROWS[figure.direction]} {figure.change}".strip()
    return f"{figure.label}: {', '.join(part for part in (figure.value, change, figure.note) if part)}"


def _message_id(subscription: Subscription, moment: dt.datetime) -> str:
    domain = parseaddr(settings.DEFAULT_FROM_EMAIL)[1].rpartition("@")[2] or "localhost"
    return f"<subscription-{subscription.pk}-{moment.astimezone(dt.UTC):%Y%m%dT%H%M%SZ}@{domain}>"
