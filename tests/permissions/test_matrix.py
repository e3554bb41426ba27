"""The matrix of `tests.permissions.matrix`, run for each URL, each role and each method."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from django.apps import apps
from django.db import connection
from django.urls import URLPattern, URLResolver, get_resolver, reverse
from django.utils import timezone

from analytics.models import Run
from jobs.models import Job
from reports.catalog import CHARTS
from tests.factories import create_customer, create_user
from tests.permissions.matrix import ANONYMOUS, MATRIX, ROLES, Entry

pytestmark = pytest.mark.django_db

# Asked by a program with a key of its own (tests/operations/test_metrics.py); to every person there is nothing there.
NO_PERSONS = {"metrics"}


def url_names(resolver: URLResolver | None = None, prefix: str = "") -> Iterator[str]:
    for entry in (resolver or get_resolver()).url_patterns:
        if isinstance(entry, URLResolver):
            namespace = f"{entry.namespace}:" if entry.namespace else ""
            if entry.namespace not in {"admin", "v1"}:  # the API has a matrix of its own
                yield from url_names(entry, prefix + namespace)
        elif isinstance(entry, URLPattern):
            yield prefix + (entry.name or str(entry.pattern))


def fingerprint() -> list[Any]:
    """Changes whenever a row of the product changes; a login's session does not count."""
    tables = [model._meta.db_table for model in apps.get_models() if model._meta.managed]
    kept = [table for table in tables if table not in {"accounts_usersession", "accounts_user"}]
    parts = [
        f"SELECT '{table}', count(*), md5(string_agg(t::text, '|' ORDER BY t::text)) FROM {table} t" for table in kept
    ]
    with connection.cursor() as cursor:
        cursor.execute(" UNION ALL ".join(parts))
        return sorted(cursor.fetchall())


@pytest.fixture
def arguments() -> dict[str, Any]:
    job = Job.objects.create(kind="recompute", params_hash="a")
    failed = Job.objects.create(kind="recompute", params_hash="b", status="failed", finished_at=timezone.now())
    run = Run.objects.create(analysis="rfm", as_of="2026-06-01", status="failed", error="nothing to compute")
    customer = create_customer("Ada")
    return {
        "customer": customer.pk,
        "job": job.pk,
        "failed_job": failed.pk,
        "run": run.pk,
        "chart": CHARTS[0].key,
        "user_in_base36": "1",
        "link_key": "no-such-key",
    }


def call(client, name: str, entry: Entry, arguments: dict[str, Any]):
    url = reverse(name, args=[arguments[arg] for arg in entry.args])
    return getattr(client, entry.method)(url, entry.data)


def test_every_url_is_in_the_matrix():
    assert sorted(set(url_names()) - NO_PERSONS) == sorted(MATRIX)


@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize("name", MATRIX)
def test_each_role_gets_what_the_matrix_says(client, arguments, name, role):
    entry = MATRIX[name]
    if role != ANONYMOUS:
        client.force_login(create_user(ROLES[role]))
    before = fingerprint()
    response = call(client, name, entry, arguments)
    if role >= entry.who:
        assert response.status_code in {200, 302}
        assert "/accounts/login/" not in response.get("Location", "") or name == "accounts:logout"
    elif role == ANONYMOUS:
        assert response.url.startswith(reverse("accounts:login"))
        assert fingerprint() == before
    else:
        assert response.status_code == (404 if role < entry.seen_from else 403)
        assert fingerprint() == before


@pytest.mark.parametrize("role", ROLES)
def test_the_admin_is_for_admins(client, role):
    if role != ANONYMOUS:
        client.force_login(create_user(ROLES[role]))
    for model in ("customers/customer", "accounts/user", "jobs/job"):
        response = client.get(f"/admin/{model}/")
        assert (response.status_code == 200) == (ROLES[role] == "admin")


@pytest.mark.parametrize("name", [name for name, entry in MATRIX.items() if entry.method == "post"])
def test_a_get_never_writes(client, arguments, name):
    client.force_login(create_user("admin"))
    entry = MATRIX[name]
    before = fingerprint()
    response = client.get(reverse(name, args=[arguments[arg] for arg in entry.args]))
    assert response.status_code == 405
    assert fingerprint() == before


@pytest.mark.parametrize("name", [name for name, entry in MATRIX.items() if entry.method == "post"])
def test_a_post_without_the_token_is_refused(arguments, name, admin_client_with_csrf):
    entry = MATRIX[name]
    before = fingerprint()
    response = call(admin_client_with_csrf, name, entry, arguments)
    assert response.status_code == 403
    assert fingerprint() == before


@pytest.fixture
def admin_client_with_csrf():
    from django.test import Client

    client = Client(enforce_csrf_checks=True)
    client.force_login(create_user("admin"))
    return client
