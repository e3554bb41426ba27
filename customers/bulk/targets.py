"""What can be changed of many customers at once, and how its value is asked for, kept and put into words."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.db import connection, models
from django.utils import timezone
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.models import Team, User
from accounts.visibility import EVERYTHING, NONE, Sight
from core.templatetags.ui import day
from core.text import isolated, without_direction_controls
from customers import custom_fields
from customers.access import assignable_people, assignable_teams
from customers.bulk.stored import Column, CustomKey, Deletion, FirstMoment, Stored, TagLink
from customers.custom_forms import PREFIX, custom_form_fields
from customers.extensions import Label
from customers.forms import DateInput
from customers.models import Customer, CustomField, Tag
from customers.plausible_days import check_since
from protection.masking import is_masked

# Fields of a customer that it makes sense to have alike in many.
COLUMNS = ("owner", "team", "lifecycle", "source", "customer_since", "sex", "education")
ARCHIVE, BRING_BACK, DELETE = "archive", "bring_back", "delete"
ADD_TAG, REMOVE_TAG = "add_tag", "remove_tag"


@dataclass(frozen=True)
class Target:
    """`form_field` makes the input of a new value, None where there is nothing to write; `keep` turns what it
    understood into what is kept (and may make a tag), `words` that into text. `done` says it of a change without value.
    """

    key: str
    label: Label
    stored: Stored
    form_field: Callable[[], forms.Field] | None = None
    keep: Callable[[Any], Any] = str
    words: Callable[[Any], str] = str
    empty: Any = None
    may_be_emptied: bool = False
    done: Label = ""

    def in_words(self, value: Any) -> str:
        """“Owner: Li Na”."""
        if self.form_field is None:
            return str(self.done)
        if value == self.empty:
            return _("%(field)s: emptied") % {"field": self.label}
        return _("%(field)s: %(value)s") % {"field": self.label, "value": isolated(self.words(value))}


def targets(sight: Sight, *, may_delete: bool) -> dict[str, Target]:
    """What somebody with these rights may change of many customers, by key."""
    if sight.edits == NONE:
        return {}
    every = [*_columns(sight), *_tags(), *_custom(sight), *_whereabouts()]
    return {each.key: each for each in every if may_delete or each.key != DELETE}


def targets_of(user: User) -> dict[str, Target]:
    return targets(user.sight, may_delete=user.is_admin)


def every_target() -> dict[str, Target]:
    return targets(EVERYTHING, may_delete=True)


def fields_only(known: dict[str, Target]) -> list[Target]:
    """Those that a value is written for."""
    return [each for each in known.values() if each.form_field is not None]


# --- fields of the customer -------------------------------------------------------------------------------------------


def _columns(sight: Sight) -> list[Target]:
    return [_column(name, sight) for name in COLUMNS if not is_masked(sight, Customer, name)]


def _column(name: str, sight: Sight) -> Target:
    field: Any = Customer._meta.get_field(name)
    refers_to = field.related_model._meta.db_table if field.is_relation else ""
    target = Target(
        key=name,
        label=capfirst(str(field.verbose_name)),
        stored=Column(field.column, str(field.db_type(connection)), refers_to),
        form_field=lambda: _form_field(field, sight),
        empty=None if field.null else "",
        may_be_emptied=field.blank,
    )
    if field.is_relation:
        return replace(target, keep=lambda row: row.pk, words=lambda pk: _name_of(field.related_model, pk))
    if isinstance(field, models.DateField):
        return replace(target, keep=dt.date.isoformat, words=lambda kept: day(dt.date.fromisoformat(kept)))
    return replace(target, words=lambda kept: str(dict(field.flatchoices).get(kept, kept)))


def _form_field(field: Any, sight: Sight) -> forms.Field:
    found: forms.Field
    if field.related_model is User:
        found = forms.ModelChoiceField(assignable_people(sight))
    elif field.related_model is Team:
        found = forms.ModelChoiceField(assignable_teams(sight))
    elif isinstance(field, models.DateField):
        found = forms.DateField(widget=DateInput(), validators=[check_since])
    else:
        found = field.formfield()
    return found


def _name_of(model: Any, pk: int) -> str:
    found = model.objects.filter(pk=pk).first()
    return str(getattr(found, "name", "")) if found else ""


# --- tags -------------------------------------------------------------------------------------------------------------


class TagField(forms.CharField):
    """One tag by its name; with `is_known` only one that there is."""

    def __init__(self, *, is_known: bool) -> None:
        super().__init__(max_length=60, widget=forms.TextInput(attrs={"list": "tag-names", "autocomplete": "off"}))
        self.is_known = is_known

    def clean(self, value: Any) -> Any:
        name = without_direction_controls(super().clean(value)).strip()
        if name and self.is_known and not Tag.objects.filter(name__iexact=name).exists():
            raise ValidationError(_("There is no tag “%(tag)s”."), params={"tag": name})
        if any(mark in name for mark in ",，;；"):
            raise ValidationError(_("Write one tag, without commas."))
        return name


def tag_of(name: str) -> int:
    """Its id; one that is new is made."""
    tag = Tag.objects.filter(name__iexact=name).first() or Tag.objects.create(name=name)
    return int(tag.pk)


def _tags() -> list[Target]:
    return [
        Target(
            key=key,
            label=label,
            stored=TagLink(is_added=is_added),
            form_field=lambda is_known=not is_added: TagField(is_known=is_known),  # type: ignore[misc]
            keep=tag_of,
            words=lambda pk: _name_of(Tag, pk),
        )
        for key, label, is_added in (
            (ADD_TAG, gettext_lazy("Add a tag"), True),
            (REMOVE_TAG, gettext_lazy("Take a tag away"), False),
        )
    ]


# --- custom fields ----------------------------------------------------------------------------------------------------


def _custom(sight: Sight) -> list[Target]:
    """Not those that are encrypted: many people do not share an account number."""
    offered = custom_form_fields(CustomField.Record.CUSTOMER, {}, sight=sight, is_new=False)
    return [
        Target(
            key=name,
            label=field.label,
            stored=CustomKey(field.key),
            form_field=lambda form_field=form_field: form_field,  # type: ignore[misc]
            keep=lambda raw, field=field: custom_fields.clean_value(field, raw),  # type: ignore[misc]
            words=lambda kept, field=field: custom_fields.in_words(field, kept),  # type: ignore[misc]
            may_be_emptied=not field.is_required,
        )
        for name, (field, form_field) in offered.items()
        if not field.is_encrypted
    ]


def is_custom(target: Target) -> bool:
    return target.key.startswith(PREFIX)


# --- in the lists, or not ---------------------------------------------------------------------------------------------


def _whereabouts() -> list[Target]:
    column, db_type = "archived_at", "timestamptz"
    return [
        Target(
            ARCHIVE,
            gettext_lazy("Archive"),
            FirstMoment(column, db_type),
            keep=lambda _nothing: timezone.now().isoformat(),
            done=gettext_lazy("archived"),
        ),
        Target(
            BRING_BACK,
            gettext_lazy("Bring back"),
            Column(column, db_type),
            keep=nothing,
            done=gettext_lazy("back in the lists"),
        ),
        Target(DELETE, gettext_lazy("Delete"), Deletion(), keep=nothing, done=gettext_lazy("deleted")),
    ]


def nothing(_nothing: None) -> None:
    return None
