"""What the surveys bring to the customer's page: their answers, on the timeline."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.db.models import Prefetch, QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.visibility import Sight
from customers.extensions import Place, Registry, TimelineEntry, TimelineSource
from customers.models import Customer
from customers.timeline import before_place
from surveys.models import Answer, Invitation


def answered(customer: Customer, sight: Sight) -> QuerySet[Any, Any]:
    return Invitation.objects.filter(customer=customer, answered_at__isnull=False)


def answer_entries(customer: Customer, sight: Sight, before: Place | None, limit: int) -> Sequence[TimelineEntry]:
    answers = Prefetch("answers", Answer.objects.select_related("question"))
    newest = before_place(answered(customer, sight), "answered_at", before, limit)
    return [_entry(each) for each in newest.select_related("questionnaire").prefetch_related(answers)]


def _entry(invitation: Invitation) -> TimelineEntry:
    assert invitation.answered_at is not None  # noqa: S101  # only such are asked for
    return TimelineEntry(
        at=invitation.answered_at,
        id=invitation.pk,
        kind="survey",
        icon="clipboard-check",
        title=_("Survey answered: %(title)s") % {"title": invitation.questionnaire.title},
        body="\n".join(_in_words(answer) for answer in invitation.answers.all()),
    )


def _in_words(answer: Answer) -> str:
    highest = answer.question.highest
    given = answer.text if answer.number is None else str(answer.number)
    scale = f" / {highest}" if answer.number is not None and highest is not None else ""
    return f"{answer.question.text}: {given}{scale}"


def register(registry: Registry) -> None:
    """Called once, by `SurveysConfig.ready`."""
    registry.add(
        TimelineSource(
            "surveys", gettext_lazy("Surveys"), "clipboard-check", answer_entries, rows=answered, at="answered_at"
        )
    )
