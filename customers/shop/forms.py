"""Writing the organisation's own fields on an order or a product."""

from __future__ import annotations

import datetime as dt
from typing import Any, cast

from django import forms
from django.http import QueryDict
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext_lazy as _

from accounts.visibility import Sight
from customers.custom_forms import CustomValues
from customers.models import CustomField, Order, Product


class OwnFields(CustomValues):
    """Mixin of a form that holds custom fields alone. Imports and the API write the same rows, so it knows when the row
    it was opened on was last changed, and writes over nothing newer."""

    def __init__(self, *args: Any, sight: Sight, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        opened_at = self.instance.updated_at.isoformat()
        self.fields["opened_at"] = forms.CharField(widget=forms.HiddenInput, initial=opened_at)
        self.add_custom_fields(sight)

    def clean_opened_at(self) -> dt.datetime:
        try:
            opened_at = parse_datetime(self.cleaned_data["opened_at"])
        except ValueError:
            opened_at = None
        if opened_at is None:
            raise forms.ValidationError(_("Load the page again."))
        return opened_at

    def reopen_at(self, moment: dt.datetime) -> None:
        """Saved once more, what was typed goes over what is there since that moment."""
        typed = cast(QueryDict, self.data).copy()
        typed["opened_at"] = moment.isoformat()
        self.data = typed


class OrderOwnFields(OwnFields, forms.ModelForm[Order]):
    applies_to = CustomField.Record.ORDER

    class Meta:
        model = Order
        fields: list[str] = []


class ProductOwnFields(OwnFields, forms.ModelForm[Product]):
    applies_to = CustomField.Record.PRODUCT

    class Meta:
        model = Product
        fields: list[str] = []
