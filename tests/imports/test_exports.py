"""Customers of the list as files: who gets one, what stands in it, and when it goes."""

from __future__ import annotations

import csv
import datetime as dt
import io
import os
import re
import zipfile
from pathlib import Path
from xml.etree import ElementTree

import pytest
from django.utils import timezone

from accounts.models import AccessRule, Confidential
from analytics.models import Run
from customers.models import Customer
from imports.exporting import actions
from imports.models import Export
from jobs.execution import run_job
from privacy.erasing import request_erasure
from protection.audit.models import AccessLog
from tests.customers.custom import create_field
from tests.factories import create_customer, create_order, create_product, create_team, create_user
from tests.reports.runs import publish

pytestmark = pytest.mark.django_db(transaction=True)
URL = "/exports/new/"
HOSTILE = ("=HYPERLINK(1)", "+1", "-1", "@x", 'a"b,c\nd', "<b>&amp;", "王小明", "_x000D_", "\u202eevil")


@pytest.fixture(autouse=True)
def _own_folder(settings, tmp_path) -> None:
    settings.FILES_DIR = tmp_path


@pytest.fixture
def manager(client):
    user = create_user("manager")
    client.force_login(user)
    return user


def order(client, file_format: str = "csv", **chosen: object) -> Export:
    response = client.post(URL, {"file_format": file_format, **(chosen or {"all": "1"})})
    assert response.status_code == 302, response.content.decode()
    return Export.objects.latest("pk")


def made(client, file_format: str = "csv", **chosen: object) -> bytes:
    export = order(client, file_format, **chosen)
    assert export.job_id
    job = run_job(export.job_id)
    assert job.status == "done", job.error
    return fetched(client, export)


def fetched(client, export: Export) -> bytes:
    response = client.get(f"/exports/{export.pk}/file/")
    assert response.status_code == 200
    return b"".join(response.streaming_content)


def table(content: bytes) -> list[list[str]]:
    return list(csv.reader(io.StringIO(content.decode("utf-8-sig"))))


def sheet(content: bytes) -> list[list[tuple[str, str]]]:
    """(type, text) of each cell, as a program reads them that knows the format: nothing in it may be a formula."""
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        for name in archive.namelist():
            ElementTree.fromstring(archive.read(name))  # noqa: S314  # our own
        root = ElementTree.fromstring(archive.read("xl/worksheets/sheet1.xml"))  # noqa: S314
    names = {"main": "http://schemas.openxmlformats.org/spreadsheetml/2006/main"}
    assert root.findall(".//main:f", names) == []
    return [
        [(cell.get("t", "n"), unescaped("".join(cell.itertext()))) for cell in row.findall("main:c", names)]
        for row in root.findall("main:sheetData/main:row", names)
    ]


def unescaped(text: str) -> str:
    return re.sub("_x([0-9A-F]{4})_", lambda match: chr(int(match[1], 16)), text)


def test_a_file_has_the_columns_of_the_list_in_its_order_and_is_noted_when_it_leaves(client, manager):
    for name, since in (("Bea", dt.date(2024, 5, 17)), ("Ada", None), ("Cleo", dt.date(2020, 1, 2))):
        create_customer(name, owner=manager, customer_since=since, email=f"{name}@example.org".lower())
    churn = publish("churn", [])
    Run.objects.filter(pk=churn.pk).update(fitted={"model": "boosting"})
    address = "sort=-since&columns=name,since,owner,tags"
    rows = table(made(client, all="1", list=address))
    assert rows[0] == ["Number", "Customer", "E-mail", "Customer since", "Owner", "Tags"]
    assert [row[1:4] for row in rows[1:]] == [
        ["Bea", "bea@example.org", "2024-05-17"],
        ["Cleo", "cleo@example.org", "2020-01-02"],
        ["Ada", "ada@example.org", ""],
    ]
    headings, bea, *_others = table(made(client, all="1", list="columns=name,churn,churn_band"))
    assert headings[3:] == ["Churn", "Churn band", "Churn: as of", "Churn: run", "Churn: model"], "once an analysis"
    assert bea[3:] == ["", "", "2026-01-16", str(churn.pk), "boosted trees"]
    told = client.get(f"/exports/{Export.objects.latest('pk').pk}/").content.decode()
    assert "Churn as of 16 Jan 2026" in told, "of which day, run and model"
    noted = AccessLog.objects.filter(what="export").earliest("pk")
    assert (noted.actor, noted.detail["rows"], noted.detail["format"]) == (manager, 3, "csv")
    first = sheet(made(client, "xlsx", all="1", list=address))[1]
    assert first[1:4] == [("inlineStr", "Bea"), ("inlineStr", "bea@example.org"), ("n", "45429")]


def test_ticked_ones_alone_and_only_those_who_are_seen(client):
    seller = create_user("sales", team=create_team("North"))
    AccessRule.objects.create(role="sales", sees="team", edits="none", may_export=True)
    client.force_login(seller)
    mine = create_customer("Mine", owner=seller, team=seller.team)
    hidden = create_customer("Hidden", owner=create_user(), team=create_team("South"))
    assert [row[1] for row in table(made(client, customer=[mine.pk, hidden.pk]))[1:]] == ["Mine"]


def test_no_name_becomes_a_formula_or_breaks_a_file(client, manager):
    for name in HOSTILE:
        create_customer(f"{name} A")
    names = {row[1] for row in table(made(client))[1:]}
    assert names == {f"'{name} A" if name[0] in "=+-@" else f"{name} A" for name in HOSTILE}
    cells = {row[1] for row in sheet(made(client, "xlsx"))[1:]}
    assert cells == {("inlineStr", f"{name} A") for name in HOSTILE}


def test_what_is_hidden_is_dots_in_the_file_too(client):
    AccessRule.objects.create(
        role="sales", sees="all", edits="all", masked=[Confidential.EMAIL, Confidential.BIRTH_DATE], may_export=True
    )
    client.force_login(create_user("sales"))
    create_customer("Ada", email="canary@example.org", birth_date=dt.date(1911, 3, 4))
    content = made(client, all="1", list="columns=name,birth_date,email").decode()
    assert "canary" not in content
    assert "1911" not in content
    assert "•••@•••" in content


def test_who_may_not_export_is_offered_none_and_gets_none_even_of_what_was_ordered_before(client):
    seller = create_user("sales")
    client.force_login(seller)
    create_customer()
    rule = AccessRule.objects.create(role="sales", sees="all", edits="all", may_export=True)
    ready, waiting = order(client), order(client, "xlsx")
    run_job(ready.job_id or 0)
    assert "/exports/new/" in client.get("/customers/").content.decode()
    rule.may_export = False
    rule.save()
    assert "/exports/new/" not in client.get("/customers/").content.decode()
    assert client.get(URL, {"all": "1"}).status_code == client.post(URL, {"all": "1"}).status_code == 403
    assert client.get(f"/exports/{ready.pk}/file/").status_code == 403
    assert run_job(waiting.job_id or 0).status == "failed"


def test_a_file_is_private_expires_and_is_there_for_whoever_ordered_it_alone(client, manager):
    create_customer()
    made(client)
    export = Export.objects.get()
    path = actions.path_of(export)
    assert path is not None
    assert (path.stat().st_mode & 0o777, path.parent.stat().st_mode & 0o777) == (0o600, 0o700)
    client.force_login(create_user("admin"))
    assert (
        client.get(f"/exports/{export.pk}/").status_code == client.get(f"/exports/{export.pk}/file/").status_code == 404
    )
    client.force_login(manager)
    Export.objects.update(expires_at=timezone.now() - dt.timedelta(seconds=1))
    assert client.get(f"/exports/{export.pk}/file/").status_code == 404
    assert "Its time is over" in client.get(f"/exports/{export.pk}/").content.decode()


def test_an_erasure_withdraws_the_files_with_the_person_in_them_and_those_just_being_written(client, manager):
    ada, bea = create_customer("Ada Lovelace"), create_customer("Bea")
    with_ada, without = order(client, customer=[ada.pk]), order(client, customer=[bea.pk])
    waiting = order(client, all="1", list="q=Ada+Lovelace")
    for export in (with_ada, without):
        run_job(export.job_id or 0)
    erasure = request_erasure(customer=ada)
    assert run_job(erasure.job_id or 0).status == "done"
    assert client.get(f"/exports/{with_ada.pk}/file/").status_code == 404
    assert "Bea" in fetched(client, without).decode()
    assert [path.name.split("-")[0] for path in actions.folder().iterdir()] == [str(without.pk)]
    waiting.refresh_from_db()
    assert "Ada" not in str(waiting.selection)


def test_the_second_press_is_the_first_and_nobody_is_no_file(client, manager):
    create_customer()
    sent = {"file_format": "csv", "all": "1", "idempotency_key": "one"}
    assert client.post(URL, sent)["Location"] == client.post(URL, sent)["Location"]
    assert client.post(URL, {"file_format": "csv"}).status_code == 422
    assert client.post(URL, {"file_format": "pdf", "all": "1"}).status_code == 422
    Customer.objects.all().delete()
    assert "Nobody matches" in client.get(URL, {"all": "1"}).content.decode()
    assert Export.objects.count() == 1


def test_orders_and_products_leave_with_all_of_their_own_fields(client, manager):
    create_field("size", "number", applies_to="order", is_indexed=True)
    create_field("margin", "number", applies_to="order", confidential="income")
    create_field("until", "date", applies_to="product")
    ada, tea = create_customer("=Ada"), create_product("Tea", unit_price="2.5", custom={"until": "2027-01-31"})
    create_order(ada, on=dt.date(2026, 5, 1), external_id="A", products=[tea], custom={"size": "7.5", "margin": "3"})
    create_order(ada, on=dt.date(2026, 5, 2), external_id="B", products=[tea])
    offered = '<a class="btn" href="/exports/orders/?custom-size-from=5">'
    assert offered in client.get("/orders/?custom-size-from=5").content.decode()
    heading, *rows = table(goods_file(client, "orders/?custom-size-from=5"))
    assert (heading[:2], heading[-2:]) == (["Order", "System"], ["Margin", "Size"])
    assert [[row[0], row[4], row[5], row[-2], row[-1]] for row in rows] == [["A", "'=Ada", "2026-05-01", "3", "7.5"]]
    assert [row[0] for row in table(goods_file(client, "orders/"))[1:]] == ["B", "A"]
    (first,) = sheet(goods_file(client, "products/", "xlsx"))[1:]
    assert (first[2], first[4], first[-1]) == (("inlineStr", "Tea"), ("n", "2.500000"), ("n", "46418"))
    assert [log.detail["rows"] for log in AccessLog.objects.filter(what="export").order_by("pk")] == [1, 2, 1]

    AccessRule.objects.create(role="manager", sees="all", edits="all", may_export=True, masked=[Confidential.INCOME])
    assert not table(goods_file(client, "orders/?custom-size-from=5"))[1][-2].isdigit()
    erasure = request_erasure(customer=ada)
    assert erasure.job_id
    run_job(erasure.job_id)
    withdrawn = Export.objects.filter(subject="orders").values_list("withdrawn_at", flat=True)
    assert len(withdrawn) == 3
    assert all(withdrawn)


def goods_file(client, address: str, file_format: str = "csv") -> bytes:
    response = client.post(f"/exports/{address}", {"file_format": file_format})
    assert response.status_code == 302, response.content.decode()
    ordered = Export.objects.latest("pk")
    assert run_job(ordered.job_id or 0).status == "done"
    return fetched(client, ordered)


def test_stray_files_go_with_the_night(client, manager, tmp_path):
    stray, fresh = (actions.folder() / name for name in ("9-1.csv", "9-2.csv"))
    for path in (stray, fresh):
        path.write_text("")
    os.utime(stray, (0, 0))
    assert actions.purge() == 1
    assert [path.name for path in Path(actions.folder()).iterdir()] == ["9-2.csv"]
