"""Labels that an organisation has given its customers itself, to be learned: the stage, a field of choices, a tag."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
from django.utils.translation import gettext as _
from numpy.typing import NDArray

from analytics.findings import Label
from analytics.many_ids import ids_of
from core.once_a_request import once_a_request
from core.text import isolated
from customers.models import Customer, CustomField, Tag

LIFECYCLE = "lifecycle"
FIELD, TAG = "field:", "tag:"
WITH_TAG, WITHOUT_TAG = "yes", "no"


@once_a_request
def targets() -> list[tuple[str, Label]]:
    """What can be learned. A field that is hidden from anybody is not: what is learned of it would tell."""
    fields = CustomField.objects.filter(
        applies_to=CustomField.Record.CUSTOMER, kind=CustomField.Kind.CHOICE, archived_at=None, confidential=""
    )
    tags = Tag.objects.order_by("name")
    return [
        (LIFECYCLE, _("Stage")),
        *((f"{FIELD}{field.key}", field.label) for field in fields),
        *((f"{TAG}{tag.pk}", _("Tag “%(tag)s”") % {"tag": isolated(tag.name)}) for tag in tags),
    ]


def target_label(target: str) -> Label:
    """One that is no more by its key."""
    return LIFECYCLE_LABEL if target == LIFECYCLE else dict(targets()).get(target, target)


LIFECYCLE_LABEL: Label = Customer._meta.get_field("lifecycle").verbose_name


def words(target: str) -> Mapping[str, Label]:
    """Each label of a target as a person says it."""
    if target == LIFECYCLE:
        return dict(Customer.Lifecycle.choices)
    if target.startswith(TAG):
        return {WITH_TAG: _("with the tag"), WITHOUT_TAG: _("without the tag")}
    field = _field(target)
    return {choice["key"]: choice["label"] for choice in field.choices} if field else {}


def given(target: str) -> pd.DataFrame:
    """customer_id and label of every live customer who has one by now; no rows for a target that is no more."""
    live = Customer.objects.live()
    if target == LIFECYCLE:
        return _frame({code: ids_of(live.filter(lifecycle=code)) for code in Customer.Lifecycle.values})
    if target.startswith(TAG):
        tag = target.removeprefix(TAG)
        if not tag.isdecimal() or not Tag.objects.filter(pk=int(tag)).exists():
            return _frame({})
        tagged = ids_of(live.filter(tags=int(tag)))
        return _frame({WITH_TAG: tagged, WITHOUT_TAG: np.setdiff1d(ids_of(live), tagged)})
    field = _field(target)
    choices = [choice["key"] for choice in field.choices] if field else []
    return _frame({key: ids_of(live.filter(**{f"custom__{field.key}": key})) for key in choices if field})


def _field(target: str) -> CustomField | None:
    return CustomField.objects.filter(
        applies_to=CustomField.Record.CUSTOMER,
        kind=CustomField.Kind.CHOICE,
        confidential="",
        key=target.removeprefix(FIELD),
    ).first()


def _frame(ids_by_label: Mapping[str, NDArray[np.int64]]) -> pd.DataFrame:
    columns: dict[str, Any] = {
        "customer_id": np.concatenate([np.array([], dtype=np.int64), *ids_by_label.values()]),
        "label": np.repeat(list(ids_by_label), [len(ids) for ids in ids_by_label.values()]) if ids_by_label else [],
    }
    return pd.DataFrame(columns)
