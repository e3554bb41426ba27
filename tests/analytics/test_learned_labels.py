"""Labels of the organisation's own: which can be learned, who has them, and where what was learned is shown."""

from __future__ import annotations

import pytest
from django.urls import reverse

from analytics import catalog
from analytics.given_labels import given, targets, words
from analytics.models import Run
from customers.models import Customer, CustomField, Tag
from tests.analytics.sample_runs import computed, create_run
from tests.factories import create_customer, create_user
from tests.reports.runs import publish

pytestmark = pytest.mark.django_db


def field(key: str, **fields: str) -> CustomField:
    choices = [{"key": "gold", "label": "Gold"}, {"key": "tin", "label": "Tin"}]
    return CustomField.objects.create(key=key, label=key.title(), kind="choice", choices=choices, **fields)


def labelled(target: str) -> dict[int, str]:
    found = given(target)
    return dict(zip(found["customer_id"], found["label"], strict=True))


def test_stage_choices_and_tags_can_be_learned_but_nothing_that_is_hidden():
    field("grade")
    field("secret_grade", confidential="income")
    tag = Tag.objects.create(name="wholesale")
    assert [key for key, _label in targets()] == ["lifecycle", "field:grade", f"tag:{tag.pk}"]
    assert labelled("field:secret_grade") == {}
    assert words("field:grade") == {"gold": "Gold", "tin": "Tin"}


def test_who_has_a_label_is_asked_of_the_records():
    field("grade")
    tag = Tag.objects.create(name="wholesale")
    golden, other, gone = create_customer("Golden"), create_customer("Other"), create_customer("Gone")
    Customer.objects.filter(pk=golden.pk).update(custom={"grade": "gold"}, lifecycle="lead")
    Customer.objects.filter(pk=gone.pk).update(deleted_at="2026-01-01T00:00Z")
    golden.tags.add(tag)
    assert labelled("field:grade") == {golden.pk: "gold"}
    assert labelled(f"tag:{tag.pk}") == {golden.pk: "yes", other.pk: "no"}
    assert labelled("lifecycle")[golden.pk] == "lead"
    assert labelled("tag:999999") == labelled("tag:x") == labelled("field:nothing") == {}


def test_what_was_learned_stands_in_list_and_page_with_its_proof(client):
    lead, other = create_customer("Lead"), create_customer("Other")
    run = publish("labels", [(lead.pk, "lead", 0.9), (other.pk, "customer", None)])
    params, found = computed("labels")
    Run.objects.filter(pk=run.pk).update(params=params, fitted=found.fitted, metrics=found.metrics)
    client.force_login(create_user("manager"))
    page = client.get(reverse("customers:list"), {"columns": "name,learned_label", "learned_label": "lead"})
    assert ("Lead" in page.content.decode(), "Other" in page.content.decode()) == (True, False)
    assert "as they buy, 90% probable" in client.get(lead.get_absolute_url()).content.decode()
    proof = client.get(reverse("analytics:run", args=[run.pk])).content.decode()
    for words_of_it in ("decision tree by Gini", "linear support vector machine", "always the commonest", "Gain ratio"):
        assert words_of_it in proof


def test_an_admin_chooses_what_is_learned_next(client):
    tag = Tag.objects.create(name="wholesale")
    client.force_login(create_user("admin"))
    page = reverse("analytics:label_settings")
    assert client.post(page, {"target": "field:unknown"}).status_code == 422
    assert "<b>Tag “" in client.post(page, {"target": f"tag:{tag.pk}", "preview": "1"}).content.decode()
    assert client.post(page, {"target": f"tag:{tag.pk}"}).status_code == 302
    assert catalog.get("labels").params()["target"] == f"tag:{tag.pk}"
    assert "wholesale" in client.get(page).content.decode()


def test_groups_are_explained_on_their_page(client):
    client.force_login(create_user("manager"))
    page = client.get(reverse("analytics:run", args=[create_run("kmeans").pk])).content.decode()
    assert "The few rules" in page
    assert "Information gain, bits" in page
