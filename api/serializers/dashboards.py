"""Dashboards as people have put them together: whose they are, the filter for all cards, the cards in their order."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext_lazy as _
from rest_framework import serializers

from api.serializers.fields import IdField, StrictBoolean
from customers.models import SavedFilter
from reports.dashboards.arranging import MOST_CARDS
from reports.dashboards.cards import Placed
from reports.models import Dashboard

ONE_OF = ("id", "chart", "report")


class DashboardSerializer(serializers.ModelSerializer[Dashboard]):
    owner = serializers.IntegerField(source="owner_id", allow_null=True)
    team = serializers.IntegerField(source="team_id", allow_null=True)

    class Meta:
        model = Dashboard
        fields = ["id", "name", "owner", "sharing", "team", "version", "created_at", "updated_at"]


class CardSerializer(serializers.Serializer[Any]):
    """A `chart` of the catalog, whose table is at `/reports/charts/{chart}`, or a saved `report`, whose answer is at
    `/reports/answer?report={id}`; neither where it is not for you, or there no more: `why_not` says so."""

    id = serializers.IntegerField()
    chart = serializers.CharField(allow_null=True)
    report = serializers.IntegerField(allow_null=True)
    title = serializers.CharField(allow_null=True)
    is_wide = serializers.BooleanField()
    why_not = serializers.CharField(allow_null=True)

    def to_representation(self, placed: Placed) -> dict[str, Any]:
        return {
            "id": placed.card.pk,
            "chart": placed.chart.key if placed.chart else None,
            "report": placed.report.pk if placed.report else None,
            "title": None if placed.why_not else str(placed.title),
            "is_wide": placed.card.is_wide,
            "why_not": placed.why_not or None,
        }


class OneFilterSerializer(serializers.Serializer[Any]):
    """What the bar above the cards says, by the names of its address; what is left out stays as each card has it."""

    period = serializers.CharField(required=False, allow_blank=True, max_length=20)
    since = serializers.CharField(required=False, allow_blank=True, max_length=20)
    until = serializers.CharField(required=False, allow_blank=True, max_length=20)
    compare = serializers.CharField(required=False, allow_blank=True, max_length=20)
    view = serializers.CharField(required=False, allow_blank=True, max_length=20)
    among = serializers.CharField(required=False, allow_blank=True, max_length=2000)
    filter = serializers.CharField(required=False, allow_blank=True, max_length=20_000)


class DashboardDetailSerializer(DashboardSerializer):
    """`filter` is null where you may not use it: then you see no card's figures either."""

    filter = OneFilterSerializer(allow_null=True)
    cards = CardSerializer(many=True)

    class Meta(DashboardSerializer.Meta):
        fields = [*DashboardSerializer.Meta.fields, "filter", "cards"]


class CardWriting(serializers.Serializer[Any]):
    """One of `id` (a card that stands there), `chart` and `report`."""

    id = IdField(required=False)
    chart = serializers.CharField(required=False, max_length=80)
    report = IdField(required=False)
    is_wide = StrictBoolean(required=False)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if sum(name in attrs for name in ONE_OF) != 1:
            raise serializers.ValidationError(_("Name one of: id, chart, report."))
        return attrs


class DashboardChange(serializers.Serializer[Any]):
    """`cards` become what is sent, in this order; one that stands there already stays itself. An empty filter leaves
    each card as it is."""

    name = serializers.CharField(required=False, max_length=120)
    sharing = serializers.ChoiceField(SavedFilter.Sharing.choices, required=False)
    team = IdField(required=False, allow_null=True)
    filter = OneFilterSerializer(required=False)
    cards = CardWriting(many=True, required=False, max_length=MOST_CARDS)  # type: ignore[call-arg]  # of the list


class DashboardWriting(DashboardChange):
    name = serializers.CharField(max_length=120)
