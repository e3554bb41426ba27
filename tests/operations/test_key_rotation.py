"""Every encrypted value comes under the new key, whatever happens meanwhile, and the old key can go."""

from __future__ import annotations

from io import StringIO

import psycopg
import pytest
from allauth.mfa.models import Authenticator
from django.core.management import CommandError, call_command
from django.db import OperationalError, connection

from customers import custom_fields
from customers.models import Customer, CustomField
from jobs.actions import enqueue
from jobs.execution import run_job
from operations import key_rotation
from protection import keys, rotation
from protection.audit.models import Change
from protection.fields import holding
from protection.mfa import MFAAdapter
from tests.factories import create_customer, create_user

pytestmark = pytest.mark.django_db(transaction=True)
NUMBER = "DE 811 907 980"


@pytest.fixture
def own_keys(settings, tmp_path):
    """A private key file of this test's own; what encrypts is the key k1."""
    settings.FIELD_KEYS = ""
    settings.LOCAL_DIR = tmp_path
    assert keys.ring().first.id == "k1"


def field_keys(*arguments):
    out, err = StringIO(), StringIO()
    call_command("field_keys", *arguments, stdout=out, stderr=err)
    return out.getvalue() + err.getvalue()


def rotate():
    return run_job(enqueue(kind=key_rotation.JOB_KIND, params={}, notify=False).pk)


def key_ids():
    return {key: number for key, number in rotation.values_by_key().items() if number}


def test_everything_comes_under_the_new_key_and_the_old_one_can_go(own_keys):
    ada = create_customer("Ada", tax_number=NUMBER, identity_number="X3")
    badge = CustomField.objects.create(key="badge", label="Badge", confidential="sensitive")
    wearer = create_customer(custom=custom_fields.clean("customer", {"badge": "B-17"}, fields=[badge]))
    data = {"secret": MFAAdapter().encrypt("S3CRET")}
    totp = Authenticator.objects.create(user=create_user(), type="totp", data=data)
    assert key_ids() == {"k1": 4}

    field_keys("add")
    assert field_keys("list").splitlines()[0].split() == ["k2", "encrypts", "0", "values"]
    assert field_keys("rotate").startswith("4 values encrypted anew under the key k2.")
    assert key_ids() == {"k2": 4}
    field_keys("drop", "k1")
    assert [key.id for key in keys.ring().keys] == ["k2"]

    for row in (ada, wearer, totp):
        row.refresh_from_db()
    assert (ada.tax_number.reveal(), ada.identity_number.reveal()) == (NUMBER, "X3")
    assert custom_fields.reveal(badge, wearer.custom["badge"]) == "B-17"
    assert MFAAdapter().decrypt(totp.data["secret"]) == "S3CRET"
    assert Customer.objects.get(holding(Customer, "tax_number", NUMBER)) == ada


def test_it_is_no_change_of_a_customer(own_keys):
    ada = create_customer(tax_number=NUMBER)
    stamped = ada.updated_at
    before = Change.objects.count()
    field_keys("add")
    assert rotate().result["rewritten"] == 1
    assert Change.objects.count() == before
    ada.refresh_from_db()
    assert (ada.updated_at, ada.version) == (stamped, 1)


def test_a_value_is_found_under_whichever_key_it_is(own_keys):
    create_customer("Before", tax_number=NUMBER)
    field_keys("add")
    create_customer("After", tax_number=NUMBER)
    found = Customer.objects.filter(holding(Customer, "tax_number", NUMBER))
    assert {customer.name for customer in found} == {"Before", "After"}
    assert key_ids() == {"k1": 1, "k2": 1}


def test_it_goes_on_where_it_was_broken_off(own_keys, monkeypatch):
    monkeypatch.setattr(key_rotation, "BATCH", 2)
    customers = [create_customer(tax_number=f"T{number}") for number in range(7)]
    field_keys("add")
    rotated = rotation.SqlVault.rotate
    calls = []

    def dies_at_the_third(vault, rows):
        calls.append(rows)
        outcome = rotated(vault, rows)
        if len(calls) == 3:
            raise SystemExit  # as when the process is told to end: after the batch is written, before it is committed
        return outcome

    monkeypatch.setattr(rotation.SqlVault, "rotate", dies_at_the_third)
    job = enqueue(kind=key_rotation.JOB_KIND, params={}, notify=False)
    with pytest.raises(SystemExit):
        run_job(job.pk)
    assert key_ids() == {"k1": 3, "k2": 4}

    done = run_job(job.pk)
    assert done.result == {"key": "k2", "rewritten": 7, "unreadable": 0, "left": {}}
    assert calls[3] == [customers[4].pk, customers[5].pk]
    assert [Customer.objects.get(pk=row.pk).tax_number.reveal() for row in customers] == [f"T{n}" for n in range(7)]


def test_an_edit_between_reading_and_locking_is_not_overwritten(own_keys):
    ada = create_customer(tax_number="OLD")
    field_keys("add")
    [vault] = [vault for vault in rotation.vaults() if vault.keys()]
    rows = vault.under_other_keys(after=0, limit=10)
    Customer.objects.filter(pk=ada.pk).update(tax_number="NEW")
    vault.rotate(rows)
    ada.refresh_from_db()
    assert ada.tax_number.reveal() == "NEW"


def test_a_row_that_somebody_edits_is_waited_for(own_keys):
    ada = create_customer(tax_number="OLD")
    field_keys("add")
    with connection.cursor() as cursor:
        cursor.execute("SET lock_timeout = '50ms'")
    [vault] = [vault for vault in rotation.vaults() if vault.keys()]
    with psycopg.connect(**connection.get_connection_params()) as other:
        other.execute("UPDATE customers_customer SET tax_number = NULL WHERE id = %s", [ada.pk])
        with pytest.raises(OperationalError, match="lock timeout"):
            vault.rotate([ada.pk])
        other.commit()
    assert vault.rotate([ada.pk]).rewritten == 0


def test_a_key_that_is_used_or_encrypts_stays(own_keys):
    create_customer(tax_number=NUMBER)
    with pytest.raises(CommandError, match="encrypts"):
        field_keys("drop", "k1")
    field_keys("add", "spring")
    with pytest.raises(CommandError, match="1 values are under"):
        field_keys("drop", "k1")
    with pytest.raises(CommandError, match="no key 'k9'"):
        field_keys("drop", "k9")
    with pytest.raises(CommandError, match="is wrong"):
        field_keys("add", "a b")
    assert [key.id for key in keys.ring().keys] == ["spring", "k1"]
    assert keys.private_file().stat().st_mode & 0o777 == 0o600


def test_values_whose_key_is_lost_are_counted_and_left(own_keys):
    create_customer(tax_number="LOST")
    keys.private_file().write_text(keys.new_key("k2"))
    create_customer(tax_number="KEPT")
    assert "MISSING" in field_keys("list")
    done = rotate()
    assert done.result == {"key": "k2", "rewritten": 0, "unreadable": 1, "left": {"k1": 1}}
    assert [str(line[0]) for line in key_rotation.result_in_words(done.result)][2:] == [
        "Values whose key is missing",
        "Values under other keys",
    ]
    with pytest.raises(CommandError, match="still under other keys: k1: 1"):
        field_keys("rotate")


def test_keys_of_the_environment_are_printed_to_be_set(settings):
    settings.FIELD_KEYS = keys.new_key("old")
    printed = field_keys("add", "new")
    [line] = [line for line in printed.splitlines() if line.startswith("CRM_FIELD_KEYS=")]
    settings.FIELD_KEYS = line.partition("=")[2]
    assert [key.id for key in keys.ring().keys] == ["new", "old"]
    assert "CRM_FIELD_KEYS=new:" in field_keys("drop", "old")
