"""Questions to the semantic layer, and their answers."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django.utils.translation import gettext_lazy as _
from rest_framework import serializers

from api.serializers.fields import EARLIEST, LATEST, IdField
from customers.filters import Expression, parse_text
from customers.filters.parsing import MAX_CHARACTERS
from reports.charts.drawing import ColumnKind
from reports.scope import PERIODS
from reports.semantics.answers import OTHERS, UNKNOWN
from reports.semantics.dimensions import DIMENSIONS
from reports.semantics.few import FEW
from reports.semantics.measures import MEASURES

# Of a group that has no value of its own.
GROUPS = {UNKNOWN: "unknown", OTHERS: "others", FEW: "few"}


class MeasureSerializer(serializers.Serializer[Any]):
    """`kind` says what its values are; `dimensions` what it can be divided by, for you."""

    key = serializers.CharField()
    label = serializers.CharField()  # type: ignore[assignment]  # the member's name
    definition = serializers.CharField()
    kind = serializers.ChoiceField([ColumnKind.COUNT.value, ColumnKind.SHARE.value, ColumnKind.MONEY.value])
    adds_up = serializers.BooleanField()
    dimensions = serializers.ListField(child=serializers.CharField())


class DimensionSerializer(serializers.Serializer[Any]):
    key = serializers.CharField()
    label = serializers.CharField()  # type: ignore[assignment]
    is_time = serializers.BooleanField()


class MeasuresSerializer(serializers.Serializer[Any]):
    measures = MeasureSerializer(many=True)
    dimensions = DimensionSerializer(many=True)


class ReportSerializer(serializers.Serializer[Any]):
    """`question` is what its page asks, as the address has it."""

    id = serializers.IntegerField()
    name = serializers.CharField()
    owner = serializers.IntegerField(allow_null=True)
    sharing = serializers.CharField()
    question = serializers.DictField()


class DayField(serializers.DateField):
    def to_internal_value(self, value: Any) -> dt.date:
        day = super().to_internal_value(value)
        if not EARLIEST.date() <= day < LATEST.date():
            raise serializers.ValidationError(_("This is out of the calendar: from 1900 to 2199."))
        return day


class ScopeQuery(serializers.Serializer[Any]):
    """Of which days and customers."""

    period = serializers.ChoiceField([key for key, _label in PERIODS if key != "own"], required=False)
    since = DayField(required=False, help_text=_("Instead of a period."))
    until = DayField(required=False)
    compare = serializers.ChoiceField(["year", "before"], required=False)
    view = IdField(required=False, help_text=_("Only the customers of this saved view."))
    among = serializers.CharField(required=False, max_length=2000, help_text=_("A filter, typed."))
    filter = serializers.CharField(
        required=False, max_length=MAX_CHARACTERS, help_text=_("An expression of the filter language, as JSON.")
    )

    def validate_filter(self, text: str) -> Expression:
        return parse_text(text)


class AnswerQuery(ScopeQuery):
    report = IdField(required=False, help_text=_("The question of this report; what else is said comes on top of it."))
    measure = serializers.ChoiceField([each.key for each in MEASURES], required=False)
    by = serializers.ChoiceField([each.key for each in DIMENSIONS], required=False)
    split = serializers.ChoiceField([each.key for each in DIMENSIONS if not each.is_time], required=False)


class ChartQuery(ScopeQuery):
    series = serializers.CharField(required=False, max_length=200, help_text=_("Of the charts of demand."))


class ChartSerializer(serializers.Serializer[Any]):
    """`follows`: what of days, comparison and filter changes it."""

    key = serializers.CharField()
    subject = serializers.CharField()
    title = serializers.CharField()
    definition = serializers.CharField()
    follows = serializers.ListField(child=serializers.CharField())


class ColumnSerializer(serializers.Serializer[Any]):
    key = serializers.CharField()
    label = serializers.CharField()  # type: ignore[assignment]
    kind = serializers.CharField()


class ChartTableSerializer(ChartSerializer):
    """The table beside the picture: each row by the keys of `columns`, money in whole units of `currency`, shares of 1,
    months as 2026-06. Before the first run it has no rows."""

    finding = serializers.CharField()
    sample = serializers.CharField(allow_blank=True)
    compared = serializers.CharField(allow_blank=True)
    run = serializers.IntegerField(allow_null=True)
    as_of = serializers.DateField(allow_null=True)
    currency = serializers.CharField()
    not_followed = serializers.CharField(allow_blank=True)
    columns = ColumnSerializer(many=True)
    rows = serializers.ListField(child=serializers.DictField())


class ReportRowSerializer(serializers.Serializer[Any]):
    """`group` is “value”, or says why there is none: “unknown”, “others” put together, “few” put together. `filter` has
    the customers behind the row, where a filter says the same."""

    key = serializers.CharField(allow_null=True)
    label = serializers.CharField()  # type: ignore[assignment]
    group = serializers.ChoiceField(["value", *GROUPS.values()])
    split = serializers.CharField(allow_null=True)
    split_label = serializers.CharField(allow_null=True)
    value = serializers.FloatField(allow_null=True)
    earlier = serializers.FloatField(allow_null=True)
    filter = serializers.DictField(allow_null=True)


class ReportAnswerSerializer(serializers.Serializer[Any]):
    """`n` is how many facts it rests on; money is in whole units of `currency`. Before the first run all is null."""

    run = serializers.IntegerField(allow_null=True)
    manifest = serializers.IntegerField(allow_null=True)
    as_of = serializers.DateField(allow_null=True)
    measure = serializers.CharField(allow_null=True)
    by = serializers.CharField(allow_null=True)
    since = serializers.DateField(allow_null=True)
    until = serializers.DateField(allow_null=True)
    kind = serializers.CharField(allow_null=True)
    currency = serializers.CharField(allow_null=True)
    n = serializers.IntegerField(allow_null=True)
    finding = serializers.CharField(allow_null=True)
    rows = ReportRowSerializer(many=True)
