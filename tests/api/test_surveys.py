"""Questionnaires, invitations, and answers that are put down once."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from django.utils import timezone

from surveys.models import Answer, Invitation, Question, Questionnaire
from tests.api.conftest import Api
from tests.factories import create_customer, create_team, create_user

pytestmark = pytest.mark.django_db


@pytest.fixture
def admin():
    return Api(create_user("admin"))


@pytest.fixture
def survey() -> dict[str, Question]:
    asked = Questionnaire.objects.create(title="How was it?", status="open")
    make = asked.questions.create
    return {
        "nps": make(position=1, text="Recommend?", kind="scale", measure="nps", lowest=0, highest=10, is_required=True),
        "why": make(position=2, text="Why?", kind="text"),
        "color": make(position=3, text="Which?", kind="choice", choices=["red", "blue"]),
    }


@pytest.fixture
def invitation(survey) -> Invitation:
    return Invitation.objects.create(questionnaire=survey["nps"].questionnaire, customer=create_customer())


def answers(survey: dict[str, Question], **given: Any) -> dict[str, Any]:
    return {
        "answers": [
            {"question": survey[name].pk, "number" if isinstance(value, int) else "text": value}
            for name, value in given.items()
        ]
    }


def test_a_questionnaire_is_read_with_its_questions(admin, survey):
    row = admin.get("questionnaires?status=open").json()["results"][0]
    assert [question["kind"] for question in row["questions"]] == ["scale", "text", "choice"]
    assert row["questions"][2]["choices"] == ["red", "blue"]
    assert admin.get(f"questionnaires/{row['id']}").json() == row
    assert admin.get("questionnaires?status=closed").json()["results"] == []


def test_a_customer_is_invited_once_and_answers_once(admin, survey):
    sent = {"questionnaire": survey["nps"].questionnaire_id, "customer": create_customer().pk}
    first, second = admin.post("invitations", sent), admin.post("invitations", sent)
    assert (first.status_code, second.status_code) == (201, 200)
    assert first.json()["id"] == second.json()["id"]
    path = f"invitations/{first.json()['id']}"
    put_down = admin.post(f"{path}/answers", answers(survey, nps=9, why="friendly", color="blue"))
    assert put_down.status_code == 201, put_down.content
    assert [(each["number"], each["text"]) for each in put_down.json()["answers"]] == [
        (9, ""),
        (None, "friendly"),
        (None, "blue"),
    ]
    assert admin.get(path).json() == put_down.json()
    assert admin.post(f"{path}/answers", answers(survey, nps=1)).status_code == 409
    assert Answer.objects.count() == 3
    assert len(admin.get("invitations?is_answered=true").json()["results"]) == 1
    assert admin.get("invitations?is_answered=false").json()["results"] == []


def test_the_personal_link_is_nobodys_to_read(admin, invitation):
    assert invitation.token not in admin.get("invitations").content.decode()


@pytest.mark.parametrize(
    ("given", "pointer"),
    [
        ({"why": "no number"}, "/answers"),
        ({"nps": 11}, "/answers/0"),
        ({"nps": "nine"}, "/answers/0"),
        ({"nps": 9, "color": "green"}, "/answers/1"),
        ({"nps": 9, "why": 7}, "/answers/1"),
        ({"nps": 9, "why": " "}, "/answers/1"),
    ],
)
def test_answers_that_do_not_fit_are_refused_as_a_whole(admin, survey, invitation, given, pointer):
    refused = admin.post(f"invitations/{invitation.pk}/answers", answers(survey, **given))
    assert refused.status_code == 400
    assert refused.json()["errors"][0]["pointer"] == pointer
    assert not Answer.objects.exists()


def test_a_question_of_another_questionnaire_and_one_answered_twice(admin, survey, invitation):
    twice = {"answers": answers(survey, nps=9)["answers"] * 2}
    assert admin.post(f"invitations/{invitation.pk}/answers", twice).status_code == 400
    other = {"answers": [*answers(survey, nps=9)["answers"], {"question": 987654, "number": 1}]}
    assert admin.post(f"invitations/{invitation.pk}/answers", other).status_code == 400


@pytest.mark.parametrize("status", ["draft", "closed"])
def test_a_questionnaire_that_is_not_open_takes_no_answers(admin, survey, invitation, status):
    Questionnaire.objects.update(status=status)
    assert admin.post(f"invitations/{invitation.pk}/answers", answers(survey, nps=9)).status_code == 409


def test_an_invitation_that_has_expired_takes_none(admin, survey, invitation):
    Invitation.objects.update(expires_at=timezone.now() - dt.timedelta(days=1))
    late = answers(survey, nps=9)
    assert admin.post(f"invitations/{invitation.pk}/answers", late).status_code == 409
    in_time = {**late, "answered_at": (timezone.now() - dt.timedelta(days=2)).isoformat()}
    assert admin.post(f"invitations/{invitation.pk}/answers", in_time).status_code == 201
    to_come = {**late, "answered_at": "2190-01-01T00:00:00Z"}
    other = Invitation.objects.create(questionnaire=invitation.questionnaire, customer=create_customer())
    assert admin.post(f"invitations/{other.pk}/answers", to_come).status_code == 400


def test_strangers_see_no_invitation(survey):
    customer = create_customer(team=create_team())
    Invitation.objects.create(questionnaire=survey["nps"].questionnaire, customer=customer)
    api = Api(create_user("sales", team=create_team()))
    assert api.get("invitations").json()["results"] == []


@pytest.mark.parametrize("number", [3, 30])
def test_a_list_makes_the_same_few_queries(admin, survey, number, django_assert_max_num_queries):
    for _each in range(number):
        invited = Invitation.objects.create(questionnaire=survey["nps"].questionnaire, customer=create_customer())
        Answer.objects.create(invitation=invited, question=survey["nps"], number=5, answered_at=timezone.now())
    admin.get("invitations")
    with django_assert_max_num_queries(10):
        assert len(admin.get("invitations").json()["results"]) == number
