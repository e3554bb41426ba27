"""What an admin may ask for and set."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping
from itertools import pairwise
from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from analytics import catalog, given_labels, segments
from analytics.algorithms.rfm import InvalidWeights, RfmBins, RfmParams, RfmWeights
from analytics.algorithms.segments_map import SCORES, SecondAxis, Segment, cell_name
from analytics.models import RecommendationFeedback
from analytics.segments import Label
from analytics.switches import switched_off
from core.dates import day_of
from core.models import OrganisationSettings
from core.money import from_minor, minor_digits, to_minor

LONGEST_WINDOW_DAYS = 36_500
# No category has so large a share of buyers who come again.
NEVER_AGAIN = 2.0


class RecomputeForm(forms.Form):
    """Which analyses, and as of which day."""

    analyses = forms.MultipleChoiceField(
        label=gettext_lazy("Analyses"),
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=gettext_lazy("None ticked means all that are switched on."),
    )
    as_of = forms.DateField(
        label=gettext_lazy("As of"),
        required=False,
        widget=forms.DateInput(attrs={"type": "date"}),
        help_text=gettext_lazy("Empty: the last day with data. An earlier day shows what was known then."),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        off = switched_off()
        choices = [(analysis.name, analysis.label) for analysis in catalog.ANALYSES if analysis.name not in off]
        self.fields["analyses"].choices = choices  # type: ignore[attr-defined]

    def clean_as_of(self) -> dt.date | None:
        as_of: dt.date | None = self.cleaned_data["as_of"]
        if as_of is not None and as_of > day_of(timezone.now(), OrganisationSettings.current().zone):
            raise forms.ValidationError(_("This day is still to come."))
        return as_of


class LabelSettingsForm(forms.Form):
    """Which label of the organisation's own the next run learns."""

    target = forms.ChoiceField(
        label=gettext_lazy("Label learned"),
        help_text=gettext_lazy(
            "The stage, one of your own fields of choices, or a tag. Fields hidden from anybody are not offered."
        ),
    )

    def __init__(self, data: Mapping[str, Any] | None = None, *, params: Mapping[str, Any]) -> None:
        super().__init__(data, initial=dict(params))
        self._params = params
        self.fields["target"].choices = given_labels.targets()  # type: ignore[attr-defined]

    def params(self) -> dict[str, Any]:
        return {**self._params, "target": self.cleaned_data["target"]}


class RecommendationSettingsForm(forms.Form):
    """What the next run of recommendations may put on a list."""

    again_from_percent = forms.IntegerField(
        label=gettext_lazy("Bought again by, %"),
        required=False,
        min_value=0,
        max_value=100,
        help_text=gettext_lazy(
            "Of the buyers of a product in a category, so many must have bought the same again on another day; then"
            " those who have a product of it are recommended it too. Empty: never what they have."
        ),
    )
    again_after_days = forms.IntegerField(
        label=gettext_lazy("Days until then"),
        min_value=0,
        max_value=LONGEST_WINDOW_DAYS,
        help_text=gettext_lazy("Counted from their last purchase of it."),
    )
    n = forms.IntegerField(label=gettext_lazy("Products on a list"), min_value=1, max_value=50)
    declined_days = forms.IntegerField(
        label=gettext_lazy("Days that what is not relevant stays away"), min_value=1, max_value=LONGEST_WINDOW_DAYS
    )

    def __init__(self, data: Mapping[str, Any] | None = None, *, params: Mapping[str, Any]) -> None:
        share = params["again_from_share"]
        super().__init__(data, initial={**params, "again_from_percent": round(100 * share) if share <= 1 else None})
        self._params = params

    def params(self) -> dict[str, Any]:
        entered = dict(self.cleaned_data)
        percent = entered.pop("again_from_percent")
        return {**self._params, **entered, "again_from_share": NEVER_AGAIN if percent is None else percent / 100}


# For each dimension its label, and whether more of it is better. All scores but 1 have a limit.
LIMITS: tuple[tuple[str, Label, bool], ...] = (
    ("recency", gettext_lazy("Days since the last purchase"), False),
    ("frequency", gettext_lazy("Purchase days"), True),
    ("monetary", gettext_lazy("Amount"), True),
)
HIGHER_SCORES = (5, 4, 3, 2)


def limit_name(dimension: str, score: int) -> str:
    return f"{dimension}_{score}"


def _limit_field(dimension: str, label: str, currency: str) -> forms.Field:
    if dimension == "monetary":
        widget = forms.NumberInput(attrs={"aria-label": label})
        return forms.DecimalField(
            label=label, required=False, max_digits=15, decimal_places=minor_digits(currency), widget=widget
        )
    return forms.IntegerField(
        label=label,
        required=False,
        min_value=1,
        max_value=LONGEST_WINDOW_DAYS,
        widget=forms.NumberInput(attrs={"aria-label": label}),
    )


class RfmSettingsForm(forms.Form):
    """Weights, window and segment map of the next run of RFM."""

    recency = forms.FloatField(label=gettext_lazy("Recency"), min_value=0, max_value=1000)
    frequency = forms.FloatField(label=gettext_lazy("Frequency"), min_value=0, max_value=1000)
    monetary = forms.FloatField(label=gettext_lazy("Monetary value"), min_value=0, max_value=1000)
    window_days = forms.IntegerField(
        label=gettext_lazy("Window in days"),
        required=False,
        min_value=1,
        max_value=LONGEST_WINDOW_DAYS,
        help_text=gettext_lazy("Purchases within it are counted and summed. Empty: all there are."),
    )
    new_days = forms.IntegerField(
        label=gettext_lazy("New for, days"),
        min_value=0,
        max_value=LONGEST_WINDOW_DAYS,
        help_text=gettext_lazy("A customer is new for so long after the first purchase."),
    )
    established_days = forms.IntegerField(
        label=gettext_lazy("Established after, days"),
        min_value=0,
        max_value=LONGEST_WINDOW_DAYS,
        help_text=gettext_lazy("Who still buys so long after the first purchase is established."),
    )
    second_axis = forms.ChoiceField(
        label=gettext_lazy("Second score of the map"),
        choices=[
            (SecondAxis.FREQUENCY.value, gettext_lazy("Frequency")),
            (SecondAxis.FREQUENCY_MONETARY.value, gettext_lazy("Mean of frequency and monetary value")),
        ],
    )

    bins = forms.ChoiceField(
        label=gettext_lazy("Limits of the scores"),
        choices=[
            ("fifths", gettext_lazy("Fifths of the buyers, found anew by each run")),
            ("own", gettext_lazy("Own limits")),
        ],
    )

    def __init__(
        self, data: Mapping[str, Any] | None = None, *, params: Mapping[str, Any], cuts: RfmBins | None = None
    ) -> None:
        """cuts: what own limits start from where there are none yet."""
        self._currency = OrganisationSettings.current().currency
        super().__init__(data, initial={**_as_fields(params), **self._as_limits(params, cuts)})
        for name, label, higher in LIMITS:
            for score in HIGHER_SCORES:
                more, less = _("%(what)s: score %(score)d for more than"), _("%(what)s: score %(score)d for less than")
                said = more if higher else less
                self.fields[limit_name(name, score)] = _limit_field(
                    name, said % {"what": label, "score": score}, self._currency
                )
        words = [(code.value, segments.words(code).label) for code in Segment]
        for r_score, second in _cells():
            label = _("Recency %(r)s, second score %(f)s") % {"r": r_score, "f": second}
            self.fields[cell_name((r_score, second))] = forms.ChoiceField(
                label=label, choices=words, widget=forms.Select(attrs={"aria-label": label})
            )

    def grid(self) -> list[tuple[int, list[forms.BoundField]]]:
        """The map as it is drawn: the best recency on top, the second score rising to the right."""
        return [(r_score, [self[cell_name((r_score, second))] for second in SCORES]) for r_score in reversed(SCORES)]

    def limits(self) -> list[tuple[Label, bool, list[forms.BoundField]]]:
        """For recency, frequency and amount: what is limited, whether more is better, and the fields from 5 down."""
        return [
            (label, higher, [self[limit_name(name, score)] for score in HIGHER_SCORES])
            for name, label, higher in LIMITS
        ]

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        if not self.errors:
            self._check_weights(cleaned)
            self._check_limits(cleaned)
            if cleaned["new_days"] > cleaned["established_days"]:
                self.add_error("established_days", _("A customer cannot be established while still new."))
        return cleaned

    def params(self) -> dict[str, Any]:
        """What was entered, as parameters of the analysis."""
        entered = self.cleaned_data
        return RfmParams.from_json(
            {
                "window_days": entered["window_days"],
                "weights": {name: entered[name] for name in ("recency", "frequency", "monetary")},
                "segment_map": {
                    "second_axis": entered["second_axis"],
                    "cells": {cell_name(cell): entered[cell_name(cell)] for cell in _cells()},
                },
                "new_days": entered["new_days"],
                "established_days": entered["established_days"],
                "bins": self._bins(entered) if entered["bins"] == "own" else None,
            }
        ).to_json()

    def _bins(self, entered: Mapping[str, Any]) -> dict[str, list[int]]:
        """From the limit below score 2 up, as the parameters have them."""
        found = {
            name: [entered[limit_name(name, score)] for score in reversed(HIGHER_SCORES)] for name, *_more in LIMITS
        }
        return {**found, "monetary": [to_minor(amount, self._currency) for amount in found["monetary"]]}

    def _check_limits(self, entered: Mapping[str, Any]) -> None:
        if entered["bins"] != "own":
            return
        for name, _label, higher in LIMITS:
            first = limit_name(name, HIGHER_SCORES[0])
            limits = [entered[limit_name(name, score)] for score in HIGHER_SCORES]
            if None in limits:
                self.add_error(first, _("Own limits need all four."))
            elif higher and any(limit <= lower for limit, lower in pairwise(limits)):
                self.add_error(first, _("The limits must fall from score 5 down."))
            elif not higher and any(limit >= longer for limit, longer in pairwise(limits)):
                self.add_error(first, _("The limits must rise from score 5 down."))

    def _as_limits(self, params: Mapping[str, Any], cuts: RfmBins | None) -> dict[str, Any]:
        own = RfmParams.from_json(params).bins
        known = own or cuts
        shown: dict[str, Any] = {"bins": "own" if own else "fifths"}
        if known is None:
            return shown
        for name, *_more in LIMITS:
            for score, cut in zip(reversed(HIGHER_SCORES), getattr(known, name), strict=True):
                shown[limit_name(name, score)] = from_minor(cut, self._currency) if name == "monetary" else cut
        return shown

    def _check_weights(self, entered: Mapping[str, Any]) -> None:
        try:
            RfmWeights(entered["recency"], entered["frequency"], entered["monetary"])
        except InvalidWeights:
            self.add_error(None, _("At least one weight must be more than zero."))


def _cells() -> Iterator[tuple[int, int]]:
    return ((r_score, second) for r_score in SCORES for second in SCORES)


def _as_fields(params: Mapping[str, Any]) -> dict[str, Any]:
    known = RfmParams.from_json(params).to_json()
    plain = {name: known[name] for name in ("window_days", "new_days", "established_days")}
    chosen = known["segment_map"]
    return {**plain, **known["weights"], **chosen["cells"], "second_axis": chosen["second_axis"]}


class FeedbackForm(forms.Form):
    product = forms.IntegerField(min_value=1, max_value=2**63 - 1)
    answer = forms.ChoiceField(choices=RecommendationFeedback.Answer)
    undo = forms.BooleanField(required=False)
