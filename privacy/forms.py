from __future__ import annotations

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator
from django.utils.translation import gettext_lazy as _

from customers.models import Consent, Customer
from privacy.models import MOST_DAYS, ErasureRequest, RetentionRule
from protection import suppression

YES, NO = "yes", "no"


class ErasureForm(forms.Form):
    """Typing the name is the second look at whom this is about."""

    ground = forms.ChoiceField(
        label=_("Reason"),
        choices=[
            (choice.value, choice.label) for choice in (ErasureRequest.Ground.REQUEST, ErasureRequest.Ground.OTHER)
        ],
    )
    keeps_out = forms.BooleanField(
        label=_("Keep them from coming back"),
        required=False,
        initial=True,
        help_text=_("Imports, forms and the API refuse their addresses and numbers, of which only hashes are kept."),
    )
    name = forms.CharField(label=_("Name of the customer"), help_text=_("Type it as it stands above."))

    def __init__(self, data: Any = None, *, customer: Customer) -> None:
        super().__init__(data)
        self.customer = customer
        self.fields["name"].widget.attrs["autocomplete"] = "off"

    def clean_name(self) -> str:
        name: str = self.cleaned_data["name"]
        if _plain(name) != _plain(self.customer.name):
            raise ValidationError(_("This is not the name of the customer. Nothing has been erased."))
        return name


def _plain(name: str) -> str:
    return " ".join(name.split()).casefold()


class ConsentForm(forms.Form):
    purpose = forms.ChoiceField(label=_("Purpose"), choices=Consent.Purpose.choices)
    is_given = forms.ChoiceField(
        label=_("Decision"), choices=[(YES, _("Agreed")), (NO, _("Refused, or taken back"))], widget=forms.RadioSelect
    )
    source = forms.CharField(
        label=_("How"), max_length=200, required=False, help_text=_("Such as: letter, form on the web site.")
    )

    @property
    def decision(self) -> dict[str, Any]:
        return {**self.cleaned_data, "is_given": self.cleaned_data["is_given"] == YES}


class LiftForm(forms.Form):
    """What is on the list cannot be shown: whoever knows the value types it."""

    kind = forms.ChoiceField(label=_("Kind"), choices=suppression.Kind.choices)
    value = forms.CharField(label=_("Value"), max_length=254)
    source = forms.CharField(
        label=_("System"), max_length=60, required=False, help_text=_("Of a number in another system.")
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["value"].widget.attrs["autocomplete"] = "off"

    @property
    def identity(self) -> suppression.Identity:
        value = self.cleaned_data["value"]
        match self.cleaned_data["kind"]:
            case suppression.Kind.EMAIL:
                return suppression.email(value)
            case suppression.Kind.PHONE:
                return suppression.phone(value)
        return suppression.external_id(self.cleaned_data["source"], value)


class CustomerNumberForm(forms.Form):
    """Leads to a customer whom no list shows any more."""

    customer = forms.IntegerField(label=_("Number of the customer"), min_value=1, max_value=2**63 - 1)

    def clean_customer(self) -> int:
        number: int = self.cleaned_data["customer"]
        if not Customer.objects.filter(pk=number).exists():
            raise ValidationError(_("No customer has this number."))
        return number


class RuleForm(forms.ModelForm[RetentionRule]):
    class Meta:
        model = RetentionRule
        fields = ["days", "is_active"]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        # Refused before it comes into the rule: the page counts back so many days.
        self.fields["days"].validators += [MinValueValidator(1), MaxValueValidator(MOST_DAYS)]


def rule_forms(rules: list[RetentionRule], data: Any = None) -> list[Any]:
    """A form for each rule; that of the kind which `data` names is bound."""
    chosen = data.get("kind") if data else None
    return [RuleForm(data if rule.kind == chosen else None, instance=rule, prefix=rule.kind) for rule in rules]
