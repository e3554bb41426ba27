"""Who acts reaches the database with every statement that writes, and leaves with its transaction."""

from __future__ import annotations

import json

import pytest
from django.db import DataError, connection, transaction

from accounts.models import Team
from protection.audit import acting
from protection.audit.actor import carry, identify
from tests.factories import create_team, create_user


def actor_in_database():
    with connection.cursor() as cursor:
        cursor.execute("SELECT NULLIF(current_setting('crm.actor', true), '')::jsonb")
        [found] = cursor.fetchone()
        return json.loads(found) if found else None


@pytest.mark.django_db
def test_reading_sends_nothing_and_writing_names_the_actor():
    user = create_user()
    with acting(user=user, origin="web"):
        assert list(Team.objects.all()) == []
        assert actor_in_database() is None
        team = create_team()
        assert team.pk
        assert actor_in_database() == {"user": user.pk, "origin": "web", "detail": ""}


@pytest.mark.django_db
def test_the_rest_of_a_transaction_is_not_put_down_to_whoever_acted_in_it():
    with acting(user=create_user(), origin="web"):
        create_team()
        with acting(origin="job"):
            create_team()
        assert actor_in_database()["origin"] == "web"
    assert actor_in_database() is None


@pytest.mark.django_db(transaction=True)
def test_a_connection_carries_nobody_after_its_transaction():
    with acting(user=create_user(), origin="web"):
        create_team()
        with transaction.atomic():
            create_team()
        assert actor_in_database() is None


@pytest.mark.django_db
def test_a_setback_to_a_savepoint_loses_no_name():
    with acting(user=create_user(), origin="web"):
        savepoint = transaction.savepoint()
        create_team()
        transaction.savepoint_rollback(savepoint)
        Team.objects.all().delete()
        create_team()
        assert actor_in_database()["origin"] == "web"


@pytest.mark.django_db(transaction=True)
def test_a_broken_transaction_shows_its_own_error():
    def write_and_fail():
        with transaction.atomic(), acting(origin="web"), connection.cursor() as cursor:
            create_team()
            cursor.execute("SELECT 1 / 0")

    with pytest.raises(DataError, match="division by zero"):
        write_and_fail()
    assert not Team.objects.exists()


@pytest.mark.django_db
def test_any_text_may_stand_in_the_detail():
    hostile = "100 % '; DROP TABLE x; -- \\ {} 王"
    with acting(origin="command", detail=hostile + "\0\ud800"):
        create_team()
        assert actor_in_database()["detail"] == hostile + "?"


@pytest.mark.django_db
def test_many_statements_at_once_carry_it_too():
    with acting(origin="command"), connection.cursor() as cursor:
        cursor.executemany("UPDATE accounts_team SET name = %s WHERE id = %s", [("a", 1), ("b", 2)])
        assert actor_in_database()["origin"] == "command"


@pytest.mark.django_db(transaction=True)
def test_a_copy_is_preceded_by_a_word_of_its_own():
    with acting(origin="import"):
        with pytest.raises(RuntimeError, match="transaction"):
            carry()
        with transaction.atomic():
            carry()
            assert actor_in_database()["origin"] == "import"


@pytest.mark.django_db
def test_a_token_says_later_who_it_is():
    user = create_user()
    with acting(origin="web") as actor:
        identify(user=user, origin="api", detail="token 7")
        assert (actor.user_id, actor.origin, actor.detail) == (user.pk, "api", "token 7")
