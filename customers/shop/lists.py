"""What a query string asks of the lists of orders and products."""

from __future__ import annotations

from abc import ABC, abstractmethod
from functools import cached_property
from typing import Any, ClassVar, Generic, TypeVar, cast
from urllib.parse import urlencode

from django import forms
from django.db.models import Model, QuerySet
from django.http import QueryDict
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from accounts.visibility import Sight
from core.paging import Order as SortOrder
from core.paging import Page, bounded_count, keyset_page
from core.templatetags.ui import number
from customers.custom_fields import CustomValue, definitions, values_of
from customers.custom_forms import DayInput
from customers.extensions import Label
from customers.models import Category, CustomField, Order, Product
from customers.shop.access import visible_orders
from customers.shop.custom_filters import CustomFilters, filterable

ROWS_A_PAGE = 50
USUAL_COLUMNS = 3

Row = TypeVar("Row", bound=Model)


class OwnColumns(forms.Form):
    """Mixin of a form over a query string: which of the organisation's own fields stand as columns. Call
    `add_own_columns` at the end of `__init__`."""

    def add_own_columns(self, applies_to: CustomField.Record) -> None:
        if choices := [(field.key, field.label) for field in definitions(applies_to)]:
            self.fields["columns"] = forms.MultipleChoiceField(
                label=_("Columns of your own fields"),
                choices=choices,
                required=False,
                widget=forms.CheckboxSelectMultiple,
                help_text=_("Without a choice the first three."),
            )


class OrderFilter(CustomFilters, OwnColumns):
    since = forms.DateField(label=_("From day"), required=False, widget=DayInput)
    until = forms.DateField(label=_("To day"), required=False, widget=DayInput)
    number = forms.CharField(label=_("Number"), required=False, max_length=120)

    def __init__(self, query: QueryDict, *, sight: Sight) -> None:
        super().__init__(query)
        self.add_custom_filters(filterable(CustomField.Record.ORDER, sight=sight, needs_index=True))
        self.add_own_columns(CustomField.Record.ORDER)

    def narrow(self, orders: QuerySet[Order, Order]) -> QuerySet[Order, Order]:
        asked = self.cleaned_data
        if asked["since"]:
            orders = orders.filter(ordered_date__gte=asked["since"])
        if asked["until"]:
            orders = orders.filter(ordered_date__lte=asked["until"])
        if asked["number"]:
            orders = orders.numbered(asked["number"])  # type: ignore[attr-defined]
        return orders.filter(self.custom_condition())


class ProductFilter(CustomFilters, OwnColumns):
    q = forms.CharField(label=_("Name or article number"), required=False, max_length=200)
    category = forms.ModelChoiceField(Category.objects.all(), label=_("Category"), required=False, empty_label=_("All"))
    is_active = forms.ChoiceField(
        label=_("On sale"), required=False, choices=[("", _("All")), ("yes", _("yes")), ("no", _("no"))]
    )

    def __init__(self, query: QueryDict, *, sight: Sight) -> None:
        super().__init__(query)
        self.add_custom_filters(filterable(CustomField.Record.PRODUCT, sight=sight, needs_index=False))
        self.add_own_columns(CustomField.Record.PRODUCT)

    def narrow(self, products: QuerySet[Product, Product]) -> QuerySet[Product, Product]:
        asked = self.cleaned_data
        if asked["q"]:
            products = products.filter(name__icontains=asked["q"]) | products.filter(sku__istartswith=asked["q"])
        if asked["category"]:
            products = products.filter(category=asked["category"])
        if asked["is_active"]:
            products = products.filter(is_active=asked["is_active"] == "yes")
        return products.filter(self.custom_condition())


class _Listing(ABC, Generic[Row]):
    """A filter that makes no sense is said to be wrong, and finds nothing: ignored it would be taken for an answer."""

    applies_to: ClassVar[CustomField.Record]
    order: ClassVar[SortOrder]
    title: ClassVar[Label]
    nothing_matches: ClassVar[Label]
    form: OrderFilter | ProductFilter

    def __init__(self, query: QueryDict, *, sight: Sight) -> None:
        self.sight = sight
        asked = query.copy()
        self._cursor = str(asked.pop("cursor", [""])[-1])
        for name in [name for name, values in asked.lists() if not any(values)]:
            del asked[name]
        self.form = self._form(asked)

    @abstractmethod
    def _form(self, query: QueryDict) -> Any: ...

    @abstractmethod
    def _counted(self, shown: int, counted: int, *, is_exact: bool) -> str: ...

    @abstractmethod
    def _rows(self) -> QuerySet[Row, Row]: ...

    @property
    def is_filtered(self) -> bool:
        return bool(self._asked.keys() - {"columns"})

    @property
    def has_errors(self) -> bool:
        return not self.form.is_valid()

    @property
    def _asked(self) -> dict[str, list[str]]:
        query = cast(QueryDict, self.form.data)
        return {key: [str(value) for value in values] for key, values in query.lists() if key in self.form.fields}

    @property
    def address(self) -> str:
        """The query string that leads to the first page."""
        return urlencode(self._asked, doseq=True)

    @cached_property
    def matching(self) -> QuerySet[Row, Row]:
        rows: Any = self._rows()
        found: Any = self.form.narrow(rows) if self.form.is_valid() else rows.none()
        return cast("QuerySet[Row, Row]", found)

    @cached_property
    def page(self) -> Page[Row]:
        return keyset_page(self.matching, order=self.order, cursor=self._cursor, size=ROWS_A_PAGE)

    @cached_property
    def own_columns(self) -> list[CustomField]:
        fields = definitions(self.applies_to)
        chosen = self.form.cleaned_data.get("columns", []) if self.form.is_valid() else []
        return [field for field in fields if field.key in chosen] or fields[:USUAL_COLUMNS]

    @property
    def rows(self) -> list[tuple[Row, list[CustomValue]]]:
        """Those of the page, each with its values in the columns of own fields."""
        columns = self.own_columns
        return [
            (row, list(values_of(self.applies_to, cast(Any, row).custom, sight=self.sight, fields=columns)))
            for row in self.page.rows
        ]

    @cached_property
    def count(self) -> tuple[int, bool]:
        """How many match, and whether that is exact."""
        if not (self.page.previous_cursor or self.page.next_cursor):
            return len(self.page.rows), True
        return bounded_count(self.matching)

    @property
    def count_in_words(self) -> str:
        counted, is_exact = self.count
        return self._counted(len(self.page.rows), counted, is_exact=is_exact)

    @property
    def previous_url(self) -> str:
        return self._link(self.page.previous_cursor)

    @property
    def next_url(self) -> str:
        return self._link(self.page.next_cursor)

    def _link(self, cursor: str) -> str:
        return f"?{urlencode({**self._asked, 'cursor': [cursor]}, doseq=True)}" if cursor else ""


class OrderListing(_Listing[Order]):
    applies_to = CustomField.Record.ORDER
    order = SortOrder("ordered_date", descending=True)
    title = _("Orders")
    nothing_matches = _("No order matches")

    def _form(self, query: QueryDict) -> OrderFilter:
        return OrderFilter(query, sight=self.sight)

    def _counted(self, shown: int, counted: int, *, is_exact: bool) -> str:
        if not is_exact:
            return gettext("%(shown)s of more than %(counted)s orders") % {"shown": shown, "counted": number(counted)}
        words = ngettext("%(shown)s of %(counted)s order", "%(shown)s of %(counted)s orders", counted)
        return words % {"shown": shown, "counted": number(counted)}

    def _rows(self) -> QuerySet[Order, Order]:
        return visible_orders(self.sight)


class ProductListing(_Listing[Product]):
    applies_to = CustomField.Record.PRODUCT
    order = SortOrder("name")
    title = _("Products")
    nothing_matches = _("No product matches")

    def _form(self, query: QueryDict) -> ProductFilter:
        return ProductFilter(query, sight=self.sight)

    def _counted(self, shown: int, counted: int, *, is_exact: bool) -> str:
        if not is_exact:
            return gettext("%(shown)s of more than %(counted)s products") % {"shown": shown, "counted": number(counted)}
        words = ngettext("%(shown)s of %(counted)s product", "%(shown)s of %(counted)s products", counted)
        return words % {"shown": shown, "counted": number(counted)}

    def _rows(self) -> QuerySet[Product, Product]:
        return Product.objects.select_related("category")
