"""Which customers each reach holds: asked of the database, of one object and of SQL, with the same answer."""

from __future__ import annotations

from dataclasses import replace

import pytest
from django.db import connection

from accounts.models import AccessRule, Confidential, Reach, Role
from accounts.visibility import EVERYTHING, NONE, Sight
from customers.models import Customer, Order
from tests.factories import create_customer, create_order, create_team, create_user

pytestmark = pytest.mark.django_db


@pytest.fixture
def team():
    return create_team("North")


@pytest.fixture
def me(team):
    return create_user(Role.SALES, team=team)


@pytest.fixture
def customers(me, team):
    """Names say whose they are."""
    south = create_team("South")
    colleague, stranger = create_user(team=team), create_user(team=south)
    create_customer("mine elsewhere", owner=me, team=south)
    create_customer("mine", owner=me, team=team)
    create_customer("colleague's", owner=colleague, team=team)
    create_customer("team's", team=team)
    create_customer("nobody's")
    create_customer("stranger's", owner=stranger, team=south)
    create_customer("other team's", team=south)
    create_customer("ownerless stranger's", owner=stranger)


EXPECTED = {
    Reach.NONE: set(),
    Reach.OWN: {"mine", "mine elsewhere"},
    Reach.TEAM: {"mine", "mine elsewhere", "colleague's", "team's", "nobody's"},
    Reach.ALL: {
        "mine",
        "mine elsewhere",
        "colleague's",
        "team's",
        "nobody's",
        "stranger's",
        "other team's",
        "ownerless stranger's",
    },
}


@pytest.mark.parametrize("reach", Reach)
def test_each_reach_holds_the_same_customers_however_it_is_asked(me, customers, reach):
    sight = replace(EVERYTHING, user_id=me.pk, team_id=me.team_id, sees=reach)
    condition, parameters = sight.condition("c")
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT name FROM customers_customer c WHERE {condition}", parameters)
        by_sql = {name for (name,) in cursor.fetchall()}
    by_queryset = set(Customer.objects.visible_to(sight).values_list("name", flat=True))
    by_object = {customer.name for customer in Customer.objects.all() if sight.may_see(customer)}
    assert by_queryset == by_object == by_sql == EXPECTED[reach]


def test_somebody_without_a_team_sees_what_nobody_has_and_no_team_has(customers):
    loner = create_user(Role.SALES)
    sight = replace(EVERYTHING, user_id=loner.pk, team_id=None, sees=Reach.TEAM)
    assert [customer.name for customer in Customer.objects.visible_to(sight)] == ["nobody's"]
    assert {customer.name for customer in Customer.objects.all() if sight.may_see(customer)} == {"nobody's"}


def test_orders_follow_their_customer_and_those_of_nobody_are_for_people_who_see_all(me, customers):
    for customer in Customer.objects.all():
        create_order(customer)
    anonymous = create_order(None)
    mine = replace(EVERYTHING, user_id=me.pk, team_id=me.team_id, sees=Reach.TEAM)
    seen = Order.objects.visible_to(mine)
    assert {order.customer.name for order in seen} == EXPECTED[Reach.TEAM]
    assert anonymous in Order.objects.visible_to(EVERYTHING)


def test_the_rule_of_the_role_decides(me):
    AccessRule.objects.create(role=Role.SALES, sees=Reach.OWN, edits=Reach.ALL, masked=["email"])
    sight = Sight.of(me)
    assert (sight.sees, sight.edits) == (Reach.OWN, Reach.OWN)  # nobody edits what they do not see
    assert sight.masks("email")
    assert not sight.masks("phone")


def test_until_an_admin_decides_the_first_rules_hold(me):
    assert (me.sight.sees, me.sight.edits, me.sight.may_export) == (Reach.TEAM, Reach.TEAM, False)
    viewer = create_user(Role.VIEWER).sight
    assert (viewer.sees, viewer.edits, viewer.masked) == (Reach.ALL, Reach.NONE, frozenset(Confidential))


def test_somebody_disabled_sees_nothing():
    disabled = Sight.of(create_user(Role.ADMIN, is_active=False))
    assert disabled.sees == NONE
    assert disabled.masks("email")


def test_two_people_share_a_key_only_if_they_see_the_same(me, team):
    manager, other_manager = create_user(Role.MANAGER), create_user(Role.MANAGER)
    assert manager.sight.key == other_manager.sight.key
    assert me.sight.key != create_user(Role.SALES, team=team).sight.key
