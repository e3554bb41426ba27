"""The pages of tokens, webhooks and the documentation."""

from __future__ import annotations

import re

import pytest
from django.urls import reverse

from api.models import Delivery, Token, Webhook
from tests.api.conftest import issue
from tests.api.receiver import receiving
from tests.factories import create_user

pytestmark = pytest.mark.django_db


def log_in(client, role: str = "sales"):
    user = create_user(role)
    client.force_login(user)
    return user


def test_a_token_is_made_shown_once_and_used(client):
    user = log_in(client)
    made = client.post(reverse("api:tokens"), {"name": "shop", "days": "30", "scopes": ["read", "ingest"]})
    secret = re.findall(r"mcrm_[\w-]{40,}", made.content.decode())[0]
    assert secret not in client.get(reverse("api:tokens")).content.decode()
    token = Token.objects.get()
    assert (token.user, token.scopes) == (user, ["read", "ingest"])
    assert client.get("/api/v1/customers", headers={"Authorization": f"Bearer {secret}"}).status_code == 200
    client.post(reverse("api:token_revoke", args=[token.pk]))
    assert client.get("/api/v1/customers", headers={"Authorization": f"Bearer {secret}"}).status_code == 401


@pytest.mark.parametrize("data", [{}, {"name": "x", "days": "9999", "scopes": ["read"]}, {"name": "x", "days": "7"}])
def test_a_token_without_name_scope_or_end_is_refused(client, data):
    log_in(client)
    assert client.post(reverse("api:tokens"), data).status_code == 422
    assert not Token.objects.exists()


def test_only_an_admin_is_offered_to_start_recomputations(client):
    log_in(client)
    asked = {"name": "x", "days": "7", "scopes": ["recompute"]}
    assert client.post(reverse("api:tokens"), asked).status_code == 422
    log_in(client, "admin")
    assert client.post(reverse("api:tokens"), asked).status_code == 200


def test_everybody_sees_their_own_tokens_and_an_admin_all(client):
    other = create_user()
    issue(other)
    log_in(client)
    token = Token.objects.get()
    assert token.beginning not in client.get(reverse("api:tokens")).content.decode()
    assert client.post(reverse("api:token_revoke", args=[token.pk])).status_code == 404
    log_in(client, "admin")
    assert token.beginning in client.get(reverse("api:tokens")).content.decode()
    client.post(reverse("api:token_revoke", args=[token.pk]))
    assert Token.objects.get().revoked_at is not None


def test_an_admin_makes_tests_changes_and_deletes_a_webhook(client, settings):
    settings.WEBHOOKS_MAY_CALL_LOOPBACK = True
    user = log_in(client, "admin")
    with receiving() as receiver:
        data = {"name": "Shop", "url": receiver.url, "occasions": ["order.created"], "is_active": "on"}
        assert client.post(reverse("api:webhooks"), data).status_code == 302
        webhook = Webhook.objects.get()
        assert webhook.owner == user
        assert webhook.secret.reveal() in client.get(reverse("api:webhook", args=[webhook.pk])).content.decode()
        client.post(reverse("api:webhook_test", args=[webhook.pk]))
        assert receiver.calls[0][1]["Meridian-Event"] == "webhook.test"
        receiver.statuses = [503]
        client.post(reverse("api:webhook_test", args=[webhook.pk]))
    good, refused = Delivery.objects.order_by("pk")
    assert (good.delivered_at is not None, good.attempts) == (True, 1)
    assert (refused.given_up_at is not None, refused.attempts) == (True, 1), "a test is not tried again"
    assert "webhook.test" in client.get(reverse("api:webhook", args=[webhook.pk])).content.decode()
    Webhook.objects.update(failures=7, is_active=False)
    client.post(reverse("api:webhook", args=[webhook.pk]), {**data, "name": "New"})
    webhook.refresh_from_db()
    assert (webhook.name, webhook.failures, webhook.is_active) == ("New", 0, True)
    client.post(reverse("api:webhook_delete", args=[webhook.pk]))
    assert not Webhook.objects.exists()


@pytest.mark.parametrize("url", ["http://example.com/", "https://127.1/", "https://a:b@example.com/", "x"])
def test_an_address_that_cannot_be_is_refused_in_the_form(client, url):
    log_in(client, "admin")
    refused = client.post(reverse("api:webhooks"), {"name": "x", "url": url, "occasions": ["order.created"]})
    assert refused.status_code == 422
    assert not Webhook.objects.exists()


def test_the_documentation_brings_its_own_files_and_reads_the_description(client):
    log_in(client)
    page = client.get(reverse("api:docs")).content.decode()
    for address in re.findall(r'(?:src|href)="(/static/[^"]+)"', page):
        assert client.get(address).status_code == 200, address
    assert "http" not in re.sub(r'lang="[^"]*"', "", page)
    described = client.get(reverse("api:v1:schema"))
    assert described.json()["openapi"].startswith("3.1")
    assert client.post(reverse("api:v1:customers"), {}, content_type="application/json").status_code == 401


def test_a_session_reads_the_description_and_nothing_else(client):
    log_in(client, "admin")
    assert client.get("/api/v1/customers").status_code == 401
