"""The whole form of a customer, when somebody else has saved that customer since it was opened.

Field by field and row by row: what only they changed is theirs, what only the form changes is the form's, and of what
both changed the person decides. Nothing is written over unseen.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, cast

from django.http import QueryDict
from django.utils.text import capfirst
from django.utils.translation import gettext as _

from accounts.visibility import Sight
from customers import field_rows
from customers.custom_forms import PREFIX
from customers.extensions import Label
from customers.field_forms import as_texts
from customers.forms import PARTS, CustomerForm
from customers.models import Customer
from customers.opened import Opened, stored, stored_in_row
from protection.fields import MASK
from protection.forms import SealedField

Parts = Mapping[str, Any]
# The checkboxes beside the conflicts, by which theirs is kept.
THEIRS = "theirs"


@dataclass(frozen=True)
class Conflict:
    """What both changed; `name` is "" where the person decides in the form itself."""

    name: str
    label: Label
    mine: str
    theirs: str


def opened_on(form: CustomerForm, parts: Parts) -> Opened:
    """For the hidden input of a form that is shown for the first time, or once more after a conflict."""
    customer = form.instance
    values = {name: stored(customer, name) for name in _field_names(form)}
    for part, formset in parts.items():
        rows = {row.pk: row for row in formset.get_queryset()}
        values |= {f"{part}.{pk}": stored_in_row(row, _shown(part, formset)) for pk, row in rows.items()}
    return Opened.of(customer, values)


def reconcile(form: CustomerForm, parts: Parts, current: Customer, *, sight: Sight) -> list[Conflict]:
    """What both changed, after the form has taken over what only the others did. `current` is what is saved by now.

    The form's input follows, so that it shows what it would save.
    """
    opened = Opened.read(form.cleaned_data.get("version") or "")
    if opened.version == current.version and not _kept(form):
        return []
    form.data = cast(QueryDict, form.data).copy()
    found = [*_of_fields(form, current, opened, sight), *_of_rows(form, parts, current, opened)]
    for formset in parts.values():
        formset.data = form.data
        for row_form in formset.forms:
            row_form.data = form.data
    return found


def reopen(form: CustomerForm, parts: Parts, current: Customer, *, sight: Sight) -> None:
    """Let the same input be sent once more: to save it over what is there now is then a decision."""
    fresh = CustomerForm(instance=current, sight=sight)
    rows = {
        part: formset.__class__(instance=current, prefix=part, queryset=formset.queryset)
        for part, formset in parts.items()
    }
    form.data["version"] = str(opened_on(fresh, rows))  # type: ignore[index]  # a copy, made by `reconcile`


def _kept(form: CustomerForm) -> set[str]:
    return set(cast(QueryDict, form.data).getlist(THEIRS))


# --- fields -----------------------------------------------------------------------------------------------------------


def _field_names(form: CustomerForm) -> list[str]:
    return [name for name in form.fields if name != "version"]


def _of_fields(form: CustomerForm, current: Customer, opened: Opened, sight: Sight) -> Iterator[Conflict]:
    fresh = CustomerForm(instance=current, sight=sight)
    for name in _field_names(form):
        theirs, mine = stored(current, name), _mine(form, name)
        is_kept = name in _kept(form)
        if mine == theirs or not (is_kept or opened.was_changed_since(current, name, theirs)):
            continue
        if is_kept or name not in fresh.fields or _is_untouched(form, name, mine, opened):
            _take(form, name, current, fresh)
        else:
            label = capfirst(str(form.fields[name].label))
            yield Conflict(
                name, label, _mine_in_words(form, name), field_rows.value_in_words(current, name, sight=sight)
            )


def _mine(form: CustomerForm, name: str) -> Any:
    return sorted(form.cleaned_data["tags"]) if name == "tags" else stored(form.instance, name)


def _is_untouched(form: CustomerForm, name: str, mine: Any, opened: Opened) -> bool:
    if isinstance(form.fields[name], SealedField):
        return form.cleaned_data.get(name) is None
    return opened.is_as_opened(form.instance, name, mine)


def _take(form: CustomerForm, name: str, current: Customer, fresh: CustomerForm) -> None:
    theirs = stored(current, name)
    if name.startswith(PREFIX):
        key = name.removeprefix(PREFIX)
        form.instance.custom = {**form.instance.custom, key: theirs}
        if theirs is None:
            del form.instance.custom[key]
    elif name == "tags":
        form.cleaned_data["tags"] = theirs
    else:
        setattr(form.instance, Customer._meta.get_field(name).attname, theirs)  # type: ignore[union-attr]
    if name in fresh.fields and not isinstance(fresh.fields[name], SealedField):
        cast(QueryDict, form.data).setlist(name, as_texts(fresh, name))


def _mine_in_words(form: CustomerForm, name: str) -> str:
    if isinstance(form.fields[name], SealedField):
        return MASK
    texts = cast(QueryDict, form.data).getlist(name)
    choices = {str(key): str(label) for key, label in getattr(form.fields[name], "choices", [])}
    return ", ".join(choices.get(text, text) for text in texts)


# --- rows -------------------------------------------------------------------------------------------------------------


def _shown(part: str, formset: Any) -> list[str]:
    return [name for name in PARTS[part][2] if name in formset.form.base_fields]


def _of_rows(form: CustomerForm, parts: Parts, current: Customer, opened: Opened) -> Iterator[Conflict]:
    for part, formset in parts.items():
        model, fields = PARTS[part][0], _shown(part, formset)
        saved = model.objects.filter(customer=current).in_bulk()
        for row_form in formset.initial_forms:
            row = saved.get(row_form.instance.pk)
            name, theirs = f"{part}.{row_form.instance.pk}", stored_in_row(row, fields) if row else None
            mine = None if row_form in formset.deleted_forms else stored_in_row(row_form.instance, fields)
            is_kept = name in _kept(form) and mine is not None
            if theirs is None or mine == theirs or not (is_kept or opened.was_changed_since(current, name, theirs)):
                continue
            if is_kept or (mine is not None and opened.is_as_opened(current, name, mine)):
                _take_row(form, row_form, row, fields)
            else:
                yield Conflict(
                    name if mine else "", field_rows.label_of(name), _row_in_words(mine), _row_in_words(theirs)
                )


def _take_row(form: CustomerForm, row_form: Any, row: Any, fields: list[str]) -> None:
    """Not saved at all: what is there stays."""
    row_form.changed_data = []
    fresh = type(row_form)(instance=row)
    for name in fields:
        cast(QueryDict, form.data).setlist(row_form.add_prefix(name), as_texts(fresh, name))


def _row_in_words(values: list[Any] | None) -> str:
    if values is None:
        return _("removed")
    return ", ".join(str(value) for value in values if value not in (None, "", False, True))
