"""How a customer is shown."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext_lazy as _
from rest_framework import serializers

from accounts.visibility import Sight
from api.serializers.fields import ShownSerializer, hidden_names
from customers.custom_fields import values_of
from customers.models import Address, Consent, Customer, CustomerExternalId, EmailAddress, PhoneNumber

# Members that can be hidden, with the fields they are made of.
MASKABLE = {
    "emails": (EmailAddress, ("email",)),
    "phones": (PhoneNumber, ("number",)),
    "addresses": (Address, ("street", "postal_code")),
    "birth_date": (Customer, ("birth_date",)),
    "annual_income": (Customer, ("annual_income",)),
    "identity_number": (Customer, ("identity_number",)),
    "tax_number": (Customer, ("tax_number",)),
    "bank_account": (Customer, ("bank_account",)),
}
ENCRYPTED = ("identity_number", "tax_number", "bank_account")


class EmailSerializer(ShownSerializer):
    email = serializers.CharField()

    class Meta:
        model = EmailAddress
        fields = ["email", "is_primary"]


class PhoneSerializer(ShownSerializer):
    class Meta:
        model = PhoneNumber
        fields = ["number", "kind", "is_primary"]


class AddressSerializer(ShownSerializer):
    class Meta:
        model = Address
        fields = ["kind", "street", "postal_code", "city", "region", "country", "is_primary"]


class ExternalIdSerializer(ShownSerializer):
    class Meta:
        model = CustomerExternalId
        fields = ["source", "value"]


class ConsentSerializer(ShownSerializer):
    class Meta:
        model = Consent
        fields = ["purpose", "is_given", "decided_at", "source"]


class CustomerSerializer(ShownSerializer):
    """`masked` names the members that are hidden from the reader: dots stand in place of their values."""

    birth_date = serializers.CharField(allow_null=True, help_text=_("YYYY-MM-DD, or dots."))
    annual_income = serializers.CharField(allow_null=True, help_text=_("A decimal number, or dots."))
    identity_number = serializers.SerializerMethodField()
    tax_number = serializers.SerializerMethodField()
    bank_account = serializers.SerializerMethodField()
    owner = serializers.IntegerField(source="owner_id", allow_null=True)
    team = serializers.IntegerField(source="team_id", allow_null=True)
    organisation = serializers.IntegerField(source="organisation_id", allow_null=True)
    referred_by = serializers.IntegerField(source="referred_by_id", allow_null=True)
    tags: Any = serializers.SlugRelatedField(slug_field="name", many=True, read_only=True)
    custom = serializers.SerializerMethodField()
    emails = EmailSerializer(many=True, source="live_emails")
    phones = PhoneSerializer(many=True, source="live_phones")
    addresses = AddressSerializer(many=True, source="live_addresses")
    external_ids = ExternalIdSerializer(many=True, source="live_external_ids")
    consents = ConsentSerializer(many=True, source="consents_in_force", help_text=_("The newest of each purpose."))
    masked = serializers.SerializerMethodField(help_text=_("The members that are hidden from you."))

    class Meta:
        model = Customer
        fields = [
            "id",
            "version",
            "kind",
            "name",
            "lifecycle",
            "sex",
            "birth_date",
            "education",
            "annual_income",
            "identity_number",
            "tax_number",
            "bank_account",
            "profile_text",
            "source",
            "website",
            "owner",
            "team",
            "organisation",
            "referred_by",
            "tags",
            "customer_since",
            "custom",
            "profiling_objected_at",
            "created_at",
            "updated_at",
            "archived_at",
            "emails",
            "phones",
            "addresses",
            "external_ids",
            "consents",
            "masked",
        ]

    def get_identity_number(self, customer: Customer) -> str | None:
        return _dots(customer.identity_number)

    def get_tax_number(self, customer: Customer) -> str | None:
        return _dots(customer.tax_number)

    def get_bank_account(self, customer: Customer) -> str | None:
        return _dots(customer.bank_account)

    def get_custom(self, customer: Customer) -> dict[str, Any]:
        sight, fields = self.context["sight"], self.context["custom_fields"]
        shown = values_of("customer", customer.custom, sight=sight, fields=fields)
        return {value.field.key: value.plain for value in shown if value.plain is not None}

    def get_masked(self, customer: Customer) -> list[str]:
        sight: Sight = self.context["sight"]
        custom = [
            f"custom.{field.key}"
            for field in self.context["custom_fields"]
            if field.is_encrypted or (field.confidential and sight.masks(field.confidential))
        ]
        return sorted({*hidden_names(sight, MASKABLE), *ENCRYPTED, *custom})


def _dots(value: Any) -> str | None:
    """An encrypted value is shown to nobody in passing: it has to be asked for, and that is logged."""
    return None if value is None else str(value)


CUSTOMER_FIELDS = CustomerSerializer.Meta.fields
