"""Pages of lists: `results` and the cursors of the neighbouring pages."""

from __future__ import annotations

from typing import Any, TypeVar

from django.core import signing
from django.db.models import Model, QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy
from drf_spectacular.utils import inline_serializer
from rest_framework import serializers

from api.errors import InvalidParameter
from core.paging import Order, Page, fits, keyset_page

Row = TypeVar("Row", bound=Model)

LARGEST_PAGE = 200
USUAL_PAGE = 50
LONGEST_CURSOR = 4000

_signer = signing.Signer(salt="api.paging")


class PageQuery(serializers.Serializer[Any]):
    """What every list takes."""

    cursor = serializers.CharField(
        required=False,
        max_length=LONGEST_CURSOR,
        help_text=_lazy("`next_cursor` or `previous_cursor` of another page."),
    )
    limit = serializers.IntegerField(
        required=False, default=USUAL_PAGE, min_value=1, max_value=LARGEST_PAGE, help_text=_lazy("Rows on a page.")
    )


def page_of(queryset: QuerySet[Row], *, order: Order, query: dict[str, Any]) -> Page[Row]:
    cursor = query.get("cursor", "")
    if cursor and not fits(cursor, order):
        raise InvalidParameter(("cursor", _("This cursor is not of this list, or not in this order.")))
    return keyset_page(queryset, order=order, cursor=cursor, size=query["limit"])


def page_json(page: Page[Any], results: list[Any]) -> dict[str, Any]:
    return {
        "results": results,
        "next_cursor": page.next_cursor or None,
        "previous_cursor": page.previous_cursor or None,
    }


def page_schema(name: str, results: serializers.BaseSerializer[Any]) -> Any:
    """The serializer that describes a page, for the schema."""
    return inline_serializer(
        f"{name}Page",
        {
            "results": results,
            "next_cursor": serializers.CharField(allow_null=True),
            "previous_cursor": serializers.CharField(allow_null=True),
        },
    )


def place_of(cursor: str, scope: str) -> Any:
    """What a cursor of `cursor_at` holds: the key of the last row of the page before."""
    try:
        found_scope, key = _signer.unsign_object(cursor)
    except (signing.BadSignature, ValueError):
        found_scope, key = None, None
    if found_scope != scope:
        raise InvalidParameter(("cursor", _("This cursor is not of this list, or not in this order.")))
    return key


def cursor_at(scope: str, key: Any) -> str:
    return _signer.sign_object([scope, key])
