"""Encrypted columns: what stands in the table, who can read it, how it is found."""

from __future__ import annotations

import pytest
from django.core.exceptions import FieldError, ImproperlyConfigured
from django.db import connection

from customers.models import Customer
from protection import crypto, keys
from protection.fields import MASK, Sealed, holding
from tests.factories import create_customer

NUMBER = "DE 811 907 980"


@pytest.fixture
def two_keys(settings):
    settings.FIELD_KEYS = f"{keys.new_key('old')},{keys.new_key('other')}"
    return settings


def raw(column):
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {column} FROM customers_customer")
        return bytes(cursor.fetchone()[0])


@pytest.mark.django_db
def test_the_table_holds_no_plain_text_and_the_object_shows_dots():
    create_customer("Ada", tax_number=NUMBER)
    ada = Customer.objects.get()
    assert isinstance(ada.tax_number, Sealed)
    assert f"{ada.tax_number} {ada.tax_number!r} {[ada.tax_number]}" == f"{MASK} {MASK} [{MASK}]"
    assert ada.tax_number.reveal() == NUMBER
    assert b"811" not in raw("tax_number")


@pytest.mark.django_db
def test_saving_an_object_again_keeps_the_value():
    create_customer("Ada", tax_number=NUMBER)
    before = raw("tax_number")
    Customer.objects.get().save()
    assert raw("tax_number") == before


@pytest.mark.django_db
def test_nothing_is_stored_for_an_empty_value():
    create_customer("Ada", tax_number="  ", bank_account="", identity_number=None)
    ada = Customer.objects.get()
    assert (ada.tax_number, ada.bank_account, ada.identity_number) == (None, None, None)


@pytest.mark.django_db
@pytest.mark.parametrize("typed", [NUMBER, "de811907980", "DE-811-907-980", "ＤＥ811907980"])
def test_an_exact_value_is_found_however_it_is_typed(typed):
    ada = create_customer("Ada", tax_number=NUMBER)
    create_customer("Bob", tax_number="DE 811 907 981")
    assert list(Customer.objects.filter(holding(Customer, "tax_number", typed))) == [ada]


@pytest.mark.django_db
@pytest.mark.parametrize("typed", ["811907980", "DE81190798", "", " - ", "DE*"])
def test_a_part_of_a_value_finds_nothing(typed):
    create_customer("Ada", tax_number=NUMBER)
    create_customer("Bob")
    assert not Customer.objects.filter(holding(Customer, "tax_number", typed))


@pytest.mark.django_db
def test_the_index_serves_the_search():
    create_customer("Ada", tax_number=NUMBER)
    with connection.cursor() as cursor:
        # Of one customer the index of all who have a number would do as well.
        cursor.execute("SET LOCAL enable_seqscan = off; DROP INDEX customer_has_tax_number")
    plan = Customer.objects.filter(holding(Customer, "tax_number", NUMBER)).explain()
    assert "customer_tax_number" in plan


@pytest.mark.django_db
@pytest.mark.parametrize("lookup", ["contains", "gt", "startswith", "exact"])
def test_other_lookups_are_refused(lookup):
    with pytest.raises(FieldError, match="encrypted"):
        list(Customer.objects.filter(**{f"tax_number__{lookup}": NUMBER}))


@pytest.mark.django_db
def test_a_value_of_another_column_does_not_decrypt():
    create_customer("Ada", tax_number=NUMBER)
    with connection.cursor() as cursor:
        cursor.execute("UPDATE customers_customer SET bank_account = tax_number")
    with pytest.raises(crypto.Undecryptable, match="wrong column"):
        Customer.objects.get().bank_account.reveal()


@pytest.mark.django_db
def test_after_a_new_key_came_first_the_old_value_is_read_and_found(settings):
    old = keys.new_key("old")
    settings.FIELD_KEYS = old
    create_customer("Ada", tax_number=NUMBER)
    settings.FIELD_KEYS = f"{keys.new_key('new')},{old}"
    create_customer("Bob", tax_number=NUMBER)
    found = Customer.objects.filter(holding(Customer, "tax_number", NUMBER)).order_by("pk")
    assert [customer.tax_number.reveal() for customer in found] == [NUMBER, NUMBER]
    assert [crypto.key_id_of(customer.tax_number.data) for customer in found] == ["old", "new"]


@pytest.mark.django_db
def test_without_its_key_a_value_names_the_key_that_is_missing(settings):
    settings.FIELD_KEYS = keys.new_key("gone")
    create_customer("Ada", tax_number=NUMBER)
    settings.FIELD_KEYS = keys.new_key("new")
    with pytest.raises(crypto.Undecryptable, match="'gone'"):
        Customer.objects.get().tax_number.reveal()


def test_equal_values_are_not_equal_bytes(two_keys):
    assert crypto.seal(NUMBER, context="c") != crypto.seal(NUMBER, context="c")


@pytest.mark.parametrize("text", ["", "k1", "k1:abc", "k 1:" + "A" * 43 + "=", "k1:" + "A" * 20])
def test_a_wrong_key_fails_loudly_and_is_not_shown(text):
    with pytest.raises(ImproperlyConfigured) as failure:
        keys.parse_keys(text)
    assert "AAAA" not in str(failure.value)


def test_an_installation_without_keys_makes_one_that_only_its_owner_reads(settings, tmp_path):
    settings.FIELD_KEYS, settings.LOCAL_DIR = "", tmp_path / "private"
    first = keys.ring()
    assert keys.private_file().stat().st_mode & 0o777 == 0o600
    assert keys.ring() == first
