"""What somebody may say of a customer. What it means for those who are there is for `api.writing` to decide."""

from __future__ import annotations

from collections.abc import Hashable, Iterable
from typing import Any

from django.utils.translation import gettext_lazy as _
from rest_framework import serializers

from api.serializers.fields import IdField, StrictBoolean
from core.countries import country_choices
from customers.models import Address, Consent, Customer, PhoneNumber
from protection.fields import MASK

COUNTRIES = [code for code, _name in country_choices("en")]
MOST_DETAILS = 20
MOST_TAGS = 50
LONGEST_TEXT = 20_000


class Details(serializers.ListSerializer[Any]):
    """A list that replaces the one that is there. Where no entry is marked as primary, the first is."""

    def validate(self, entries: list[dict[str, Any]]) -> list[dict[str, Any]]:
        if len(entries) > MOST_DETAILS:
            raise serializers.ValidationError(_("At most %(most)d.") % {"most": MOST_DETAILS})
        if len({self._identity(entry) for entry in entries}) < len(entries):
            raise serializers.ValidationError(_("The same stands here twice."))
        if sum(entry.get("is_primary", False) for entry in entries) > 1:
            raise serializers.ValidationError(_("Only one can be primary."))
        return entries

    def _identity(self, entry: dict[str, Any]) -> Hashable:
        return tuple(entry[name].casefold() for name in self.child.unique)  # type: ignore[union-attr]


class Detail(serializers.Serializer[Any]):
    """`unique` are the members of which no two entries of a list may have the same."""

    unique: tuple[str, ...] = ()

    class Meta:
        list_serializer_class = Details


class EmailWriting(Detail):
    unique = ("email",)
    email = serializers.EmailField(max_length=254)
    is_primary = StrictBoolean(required=False, default=False)


class PhoneWriting(Detail):
    unique = ("number",)
    number = serializers.CharField(max_length=40)
    kind = serializers.ChoiceField(PhoneNumber.Kind.choices, required=False, default=PhoneNumber.Kind.MOBILE)
    is_primary = StrictBoolean(required=False, default=False)

    def validate_number(self, number: str) -> str:
        if not any(map(str.isdigit, number)):
            raise serializers.ValidationError(_("A phone number has digits."))
        return number


class AddressWriting(Detail):
    unique = ("kind", "street", "postal_code", "city", "region", "country")
    kind = serializers.ChoiceField(Address.Kind.choices, required=False, default=Address.Kind.HOME)
    street = serializers.CharField(max_length=200, required=False, allow_blank=True, default="")
    postal_code = serializers.CharField(max_length=20, required=False, allow_blank=True, default="")
    city = serializers.CharField(max_length=120, required=False, allow_blank=True, default="")
    region = serializers.CharField(max_length=120, required=False, allow_blank=True, default="")
    country = serializers.ChoiceField(
        COUNTRIES, required=False, allow_blank=True, default="", help_text=_("ISO 3166, such as DE.")
    )
    is_primary = StrictBoolean(required=False, default=False)


class ExternalIdWriting(Detail):
    unique = ("source", "value")
    source: Any = serializers.CharField(max_length=60)
    value = serializers.CharField(max_length=200)


class SealedText(serializers.CharField):
    """What is kept encrypted, as answers have it: null is nothing, and their dots are no value, so that it stays."""

    def run_validation(self, data: Any = serializers.empty) -> Any:
        if data == MASK:
            raise serializers.SkipField
        return super().run_validation(data) or ""


class ConsentWriting(serializers.Serializer[Any]):
    purpose = serializers.ChoiceField(Consent.Purpose.choices)
    is_given = StrictBoolean()
    source: Any = serializers.CharField(max_length=200, required=False, allow_blank=True, default="")


class CustomerWriting(serializers.Serializer[Any]):
    """Lists replace what is there; `consents` are added where they differ from what holds."""

    kind = serializers.ChoiceField(Customer.Kind.choices, required=False)
    name = serializers.CharField(max_length=200)
    lifecycle = serializers.ChoiceField(Customer.Lifecycle.choices, required=False)
    sex = serializers.ChoiceField(Customer.Sex.choices, required=False, allow_blank=True)
    birth_date = serializers.DateField(required=False, allow_null=True, help_text=_("From 1880 on, until today."))
    education = serializers.ChoiceField(Customer.Education.choices, required=False, allow_blank=True)
    annual_income = serializers.DecimalField(14, 2, required=False, allow_null=True, min_value=0)
    identity_number = SealedText(max_length=200, required=False, allow_blank=True, allow_null=True)
    tax_number = SealedText(max_length=200, required=False, allow_blank=True, allow_null=True)
    bank_account = SealedText(max_length=200, required=False, allow_blank=True, allow_null=True)
    profile_text = serializers.CharField(max_length=LONGEST_TEXT, required=False, allow_blank=True)
    source: Any = serializers.CharField(max_length=60, required=False, allow_blank=True)
    website = serializers.URLField(max_length=200, required=False, allow_blank=True)
    owner = IdField(required=False, allow_null=True)
    team = IdField(required=False, allow_null=True)
    organisation = IdField(required=False, allow_null=True)
    referred_by = IdField(required=False, allow_null=True)
    customer_since = serializers.DateField(
        required=False, allow_null=True, help_text=_("From 1800 on, at most a year ahead.")
    )
    archived = StrictBoolean(required=False)
    objects_to_profiling = StrictBoolean(required=False)
    custom = serializers.DictField(required=False)
    tags = serializers.ListField(child=serializers.CharField(max_length=60), required=False, max_length=MOST_TAGS)
    emails = EmailWriting(many=True, required=False)
    phones = PhoneWriting(many=True, required=False)
    addresses = AddressWriting(many=True, required=False)
    external_ids = ExternalIdWriting(many=True, required=False)
    consents = ConsentWriting(many=True, required=False)

    def validate_name(self, name: str) -> str:
        name = " ".join(name.split())
        if not any(character.isalnum() for character in name):
            raise serializers.ValidationError(_("A name has at least one letter or digit."))
        return name

    def validate_website(self, website: str) -> str:
        if website and not website.lower().startswith(("http://", "https://")):
            raise serializers.ValidationError(_("The address of a website begins with http:// or https://."))
        return website

    def validate_tags(self, tags: Iterable[str]) -> list[str]:
        return list({tag.casefold(): tag for tag in tags}.values())

    def validate_consents(self, consents: list[dict[str, Any]]) -> list[dict[str, Any]]:
        if len({consent["purpose"] for consent in consents}) < len(consents):
            raise serializers.ValidationError(_("The same stands here twice."))
        return consents


class CustomerChange(CustomerWriting):
    """What is not named stays. (REST framework's `partial` would reach into the entries of the lists.)"""

    name = serializers.CharField(max_length=200, required=False)


class KeyedCustomerWriting(CustomerChange):
    """A record of a batch: `external_id` says whom it is about."""

    external_id = ExternalIdWriting()


# What replacing a customer makes of members that it does not name.
BLANK: dict[str, Any] = {
    "kind": Customer.Kind.PERSON,
    "lifecycle": Customer.Lifecycle.LEAD,
    "sex": "",
    "birth_date": None,
    "education": "",
    "annual_income": None,
    "profile_text": "",
    "source": "",
    "website": "",
    "owner": None,
    "team": None,
    "organisation": None,
    "referred_by": None,
    "customer_since": None,
    "archived": False,
    "custom": {},
    "tags": [],
    "emails": [],
    "phones": [],
    "addresses": [],
    "external_ids": [],
}
