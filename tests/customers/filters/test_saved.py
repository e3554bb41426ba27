"""Filters kept under a name."""

from __future__ import annotations

import pytest
from django.core.exceptions import ValidationError

from accounts.models import Role
from customers.filters import FilterError, parse
from customers.filters.saved import StaleFilter, change_filter, read, save_filter
from customers.models import CustomField, SavedFilter
from tests.customers.custom import create_field
from tests.factories import create_user

pytestmark = pytest.mark.django_db

LEADS = {"field": "lifecycle", "op": "is", "value": "lead"}


def test_it_is_kept_with_the_version_of_the_language():
    saved = save_filter(owner=create_user(), name=" Leads ", expression=LEADS, purpose="segment")
    saved.refresh_from_db()
    assert (saved.name, saved.expression, saved.version) == ("Leads", {"version": 1, **LEADS}, 1)
    assert read(saved).expression == parse(LEADS)


def test_what_cannot_be_read_is_not_kept():
    with pytest.raises(FilterError):
        save_filter(owner=create_user(), name="x", expression={"field": "nonsense", "op": "is", "value": 1})
    with pytest.raises(ValidationError):
        SavedFilter(owner=create_user(), name="x", expression={"and": 1}).full_clean()
    assert not SavedFilter.objects.exists()


def test_a_name_is_taken_once_by_each_person_for_each_purpose():
    owner = create_user()
    save_filter(owner=owner, name="Leads", expression=LEADS)
    with pytest.raises(ValidationError):
        save_filter(owner=owner, name="LEADS", expression=LEADS)
    save_filter(owner=owner, name="Leads", expression=LEADS, purpose="audience")
    save_filter(owner=create_user(), name="Leads", expression=LEADS)


def test_one_that_names_what_is_gone_says_so_and_breaks_nothing():
    create_field("size", "number")
    saved = save_filter(owner=create_user(), name="Big", expression={"field": "custom.size", "op": ">", "value": 3})
    CustomField.objects.all().delete()
    found = read(saved)
    assert found.expression is None
    assert "no field “custom.size”" in found.in_words(sight=create_user().sight)


def test_a_change_that_was_begun_on_an_older_version_is_refused():
    saved = save_filter(owner=create_user(), name="Leads", expression=LEADS)
    change_filter(saved, version=1, name="All leads")
    with pytest.raises(StaleFilter) as refused:
        change_filter(saved, version=1, sharing="everybody")
    assert (refused.value.current.name, refused.value.current.version) == ("All leads", 2)


def test_people_find_their_own_and_what_is_shared():
    ada, bob = create_user(Role.SALES), create_user(Role.SALES)
    save_filter(owner=ada, name="Mine", expression=LEADS)
    save_filter(owner=bob, name="Shared", expression=LEADS, sharing="everybody")
    save_filter(owner=bob, name="Not mine", expression=LEADS)
    assert {saved.name for saved in SavedFilter.objects.available_to(ada.sight)} == {"Mine", "Shared"}
