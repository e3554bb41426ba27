"""One form for the settings of every analysis whose parameters are numbers, switches and choices."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django import forms
from django.utils.translation import gettext as _

from analytics.analyses import clv, composite, rules
from analytics.catalog import ANALYSES, Analysis
from analytics.findings import NO_SETTING, PARAMS, Label
from analytics.words import unusable

# These have pages of their own.
ELSEWHERE = frozenset({"rfm", "labels", "recommendations"})
LARGEST = 1_000_000_000

# What may be chosen, by analysis and parameter.
CHOICES: dict[tuple[str, str], list[tuple[str, Label]]] = {
    ("clv", "models"): [(name, clv.MODELS[name]) for name in (*clv.LEAVING_MODELS, *clv.FEATURE_MODELS)],
    ("composite", "missing"): list(composite.MISSING_LABELS.items()),
    ("rules", "algorithm"): [(name, name) for name in rules.ALGORITHMS],
}
# Where nothing entered means no limit.
MAY_BE_EMPTY = frozenset({"window_days"})


class AnalysisSettingsForm(forms.Form):
    """Its fields follow from the parameters' defaults; what can be none of these stays as it is."""

    def __init__(self, data: Mapping[str, Any] | None = None, *, analysis: Analysis) -> None:
        self._analysis, self._params = analysis, analysis.params_or_defaults()
        super().__init__(data, initial=dict(self._params))
        for name, default in analysis.default_params().items():
            field = _field(analysis.name, name, default)
            if field is not None:
                self.fields[name] = field

    def params(self) -> dict[str, Any]:
        """What was entered, as parameters of the analysis."""
        return {**self._params, **self.cleaned_data}

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        if not self.errors:
            try:
                self._analysis.checked({**self._params, **cleaned})
            except (ValueError, TypeError) as error:
                refusal = _("The analysis cannot compute with this: %(error)s.")
                self.add_error(None, refusal % {"error": unusable(error)})
        return cleaned


def pages() -> list[Analysis]:
    """The analyses whose page this form is for, in their order; some have nothing to set but whether they run."""
    return [entry for entry in ANALYSES if entry.name not in ELSEWHERE]


def with_settings() -> list[Analysis]:
    """The analyses that this form is for, in their order."""
    return [entry for entry in ANALYSES if entry.name not in ELSEWHERE and AnalysisSettingsForm(analysis=entry).fields]


def _field(analysis: str, name: str, default: Any) -> forms.Field | None:
    if name in NO_SETTING:
        return None
    label, shown = str(PARAMS.get(name, name)), _("Default: %(value)s") % {"value": _written(default)}
    if choices := CHOICES.get((analysis, name)):
        several = isinstance(default, list | tuple)
        kind = forms.MultipleChoiceField if several else forms.ChoiceField
        widget = forms.CheckboxSelectMultiple() if several else forms.Select()
        return kind(label=label, choices=choices, widget=widget)
    if isinstance(default, bool):
        return forms.BooleanField(label=label, required=False)
    if isinstance(default, int):
        empty = name in MAY_BE_EMPTY
        return forms.IntegerField(
            label=label,
            required=not empty,
            min_value=0,
            max_value=LARGEST,
            help_text=_("%(default)s. Empty: all there is.") % {"default": shown} if empty else shown,
        )
    if isinstance(default, float):
        return forms.FloatField(label=label, min_value=0, max_value=LARGEST, help_text=shown)
    return None


def _written(value: Any) -> str:
    return _("no limit") if value is None else str(value)
