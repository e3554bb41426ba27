"""The matrix, tried for each URL, each actor, each method and each owner of the customer it is about."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver

from tests.factories import create_user
from tests.permissions.cast import World, answer_of, playing, rows_written, undone
from tests.permissions.conftest import Stage
from tests.permissions.matrix import MATRIX
from tests.permissions.rules import ACTORS, Answer

pytestmark = pytest.mark.django_db

# Asked by a program with a key of its own (tests/operations/test_metrics.py); to every person there is nothing there.
NO_PERSONS = {"metrics"}
# Tried elsewhere: Django's admin in `test_admin_site`, what is asked with a token in tests/api.
OTHER_MATRICES = {"admin", "v1"}
LOGOUT = "accounts:logout"


def url_names(resolver: URLResolver | None = None, prefix: str = "") -> Iterator[str]:
    for entry in (resolver or get_resolver()).url_patterns:
        if isinstance(entry, URLPattern):
            yield prefix + (entry.name or str(entry.pattern))
        elif entry.namespace not in OTHER_MATRICES:
            yield from url_names(entry, prefix + (f"{entry.namespace}:" if entry.namespace else ""))


@pytest.fixture(scope="module")
def world(stage: Stage) -> Iterator[World]:
    with stage():
        yield World.create()


def test_every_url_is_in_the_matrix():
    assert sorted(set(url_names()) - NO_PERSONS) == sorted(MATRIX)


@pytest.mark.parametrize("name", MATRIX)
def test_each_actor_gets_what_the_matrix_says_and_changes_nothing_when_denied(world, name):
    entry = MATRIX[name]
    for actor in ACTORS:
        with playing(actor, world) as client:
            before = rows_written()
            for method, rule in entry.methods.items():
                for whose in world.owners(entry):
                    expected = rule(actor, whose)
                    with undone():
                        got = answer_of(world.request(client, name, entry, method, whose))
                        after = rows_written()
                    written, before = after - before, after
                    case = f"{method} {name}, {actor}, customer: {whose}"
                    assert got == (Answer.LOGIN if name == LOGOUT else expected), case
                    assert expected == Answer.IN or written == 0, f"{case}: denied, and {written} rows are written"


@pytest.mark.parametrize("name", [name for name, entry in MATRIX.items() if not entry.is_foreign])
def test_other_methods_are_not_allowed_and_change_nothing(world, name):
    entry = MATRIX[name]
    admin = ACTORS[-1]
    with playing(admin, world) as client:
        before = rows_written()
        answers = {method: world.request(client, name, entry, method).status_code for method in entry.other_methods}
        assert answers == dict.fromkeys(entry.other_methods, 405)
        assert rows_written() == before


def test_a_post_without_the_token_is_refused(world):
    client = Client(enforce_csrf_checks=True)
    client.force_login(create_user("admin"))
    before = rows_written()
    posted = [name for name, entry in MATRIX.items() if entry.post]
    answers = {name: world.request(client, name, MATRIX[name], "POST").status_code for name in posted}
    assert answers == dict.fromkeys(posted, 403)
    assert rows_written() == before


def test_the_count_of_written_rows_sees_each_kind_of_write(world):
    counts = [rows_written()]
    made = create_user("sales")
    counts.append(rows_written())
    made.save()
    counts.append(rows_written())
    made.delete()
    counts.append(rows_written())
    assert counts == sorted(set(counts))
