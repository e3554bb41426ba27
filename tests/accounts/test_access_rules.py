"""What an admin decides about a role is what its members may, from their next request on."""

from __future__ import annotations

import pytest
from django.db import IntegrityError, transaction
from django.urls import reverse

from accounts.models import AccessRule, Role, User

pytestmark = pytest.mark.django_db


@pytest.fixture
def admin(client, ada):
    client.force_login(ada)
    return client


def save(client, role, **values):
    return client.post(reverse("accounts:access_rule", args=[role]), values)


def test_the_table_says_what_holds_before_anybody_decided(admin):
    html = admin.get(reverse("accounts:access_rules")).content.decode()
    assert [rule.role for rule in admin.get(reverse("accounts:access_rules")).context["rules"]] == Role.values
    assert "All that can be masked" in html
    assert not AccessRule.objects.exists()


def test_a_decision_holds(admin, sam):
    save(admin, "sales", sees="own", edits="own", masked=["email", "phone"], may_export="on")
    sight = User.objects.get(pk=sam.pk).sight
    assert (sight.sees, sight.edits, sight.masked) == ("own", "own", {"email", "phone"})
    assert (sight.may_unmask, sight.may_export) == (False, True)


def test_it_is_decided_again(admin):
    save(admin, "sales", sees="own", edits="own")
    save(admin, "sales", sees="all", edits="team", may_unmask="on")
    rule = AccessRule.objects.get()
    assert (rule.sees, rule.edits, rule.masked, rule.may_unmask) == ("all", "team", [], True)


def test_nobody_edits_further_than_they_see(admin):
    assert "Nobody edits what they do not see" in save(admin, "sales", sees="own", edits="all").content.decode()
    assert not AccessRule.objects.exists()


def test_admins_reach_all_whatever_is_sent(admin):
    save(admin, "admin", sees="none", edits="none", masked=["income"])
    rule = AccessRule.objects.get(role="admin")
    assert (rule.sees, rule.edits, rule.masked) == ("all", "all", ["income"])
    with pytest.raises(IntegrityError), transaction.atomic():
        AccessRule.objects.filter(role="admin").update(sees="own")


@pytest.mark.parametrize("values", [{"sees": "everything"}, {"masked": ["shoe_size"]}])
def test_what_is_no_choice_is_refused(admin, values):
    assert save(admin, "sales", **{"sees": "all", "edits": "all", **values}).status_code == 200
    assert not AccessRule.objects.exists()


def test_a_role_that_is_none_is_not_found(admin):
    assert admin.get(reverse("accounts:access_rule", args=["owner"])).status_code == 404
