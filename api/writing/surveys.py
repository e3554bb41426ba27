"""Inviting customers to a questionnaire, and putting down what they answered."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.visibility import Sight
from api.errors import Fault, Invalid, Problem
from customers.models import Customer
from surveys.models import Answer, Invitation, Question, Questionnaire


def invite(values: dict[str, Any], *, sight: Sight) -> tuple[Invitation, bool]:
    """The customer's invitation to that questionnaire, and whether it is new: there is one of each."""
    if not Questionnaire.objects.filter(pk=values["questionnaire"]).exists():
        raise Invalid(("/questionnaire", _("There is no such questionnaire.")))
    customers = Customer.objects.filter(deleted_at=None).editable_by(sight)
    if not customers.filter(pk=values["customer"]).exists():
        raise Invalid(("/customer", _("There is no such customer, or not for you to change.")))
    return Invitation.objects.get_or_create(
        questionnaire_id=values["questionnaire"],
        customer_id=values["customer"],
        defaults={"expires_at": values["expires_at"]},
    )


def put_down(invitation_id: int, values: dict[str, Any]) -> None:
    """Keep a customer's answers. Raises Invalid, and a conflict where the invitation takes none (any more)."""
    with transaction.atomic():
        invitation = Invitation.objects.select_for_update(of=("self",)).get(pk=invitation_id)
        moment = values.get("answered_at") or timezone.now()
        _require_open(invitation, moment)
        questions = {question.pk: question for question in invitation.questionnaire.questions.all()}
        if faults := list(_faults(values["answers"], questions)):
            raise Invalid(*faults)
        Answer.objects.bulk_create(
            Answer(invitation=invitation, question_id=each["question"], answered_at=moment, **_value(each))
            for each in values["answers"]
        )
        invitation.answered_at = moment
        invitation.save(update_fields=["answered_at"])


def _require_open(invitation: Invitation, moment: dt.datetime) -> None:
    if invitation.answered_at is not None or invitation.answers.exists():
        raise Problem("conflict", _("This invitation has been answered."))
    if invitation.questionnaire.status != Questionnaire.Status.OPEN:
        raise Problem("conflict", _("This questionnaire takes no answers now."))
    if invitation.expires_at is not None and invitation.expires_at < moment:
        raise Problem("conflict", _("This invitation has expired."))
    if moment > timezone.now():
        raise Invalid(("/answered_at", _("This instant is still to come.")))


def _value(answer: dict[str, Any]) -> dict[str, Any]:
    return {"number": answer["number"], "text": answer["text"]}


def _faults(answers: list[dict[str, Any]], questions: dict[int, Question]) -> Iterator[Fault]:
    seen: set[int] = set()
    for position, answer in enumerate(answers):
        question = questions.get(answer["question"])
        if question is None or question.pk in seen:
            yield f"/answers/{position}/question", _("This is no question of it, or answered twice.")
            continue
        seen.add(question.pk)
        if words := _fault(question, answer):
            yield f"/answers/{position}", words
    for question in questions.values():
        if question.is_required and question.pk not in seen:
            yield "/answers", _("Question %(position)d needs an answer.") % {"position": question.position}


def _fault(question: Question, answer: dict[str, Any]) -> str:
    number, text = answer["number"], answer["text"]
    if question.kind == Question.Kind.SCALE:
        low, high = question.lowest or 0, question.highest or 0
        fits = number is not None and not text and low <= number <= high
        return "" if fits else _("This takes a number from %(low)d to %(high)d.") % {"low": low, "high": high}
    if number is not None or not text:
        return _("This takes a text.")
    if question.kind == Question.Kind.CHOICE and text not in question.choices:
        return _("This takes one of the choices.")
    return ""
