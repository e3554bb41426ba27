from __future__ import annotations

import datetime as dt
import re
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.core.validators import ProhibitNullCharactersValidator
from django.forms import inlineformset_factory
from django.utils import translation
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from accounts.models import Team, User
from accounts.visibility import Sight
from core.countries import country_choices
from core.forms import PlainText
from core.text import without_direction_controls
from customers import plausible_days
from customers.access import assignable_people, assignable_teams, keeps_what_they_create
from customers.custom_forms import CustomValues
from customers.models import Address, ContactPerson, Customer, CustomField, EmailAddress, PhoneNumber, Tag
from protection.forms import SealedField
from protection.masking import is_masked

# A field checks what it has understood, which of these is a customer or a list of tags.
refuse_null = ProhibitNullCharactersValidator()
NUMBERED = re.compile(r"^#(\d{1,18})\b")


class CustomerLookupField(forms.CharField):
    """A customer, by name or by number: “#17 Ada Example” as the suggestions write it, “#17”, or the whole name.

    Whom the person does not see (`sight`, set by the form) is to this field as if they were not there.
    """

    sight: Sight

    def prepare_value(self, value: Any) -> Any:
        if isinstance(value, int):
            found = Customer.objects.visible_to(self.sight).filter(pk=value).first()
            return f"#{value} {found.name}" if found else ""
        return value

    def to_python(self, value: Any) -> Any:
        text = super().to_python(value)
        if not text:
            return None
        refuse_null(text)
        customers = Customer.objects.filter(deleted_at=None).visible_to(self.sight)
        if numbered := NUMBERED.match(text):
            found = list(customers.filter(pk=int(numbered[1])))
        else:
            found = list(customers.filter(name__iexact=text)[:5])
        if len(found) == 1:
            return found[0]
        if not found:
            raise ValidationError(
                _("No customer is called “%(name)s”. Choose one of the suggestions."), params={"name": text}
            )
        numbers = ", ".join(f"#{customer.pk}" for customer in found)
        raise ValidationError(
            _("Several customers have this name: %(numbers)s. Write the number."), params={"numbers": numbers}
        )

    def has_changed(self, initial: Any, data: Any) -> bool:
        return bool(self.prepare_value(initial) != data)


class TagsField(forms.CharField):
    """Tags, separated by commas. A new one is made when the form is saved."""

    def prepare_value(self, value: Any) -> Any:
        return ", ".join(tag.name for tag in value) if isinstance(value, list) else value

    def to_python(self, value: Any) -> Any:
        text = without_direction_controls(super().to_python(value) or "")
        refuse_null(text)
        names = dict.fromkeys(name.strip() for name in re.split(r"[,，;；]", text))
        too_long = [name for name in names if len(name) > 60]
        if too_long:
            raise ValidationError(_("A tag has at most 60 characters: “%(tag)s”."), params={"tag": too_long[0][:60]})
        return [name for name in names if name]


class DateInput(forms.DateInput):
    input_type = "date"

    def __init__(self, **kwargs: Any) -> None:
        # What the browser's own date field speaks, whatever the language.
        super().__init__(format="%Y-%m-%d", **kwargs)


class CustomerForm(CustomValues, PlainText, forms.ModelForm[Customer]):
    """The whole form; `customers.field_forms` makes those of its fields, each by itself, out of it (`only`)."""

    applies_to = CustomField.Record.CUSTOMER

    website = forms.URLField(
        label=_("Website"),
        required=False,
        max_length=200,
        assume_scheme="https",
        error_messages={"invalid": _("Write the address of a website, such as www.example.com.")},
    )
    tags = TagsField(label=_("Tags"), required=False, help_text=_("Separated by commas."))
    organisation = CustomerLookupField(
        label=_("Organisation"), required=False, help_text=_("That this person is part of.")
    )
    referred_by = CustomerLookupField(label=_("Referred by"), required=False)
    # What the form was opened on (`customers.opened`); `customers.concurrent_edits` fills and reads it.
    version = forms.CharField(required=False, widget=forms.HiddenInput)

    class Meta:
        model = Customer
        fields = [
            "kind",
            "name",
            "lifecycle",
            "owner",
            "team",
            "source",
            "website",
            "customer_since",
            "sex",
            "birth_date",
            "education",
            "annual_income",
            "identity_number",
            "tax_number",
            "bank_account",
            "organisation",
            "referred_by",
            "profile_text",
        ]
        widgets = {
            "birth_date": DateInput(),
            "customer_since": DateInput(),
            "profile_text": forms.Textarea(attrs={"rows": 3}),
        }

    def __init__(self, *args: Any, sight: Sight, only: str = "", **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._leave_out_hidden(sight)
        self._limit_assignment(sight)
        self._limit_links(sight)
        if self.instance.pk and "tags" in self.fields:
            self.initial["tags"] = list(self.instance.tags.all())
        self.add_custom_fields(sight, only=only)

    def _leave_out_hidden(self, sight: Sight) -> None:
        """What somebody cannot see they cannot change; what is encrypted they can replace unseen."""
        for name in [name for name in self.fields if self.instance.pk and is_masked(sight, Customer, name)]:
            if not isinstance(self.fields[name], SealedField):
                del self.fields[name]

    def _limit_assignment(self, sight: Sight) -> None:
        """A customer is given to people and teams that the person knows, or stays where it is."""
        people, teams = assignable_people(sight), assignable_teams(sight)
        if self.instance.owner_id:
            people |= User.objects.filter(pk=self.instance.owner_id)
        if self.instance.team_id:
            teams |= Team.objects.filter(pk=self.instance.team_id)
        choices: dict[str, Any] = {"owner": people, "team": teams}
        for name in choices.keys() & self.fields.keys():
            self.fields[name].queryset = choices[name]  # type: ignore[attr-defined]
        if self.instance.pk is None and keeps_what_they_create(sight):
            del self.fields["owner"]

    def _limit_links(self, sight: Sight) -> None:
        """A link to a customer whom the person does not see is left out, and so stays as it is."""
        for name in [name for name in ("organisation", "referred_by") if name in self.fields]:
            linked = getattr(self.instance, name)
            if linked and not sight.may_see(linked):
                del self.fields[name]
                continue
            self.fields[name].sight = sight  # type: ignore[attr-defined]
            self.fields[name].widget.attrs |= {"list": "customer-suggestions", "autocomplete": "off"}

    def clean_name(self) -> str:
        name = " ".join(without_direction_controls(self.cleaned_data["name"]).split())
        if not any(character.isalnum() for character in name):
            raise ValidationError(_("A name has at least one letter or digit."))
        return name

    def clean_birth_date(self) -> dt.date | None:
        return self._plausible("birth_date")

    def clean_customer_since(self) -> dt.date | None:
        return self._plausible("customer_since")

    def _plausible(self, name: str) -> dt.date | None:
        """What an import brought before anybody looked must not keep the rest of the form from being saved."""
        day: dt.date | None = self.cleaned_data[name]
        if day and day != self.initial.get(name):
            plausible_days.CHECKS[name](day)
        return day

    def clean_annual_income(self) -> Any:
        income = self.cleaned_data["annual_income"]
        if income is not None and income < 0:
            raise ValidationError(_("An income is not below zero."))
        return income

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        organisation = cleaned.get("organisation") if "organisation" in self.fields else self.instance.organisation
        kind = cleaned.get("kind") if "kind" in self.fields else self.instance.kind
        if kind == Customer.Kind.ORGANISATION and organisation:
            field = "organisation" if "organisation" in self.fields else None
            self.add_error(field, _("Only a person can be part of an organisation."))
        for name in ("organisation", "referred_by"):
            if self.instance.pk and cleaned.get(name) == self.instance:
                self.add_error(name, _("A customer cannot point to themselves."))
        return cleaned

    def save(self, commit: bool = True) -> Customer:
        """Of a customer who is there, the fields of this form alone: the others may have been changed since it was
        read."""
        if self.instance.pk:
            columns = [name for name in self.Meta.fields if name in self.fields]
            self.instance.save(update_fields=[*columns, "custom", "version", "updated_at"])
        else:
            super().save(commit=commit)
        self.save_tags()
        customer: Customer = self.instance
        return customer

    def save_tags(self) -> None:
        known = {tag.name.casefold(): tag for tag in Tag.objects.all()}
        names: list[str] = self.cleaned_data["tags"]
        self.instance.tags.set([known.get(name.casefold()) or Tag.objects.create(name=name) for name in names])


class PartForm(PlainText, forms.ModelForm[Any]):
    pass


class AddressForm(PartForm):
    country = forms.ChoiceField(label=_("Country"), required=False)

    class Meta:
        model = Address
        fields = ["kind", "street", "postal_code", "city", "region", "country", "is_primary"]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        locale = translation.to_locale(translation.get_language() or "en")
        self.fields["country"].choices = [("", "–"), *country_choices(locale)]  # type: ignore[attr-defined]


class OnePrimaryFormSet(forms.BaseInlineFormSet[Any, Customer, Any]):
    """Says in words what the database would refuse: two rows marked as the primary one."""

    def clean(self) -> None:
        super().clean()
        kept = [form.cleaned_data for form in self.forms if form.is_valid() and form.cleaned_data]
        primary = [data for data in kept if data.get("is_primary") and not data.get("DELETE")]
        if len(primary) > 1:
            raise ValidationError(
                ngettext("Only one can be primary.", "Only one can be primary; %(count)d are marked.", len(primary))
                % {"count": len(primary)}
            )


def _living(model: Any) -> Any:
    return model.objects.filter(deleted_at=None) if hasattr(model, "deleted_at") else model.objects.all()


# The lists about a customer: model, form of a row, fields.
PARTS: dict[str, tuple[Any, type[PartForm], list[str]]] = {
    "emails": (EmailAddress, PartForm, ["email", "is_primary"]),
    "phones": (PhoneNumber, PartForm, ["kind", "number", "is_primary"]),
    "addresses": (Address, AddressForm, AddressForm.Meta.fields),
    "contact_people": (ContactPerson, PartForm, ["name", "job_title", "email", "phone", "is_primary"]),
}


def shown_fields(customer: Customer, part: str, *, sight: Sight) -> list[str]:
    """The fields of a row that the person sees; of a customer who is still to come, all."""
    model, _form, fields = PARTS[part]
    return [field for field in fields if not (customer.pk and is_masked(sight, model, field))]


def part_formsets(customer: Customer, data: Any = None, *, sight: Sight) -> dict[str, Any]:
    """The lists on a customer's form: e-mails, phones, addresses and (of an organisation) the people to talk to.

    Of a customer who is there already, a list with something hidden is left out; people lose the hidden columns only.
    """
    formsets = {}
    for name, (model, form, fields) in PARTS.items():
        shown = shown_fields(customer, name, sight=sight)
        if shown == fields or model is ContactPerson:
            shape = inlineformset_factory(
                Customer, model, form=form, fields=shown, formset=OnePrimaryFormSet, fk_name="customer", extra=1
            )
            formsets[name] = shape(data, instance=customer, prefix=name, queryset=_living(model))
    return formsets
