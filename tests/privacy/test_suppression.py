"""The list of those who must not come back: hashes that only this installation can make."""

from __future__ import annotations

import pytest
from django.core.exceptions import ValidationError
from django.db import connection

from protection import suppression
from protection.erasure import Person
from protection.keys import new_key
from protection.suppression_models import SuppressedIdentity, SuppressionKey

pytestmark = pytest.mark.django_db

GONE = Person(
    customer_id=7,
    names=frozenset({"Ada Lovelace"}),
    emails=frozenset({"ada@example.org"}),
    phones=frozenset({"+49 171 2345678", "12"}),
    external_ids=frozenset({("shop", "A-17")}),
)


@pytest.fixture
def listed() -> list[tuple[str, str]]:
    return suppression.suppress(suppression.identities_of(GONE))


@pytest.mark.parametrize(
    "identity",
    [
        suppression.email(" ADA@example.ORG"),
        suppression.phone("0049 (171) 234-5678"),
        suppression.phone("0171 2345678"),
        suppression.external_id("shop", "A-17 "),
    ],
)
def test_an_identity_is_known_again_however_it_is_written(listed, identity):
    assert suppression.suppressed([identity]) == {identity}


@pytest.mark.parametrize(
    "identity",
    [
        suppression.email("ada@example.com"),
        suppression.phone("12"),
        suppression.phone(""),
        suppression.external_id("other", "A-17"),
        (suppression.Kind.PHONE, "ada@example.org"),
    ],
)
def test_others_are_not_taken_for_them(listed, identity):
    assert suppression.suppressed([identity]) == set()


def test_an_empty_list_needs_no_key():
    assert suppression.suppressed([suppression.email("ada@example.org")]) == set()
    assert not SuppressionKey.objects.exists()


def test_many_are_found_in_one_pass(listed):
    wanted = [(address, suppression.email(address)) for address in ("eve@example.org", "Ada@Example.org", "")]
    assert list(suppression.matching(suppression.Kind.EMAIL, wanted)) == ["Ada@Example.org"]


def test_the_list_holds_nothing_that_says_who(listed):
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT string_agg(t::text, '|') FROM protection_suppressedidentity t"
            " UNION ALL SELECT string_agg(t::text, '|') FROM protection_suppressionkey t"
        )
        dump = "".join(text for (text,) in cursor.fetchall()).lower()
    # Not what the digits of a hash may come to by chance, as "ada" does once in twenty runs.
    for written in ("ada@", "example", "2345678", "a-17", b"ada@example.org".hex(), b"2345678".hex()):
        assert written not in dump


def test_it_outlives_the_keys_it_was_made_under(listed, settings):
    old = new_key("old")
    settings.FIELD_KEYS = old
    SuppressionKey.objects.all().delete()
    SuppressedIdentity.objects.all().delete()
    suppression.suppress([suppression.email("ada@example.org")])
    settings.FIELD_KEYS = f"{new_key('new')},{old}"
    key = SuppressionKey.objects.get()
    key.secret = key.secret.reveal()  # what the rotation of encrypted fields does
    key.save()
    settings.FIELD_KEYS = settings.FIELD_KEYS.split(",")[0]
    assert suppression.suppressed([suppression.email("ada@example.org")])


def test_a_restored_database_takes_the_list_back(listed):
    wrapped = suppression.wrapped_key()
    SuppressedIdentity.objects.all().delete()
    SuppressionKey.objects.all().delete()
    suppression.adopt_key(wrapped)
    suppression.restore(listed)
    assert suppression.suppressed([suppression.email("ada@example.org")])


def test_the_list_of_another_database_is_not_taken(listed):
    wrapped = suppression.wrapped_key()
    SuppressionKey.objects.all().delete()
    suppression.suppress([suppression.email("eve@example.org")])
    with pytest.raises(suppression.ForeignKey):
        suppression.adopt_key(wrapped)


def test_an_entry_can_be_lifted(listed):
    assert suppression.lift(suppression.email("ADA@example.org"))
    assert not suppression.suppressed([suppression.email("ada@example.org")])
    assert not suppression.lift(suppression.email("ada@example.org"))


def test_fields_refuse_whom_the_list_names(listed):
    suppression.refuse_email("eve@example.org")
    suppression.refuse_phone("030 999999")
    with pytest.raises(ValidationError, match="erased on their request"):
        suppression.refuse_email("ada@example.org")
    with pytest.raises(ValidationError, match="erased on their request"):
        suppression.refuse_phone("0171-2345678")


def test_what_betrays_a_person_is_taken_out_of_texts():
    told = {"note": "Ada Lovelace (ada@example.org) called", "rows": [17, "A-17", "Adam Lovelacewood"]}
    assert GONE.redacted(told) == {"note": "••• (•••) called", "rows": [17, "A-17", "Adam Lovelacewood"]}
    assert Person(1, names=frozenset({"王小明"})).redacted("客户王小明已保存") == "客户•••已保存"
    assert Person(1, names=frozenset({"Ann"})).redacted("An annex") == "An annex"
    assert Person(1).redacted("nobody") == "nobody"
