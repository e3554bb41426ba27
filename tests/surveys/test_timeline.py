"""Answers to surveys on the customer's timeline."""

from __future__ import annotations

import datetime as dt

import pytest

from accounts.visibility import EVERYTHING
from customers.timeline import timeline_of
from surveys.models import Answer, Invitation, Question, Questionnaire
from tests.factories import create_customer

pytestmark = pytest.mark.django_db


def test_an_answered_survey_is_told_with_its_answers_and_an_open_one_is_not():
    customer, moment = create_customer(), dt.datetime(2026, 6, 1, tzinfo=dt.UTC)
    survey, other = (Questionnaire.objects.create(title=title) for title in ("Service", "Open"))
    scale = Question.objects.create(
        questionnaire=survey, position=1, text="Would you recommend us?", kind="scale", lowest=0, highest=10
    )
    text = Question.objects.create(questionnaire=survey, position=2, text="Why?", kind="text")
    answered = Invitation.objects.create(questionnaire=survey, customer=customer, answered_at=moment)
    Invitation.objects.create(questionnaire=other, customer=customer, token="open")
    Answer.objects.create(invitation=answered, question=scale, number=9, answered_at=moment)
    Answer.objects.create(invitation=answered, question=text, text="Quick.", answered_at=moment)
    [shown] = timeline_of(customer, sight=EVERYTHING, show=["surveys"]).shown
    assert shown.entry.title == "Survey answered: Service"
    assert shown.entry.body == "Would you recommend us?: 9 / 10\nWhy?: Quick."
