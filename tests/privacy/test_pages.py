"""The pages under /privacy/ and the panel on the customer's page."""

from __future__ import annotations

import datetime as dt
import os

import pytest
from django.urls import reverse
from django.utils import timezone

from customers.models import Consent, Customer, Order
from imports.models import Import, RowProblem
from jobs.models import Job
from privacy import packages
from privacy.erasing import erase, request_erasure
from privacy.models import DataPackage, ErasureRequest, RetentionRule
from protection import suppression
from protection.audit.models import AccessLog
from tests.factories import create_customer, create_order, create_user

pytestmark = pytest.mark.django_db


@pytest.fixture
def logged_in(client, admin):
    client.force_login(admin)
    return client


@pytest.fixture
def ada() -> Customer:
    return create_customer("Ada Lovelace", email="ada@example.org", orders=2)


def test_the_confirmation_says_what_will_happen(logged_in, ada):
    page = logged_in.get(reverse("privacy:erase", args=[ada.pk])).content.decode()
    assert "Erase Ada Lovelace" in page
    assert "kept for the sums, without the person" in page
    assert "e-mail addresses" in page


def test_an_erasure_begins_when_the_name_is_typed(logged_in, ada, admin):
    answer = logged_in.post(
        reverse("privacy:erase", args=[ada.pk]), {"name": " ada  LOVELACE ", "ground": "request", "keeps_out": "on"}
    )
    assert answer.url == reverse("privacy:overview")
    request = ErasureRequest.objects.get(customer=ada)
    assert (request.job.kind, request.job.requested_by, request.keeps_out) == ("erase_customer", admin, True)
    assert AccessLog.objects.filter(what="erasure", customer_id=ada.pk, actor=admin).count() == 1
    assert f"#{ada.pk}" in logged_in.get(answer.url).content.decode()


def test_another_name_erases_nobody(logged_in, ada):
    answer = logged_in.post(reverse("privacy:erase", args=[ada.pk]), {"name": "Ada", "ground": "request"})
    assert answer.status_code == 422
    assert not ErasureRequest.objects.exists()
    assert not Job.objects.exists()


def test_twenty_clicks_are_one_erasure(logged_in, ada):
    for _click in range(20):
        logged_in.post(reverse("privacy:erase", args=[ada.pk]), {"name": "Ada Lovelace", "ground": "request"})
    assert ErasureRequest.objects.count() == Job.objects.count() == 1


def test_a_deleted_customer_is_found_by_number(logged_in, ada):
    Customer.objects.filter(pk=ada.pk).update(deleted_at=timezone.now())
    answer = logged_in.get(reverse("privacy:overview"), {"customer": ada.pk})
    assert answer.url == reverse("privacy:erase", args=[ada.pk])
    assert logged_in.get(answer.url).status_code == 200
    assert "No customer has this number." in logged_in.get("/privacy/", {"customer": 99_999}).content.decode()


def made_package(customer: Customer, by) -> DataPackage:
    (packages.folder() / "made.zip").write_bytes(b"PK12")
    until = timezone.now() + dt.timedelta(days=1)
    return DataPackage.objects.create(
        customer=customer, requested_by=by, file_name="made.zip", size_bytes=4, expires_at=until
    )


def test_a_package_is_downloaded_by_whoever_asked_for_it(logged_in, ada, admin):
    package = made_package(ada, admin)
    assert "made" not in logged_in.get("/privacy/").content.decode()
    answer = logged_in.get(reverse("privacy:package_download", args=[package.pk]))
    assert b"".join(answer.streaming_content) == b"PK12"
    assert answer["Content-Disposition"] == f'attachment; filename="customer-{ada.pk}.zip"'
    assert (answer["Cache-Control"], answer["X-Content-Type-Options"]) == ("no-store", "nosniff")
    assert AccessLog.objects.get(what="package").detail == {"step": "downloaded"}
    package.refresh_from_db()
    assert package.downloads == 1


def test_another_admin_gets_no_package_that_is_not_theirs(logged_in, ada):
    package = made_package(ada, create_user("admin"))
    assert logged_in.get(reverse("privacy:package_download", args=[package.pk])).status_code == 404
    assert not AccessLog.objects.filter(what="package").exists()


def test_a_package_goes_when_its_time_is_over(logged_in, ada, admin):
    package = made_package(ada, admin)
    DataPackage.objects.update(expires_at=timezone.now() - dt.timedelta(seconds=1))
    assert logged_in.get(reverse("privacy:package_download", args=[package.pk])).status_code == 404
    path = packages.folder() / "made.zip"
    os.utime(path, (0, 0))
    assert packages.purge() == 1
    assert not path.exists()
    assert not DataPackage.objects.exists()


def test_asking_for_a_package_is_logged(logged_in, ada, admin):
    logged_in.post(reverse("privacy:package", args=[ada.pk]))
    assert DataPackage.objects.get().job.kind == "data_package"
    assert AccessLog.objects.get(what="package").actor == admin


def test_decisions_are_added_and_the_newest_holds(logged_in, ada, admin):
    url = reverse("privacy:consents", args=[ada.pk])
    logged_in.post(url, {"purpose": "email", "is_given": "yes", "source": "web form"})
    logged_in.post(url, {"purpose": "email", "is_given": "no"})
    assert list(Consent.objects.filter(customer=ada).values_list("is_given", flat=True)) == [False, True]
    assert list(Customer.objects.agreeing_to("email")) == []
    page = logged_in.get(url).content.decode()
    assert "web form" in page
    assert "Iris Admin" in page


def test_the_panel_says_what_holds(logged_in, ada):
    Consent.objects.create(customer=ada, purpose="post", is_given=True)
    page = logged_in.get(ada.get_absolute_url()).content.decode()
    assert "Agreed" in page
    assert reverse("privacy:erase", args=[ada.pk]) in page


def test_who_may_only_read_is_offered_nothing(client, ada):
    client.force_login(create_user("viewer"))
    page = client.get(ada.get_absolute_url()).content.decode()
    assert "never asked" in page
    assert "/privacy/" not in page


def test_an_identity_is_let_back_by_typing_it(logged_in, admin):
    suppression.suppress([suppression.external_id("shop", "17")])
    lift = reverse("privacy:suppression_lift")
    assert logged_in.post(lift, {"kind": "external_id", "value": "17"}).status_code == 422
    assert logged_in.post(lift, {"kind": "external_id", "value": "17", "source": "shop"}).status_code == 302
    assert suppression.size() == 0
    assert AccessLog.objects.get(what="erasure").detail == {"step": "lifted", "kind": "external_id"}


def test_an_admin_decides_how_long_things_are_kept(logged_in, admin):
    file_import = Import.objects.create(kind="orders", file_name="old.csv", source="shop")
    Import.objects.update(created_at=timezone.now() - dt.timedelta(days=40))
    RowProblem.objects.create(file_import=file_import, row_number=1, reason="missing")
    url = reverse("privacy:retention")
    assert "0 rows are older now." in logged_in.get(url).content.decode()
    answer = logged_in.post(url, {"kind": "row_problems", "row_problems-days": "30", "row_problems-is_active": "on"})
    assert answer.url == url
    rule = RetentionRule.objects.get()
    assert (rule.kind, rule.days, rule.is_active, rule.changed_by) == ("row_problems", 30, True, admin)
    assert "1 row is older now." in logged_in.get(url).content.decode()
    for impossible in ("0", "36501", "9" * 40, ""):
        assert logged_in.post(url, {"kind": "row_problems", "row_problems-days": impossible}).status_code == 422
    assert logged_in.post(url, {"kind": "no_such"}).status_code == 404


def test_an_order_keeps_its_sums_without_the_person(ada):
    create_order(ada)
    erase(request_erasure(customer=ada))
    assert Customer.objects.get(pk=ada.pk).name == f"Erased customer {ada.pk}"
    assert list(Order.objects.values_list("customer", "total_base_minor")) == [(None, 10_000)] * 3
