"""What the erasure is for: a mark is planted wherever a person can stand, and afterwards it is nowhere.

Also what the data package is for: beforehand, it holds every mark.
"""

from __future__ import annotations

import datetime as dt
import json
import zipfile
from pathlib import Path

import pytest
from django.conf import settings
from django.contrib.admin.models import ADDITION, LogEntry
from django.contrib.contenttypes.models import ContentType
from django.core.cache import cache
from django.db import connection
from django.test import Client

from accounts.models import User
from analytics.actions import request_recomputation
from customers.custom_fields import clean_value
from customers.models import ContactPerson, Customer, CustomerExternalId, CustomField, EmailAddress, FileContent
from imports.models import Import, RowProblem
from imports.staging import schema_name
from jobs.actions import enqueue
from jobs.execution import run_job
from jobs.models import Job
from privacy import packages
from privacy.models import ErasureRequest
from privacy.rows import rows_about
from protection.audit import log_access
from protection.fields import Sealed
from tests.factories import create_customer, create_order, create_product, create_user
from tests.privacy.canaries import BIRTH_DATE, INCOME, MARK, PHONE, is_marked, mark_of, plant, planted_models
from tests.privacy.conftest import done
from tests.privacy.dump import facts_of, places_of

pytestmark = pytest.mark.django_db(transaction=True)

DIGITS = "5550198765"
NAME = mark_of(Customer, "name")
EMAIL = f"{mark_of(EmailAddress, 'email')}@example.org"


SECRET = f"{MARK}-passport-4711"


@pytest.fixture
def person() -> Customer:
    """With orders that recommendations can be made of, and traces in every corner."""
    customer = plant()
    lamp = create_product("Lamp")
    for number in range(3):
        create_order(customer, on=dt.date(2026, 5, 1 + number), products=[lamp])
        create_order(create_customer(), on=dt.date(2026, 5, 1 + number), products=[lamp])
    firm = create_customer("Firm", kind="organisation")
    ContactPerson.objects.create(customer=firm, person=customer, name=f"{MARK} role", email=f"{MARK}.role@example.org")
    Customer.objects.filter(pk=create_customer("Friend").pk).update(referred_by=customer)
    field = CustomField.objects.create(
        applies_to="customer", key="passport", label="Passport", confidential="sensitive"
    )
    custom = {**customer.custom, field.key: clean_value(field, SECRET)}
    Customer.objects.filter(pk=customer.pk).update(custom=custom)
    tell_imports(customer)
    tell_jobs_and_people(customer)
    return customer


def tell_imports(customer: Customer) -> None:
    number = CustomerExternalId.objects.get(customer=customer)
    file_import = Import.objects.create(kind="customers", file_name="people.csv", source=number.source)
    refused = {"file_import": file_import, "reason": "missing", "row_number": 7}
    RowProblem.objects.create(**refused, cells=["7", f'{NAME} "the"', f"{MARK} lives here"])
    RowProblem.objects.create(**refused, cells=["8", EMAIL.upper(), f"{MARK} too"])
    RowProblem.objects.create(**refused, cells=["9", "0171/5550198765", f"{MARK} as well"])
    RowProblem.objects.create(**refused, cells=[number.value, f"{MARK} by number"])
    RowProblem.objects.create(**refused, value=EMAIL, is_rejected=False)
    abandoned = schema_name(Job.objects.create(kind="import", params_hash="x", status="failed").pk, 1)
    with connection.cursor() as cursor:
        cursor.execute(f"CREATE SCHEMA {abandoned}; CREATE UNLOGGED TABLE {abandoned}.staged (c1 text)")
        cursor.execute(f"INSERT INTO {abandoned}.staged VALUES (%s)", [EMAIL])


def tell_jobs_and_people(customer: Customer) -> None:
    texts = {
        "error": f"{NAME} could not be read",
        "reason": EMAIL,
        "result": {"rows": [{"who": NAME, "passport": SECRET}]},
    }
    Job.objects.create(kind="import", params={"path": f"/in/{NAME}.csv"}, params_hash="y", status="failed", **texts)
    colleague = create_user("admin")
    client = Client()
    client.force_login(colleague)
    session = client.session
    session["_messages"] = f"{NAME} is saved."
    session.save()
    LogEntry.objects.create(
        user=colleague,
        content_type=ContentType.objects.get_for_model(EmailAddress),
        object_id="1",
        object_repr=EMAIL,
        action_flag=ADDITION,
        change_message="",
    )
    log_access("unmask", user=colleague, obj=customer, field=f"{MARK} field")
    # Through the product, so that the trail has its lines.
    row = EmailAddress.objects.get(customer=customer)
    row.email = f"{MARK}.later@example.org"
    row.save()
    row.email = EMAIL
    row.save()


def recompute() -> Job:
    return run_job(request_recomputation().pk)


def test_after_an_erasure_nothing_is_left_anywhere(person, erase):
    done(recompute())
    assert facts_of(person.pk)
    request = erase(person)
    assert request.status == ErasureRequest.Status.FINISHING
    # Snapshots cannot be changed: the next one and the end of the erasure see to them.
    assert [place for place in places_of(MARK) if not place.startswith(settings.SNAPSHOT_DIR.as_posix())] == []
    assert run_finishing() == {"finished": 0, "open": 1}
    done(run_job(Job.objects.get(kind="recompute", status="queued").pk))
    assert run_finishing() == {"finished": 1, "open": 0}
    request.refresh_from_db()
    assert request.status == ErasureRequest.Status.DONE
    assert facts_of(person.pk) == []
    for trace in (MARK, DIGITS, str(INCOME), BIRTH_DATE.isoformat()):
        assert places_of(trace) == []


def run_finishing() -> dict[str, int]:
    return done(run_job(enqueue(kind="finish_erasures", params={}).pk)).result


def made_package(customer: Customer, by: User) -> Path:
    package = packages.request_package(customer=customer, by=by)
    assert package.job_id is not None
    done(run_job(package.job_id))
    package.refresh_from_db()
    path = packages.path_of(package)
    assert path is not None
    return path


def test_the_dump_sees_what_it_looks_for(person, admin):
    """Else it would find nothing whatever the erasure does."""
    cache.set("mark", f"{MARK} in the cache", 600)
    made_package(person, admin)
    places = " ".join(places_of(MARK) + places_of(DIGITS))
    for known in planted_models():
        if any(is_marked(known, name) and not known.model._meta.get_field(name).choices for name in known.fields):
            assert known.model._meta.db_table in places
    elsewhere = (
        "protection_change jobs_job imports_rowproblem import_staging django_admin_log valkey protection_accesslog"
    )
    for place in [*elsewhere.split(), "data.json", "overview.html", "tables/customers.emailaddress.csv"]:
        assert place in places
    cache.clear()


def test_the_data_package_holds_all_that_is_known(person, admin):
    path = made_package(person, admin)
    assert path.stat().st_mode & 0o777 == 0o600
    with zipfile.ZipFile(path) as archive:
        told = {name: archive.read(name).decode() for name in archive.namelist()}
    json.loads(told["data.json"])
    assert [name for name in told if name.startswith("files/") and mark_of(FileContent, "content") in told[name]]
    for known in filter(lambda known: known.is_told, planted_models()):
        for name in filter(lambda name: is_marked(known, name), known.fields):
            value = getattr(rows_about(known, person.pk).first(), name)
            if MARK in str(value.reveal() if isinstance(value, Sealed) else value):
                assert mark_of(known.model, name)[:12] in told["data.json"]
                assert mark_of(known.model, name)[:12] in told["overview.html"]
    for known_too in (PHONE, BIRTH_DATE.isoformat(), str(INCOME), f"{MARK} role", f"{MARK} lives here", SECRET):
        assert known_too in told["data.json"]
