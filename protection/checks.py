"""`run.py check` fails on a field that nobody classified. Other commands go on: a database must stay reachable."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from django.apps import AppConfig, apps
from django.core.checks import CheckMessage, Error, register
from django.db import models

from protection.audit.trail import AUDITED, EXEMPT
from protection.classification import CLASSIFIED, ModelClass

# Tables of Django itself that hold nothing about a person: permissions, content types, migrations.
ABOUT_NOBODY = {"contenttypes", "auth"}


@register("protection", deploy=True)
def every_field_is_classified(app_configs: Sequence[AppConfig] | None, **kwargs: Any) -> list[CheckMessage]:
    return [
        Error(
            problem,
            hint=f"Say what it holds in {model._meta.app_label}/personal_data.py.",
            obj=model,
            id="protection.E001",
        )
        for model in classifiable_models()
        for problem in _problems(model, CLASSIFIED.get(model))
    ]


@register("protection", deploy=True)
def every_table_is_audited_or_exempt(app_configs: Sequence[AppConfig] | None, **kwargs: Any) -> list[CheckMessage]:
    return [
        Error(
            "is neither audited nor exempt from the audit trail",
            hint=f"Say which in {model._meta.app_label}/audited.py.",
            obj=model,
            id="protection.E002",
        )
        for model in classifiable_models()
        if model._meta.managed and model not in AUDITED and model not in EXEMPT
    ]


def classifiable_models() -> Iterator[type[models.Model]]:
    """Every model that has a table, many-to-many tables included."""
    for model in apps.get_models(include_auto_created=True):
        if model._meta.app_label not in ABOUT_NOBODY and not model._meta.proxy:
            yield model


def _problems(model: type[models.Model], known: ModelClass | None) -> Iterator[str]:
    if known is None:
        # A plain link between two classified tables holds nothing of its own.
        if not model._meta.auto_created:
            yield "is not classified"
        return
    present = {field.name for field in model._meta.concrete_fields if not field.primary_key}
    for name in sorted(present - known.fields.keys()):
        yield f"{name} is not classified"
    for name in sorted(known.fields.keys() - present):
        yield f"{name} is classified, and there is no such field"
