"""A form whose token is another login's: nothing is done, and nothing that was typed is lost."""

from __future__ import annotations

import re

import pytest
from django.test import Client

from accounts.models import User
from tests.factories import create_user

pytestmark = pytest.mark.django_db
PROFILE = "/accounts/profile/"
HERE = {"Origin": "http://testserver"}


@pytest.fixture
def user() -> User:
    return create_user(name="Ada")


@pytest.fixture
def client(user) -> Client:
    client = Client(enforce_csrf_checks=True)
    client.force_login(user)
    return client


def fields(page: str) -> dict[str, str]:
    form = re.search(r'<form method="post" action="/accounts/profile/">(.*?)</form>', page, re.S)
    return dict(re.findall(r'name="([^"]*)" value="([^"]*)"', form[1])) if form else {}


def test_it_is_offered_to_be_sent_again(client, user):
    refused = client.post(PROFILE, {"name": "Ada <b>", "theme": "dark", "density": "compact"}, headers=HERE)
    assert (refused.status_code, refused["Cache-Control"]) == (403, "no-store")
    user.refresh_from_db()
    assert user.name == "Ada"
    again = fields(refused.content.decode()) | {"name": "Ada <b>"}
    assert client.post(PROFILE, again, headers=HERE).status_code == 302
    user.refresh_from_db()
    assert (user.name, user.density) == ("Ada <b>", "compact")


@pytest.mark.parametrize(
    ("sent", "headers"),
    [
        ({"name": "Eve"}, {"Origin": "https://elsewhere.example"}),
        ({"name": "Eve"}, {}),
        ({"name": "Ada", "password1": "hunter22"}, HERE),
    ],
    ids=["from another site", "from nowhere", "with a password"],
)
def test_what_another_site_sent_and_passwords_are_not(client, sent, headers):
    refused = client.post(PROFILE, sent, headers=headers)
    page = refused.content.decode()
    assert refused.status_code == 403
    assert fields(page) == {}
    assert "hunter22" not in page


def test_a_script_of_ours_gets_the_new_token_and_nobody_else(client):
    htmx = {"HX-Request": "true"}
    token = client.post(PROFILE, {}, headers={**htmx, **HERE})["X-New-CSRF-Token"]
    assert client.post(PROFILE, {"name": "x"}, headers={**HERE, "X-CSRFToken": token}).status_code == 422
    assert "X-New-CSRF-Token" not in client.post(PROFILE, {}, headers={**htmx, "Origin": "https://elsewhere.example"})


def test_after_the_login_one_is_back_on_the_page_that_held_the_form(client):
    anonymous = Client()
    page = "http://testserver/customers/3/?show=notes"
    sent = anonymous.post("/customers/3/archive/", headers={"Referer": page})
    assert sent["Location"] == "/accounts/login/?next=%2Fcustomers%2F3%2F%3Fshow%3Dnotes"
    fragment = anonymous.post("/customers/3/archive/", headers={"HX-Request": "true", "HX-Current-URL": page})
    assert fragment["HX-Redirect"] == sent["Location"]
    foreign = anonymous.post("/customers/3/archive/", headers={"Referer": "https://elsewhere.example/a"})
    assert foreign["Location"] == "/accounts/login/?next=/customers/3/archive/"
