"""What the filter builder shows of a form's groups and rows: which fields, comparisons and inputs there are."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.visibility import Sight
from customers.extensions import registry as extensions
from customers.filters import kinds, registry
from customers.filters.building import OTHER, Group, Leaf
from customers.filters.conditions import Bought, Did, NoContactFor
from customers.filters.custom import PREFIX
from customers.filters.fields import FIELDS
from customers.filters.kinds import Kind
from customers.filters.registry import Field
from customers.filters.things import CATEGORIES, PRODUCTS, Things
from customers.models import Event

Label = str | Promise
Option = tuple[str, Label]
OWN = frozenset(field.key for field in FIELDS)
CONDITIONS = (Bought, Did, NoContactFor)

COMPARED: dict[str, Label] = {
    kinds.IS: gettext_lazy("is"),
    kinds.IS_NOT: gettext_lazy("is other than"),
    kinds.IN: gettext_lazy("is one of"),
    kinds.CONTAINS: gettext_lazy("contains"),
    kinds.STARTS_WITH: gettext_lazy("starts with"),
    kinds.LESS: gettext_lazy("is less than"),
    kinds.AT_MOST: gettext_lazy("is at most"),
    kinds.MORE: gettext_lazy("is more than"),
    kinds.AT_LEAST: gettext_lazy("is at least"),
    kinds.BETWEEN: gettext_lazy("is from … to …"),
    kinds.HAS: gettext_lazy("has"),
    kinds.HAS_ANY: gettext_lazy("has one of"),
    kinds.LACKS: gettext_lazy("has not"),
    kinds.EMPTY: gettext_lazy("is empty"),
}
COMPARED_DAYS: dict[str, Label] = {
    **COMPARED,
    kinds.IS: gettext_lazy("is on"),
    kinds.IS_NOT: gettext_lazy("is on another day than"),
    kinds.LESS: gettext_lazy("is before"),
    kinds.AT_MOST: gettext_lazy("is on or before"),
    kinds.MORE: gettext_lazy("is after"),
    kinds.AT_LEAST: gettext_lazy("is on or after"),
}


@dataclass(frozen=True)
class Input:
    """`kind` is how it is drawn: a select (a switch, where others depend on it), choices, lines, or a line of text, of
    a day, of a number, or of the name of something that is found by `of`."""

    name: str
    label: Label
    kind: str
    values: Sequence[str]
    options: Sequence[Option] = ()
    of: str = ""

    @property
    def value(self) -> str:
        return self.values[0] if self.values else ""


@dataclass(frozen=True)
class Row:
    """A condition as the builder shows it."""

    leaf: Leaf
    ops: Sequence[Option]
    inputs: Sequence[Input]

    is_group = False


@dataclass(frozen=True)
class Rows:
    group: Group
    parts: Sequence[Row | Rows]

    is_group = True


class FilterForm:
    def __init__(self, group: Group, *, sight: Sight, focus: str = "") -> None:
        self._sight, self.focus = sight, focus
        self._fields = {field.key: field for field in registry.fields() if field.ops_for(sight)}
        self._hidden = {field.key: field.label for field in registry.fields() if not field.ops_for(sight)}
        self.root = self._rows(group)

    @cached_property
    def subjects(self) -> list[tuple[Label, list[Option]]]:
        """What a condition may be about, in groups. Scores say of when they are."""
        own = [(key, field.label) for key, field in self._fields.items() if key in OWN]
        custom = [(key, field.label) for key, field in self._fields.items() if key.startswith(PREFIX)]
        scores = [
            (key, field.label)
            for key, field in self._fields.items()
            if key not in OWN and (key, field.label) not in custom
        ]
        as_of = " · ".join(origin.said for say in extensions.as_of if (origin := say()).said)
        did: list[Option] = [(each.key, each.label) for each in CONDITIONS]
        groups = [
            (_("Customer"), own),
            (_("What they did"), did),
            (as_of or _("Scores"), scores),
            (_("Custom fields"), custom),
        ]
        return [(label, options) for label, options in groups if options]

    def _rows(self, group: Group) -> Rows:
        return Rows(group, [self._rows(part) if isinstance(part, Group) else self._row(part) for part in group.parts])

    def _row(self, leaf: Leaf) -> Row:
        if leaf.what in CONDITION_INPUTS:
            return Row(leaf, (), CONDITION_INPUTS[leaf.what](leaf))
        field = self._fields.get(leaf.what)
        if field is None:
            return Row(leaf, (), ())
        labels = COMPARED_DAYS if field.kind is kinds.DATE else COMPARED
        allowed = field.ops_for(self._sight)
        leaf.op = leaf.op if leaf.op in allowed else allowed[0]
        return Row(leaf, [(op, labels[op]) for op in allowed], _of_field(leaf, field))


def _of_field(leaf: Leaf, field: Field) -> list[Input]:
    op = leaf.op
    if op in kinds.NO_VALUE:
        return []
    if op in kinds.PAIRS:
        kind = _drawn(field.kind)
        return [_said(leaf, "value", _("From"), kind), _said(leaf, "last", _("to"), kind)]
    if field.choices is not None:
        return [_said(leaf, "value", _("Value"), "choices" if op in kinds.LISTS else "select", options=field.choices())]
    if field.kind is kinds.BOOLEAN:
        return [_said(leaf, "value", _("Value"), "select", options=[("yes", _("yes")), ("no", _("no"))])]
    if op in kinds.LISTS:
        return [_said(leaf, "value", _("Values, one a line"), "lines")]
    if field.things is not None:
        return [_said(leaf, "value", _("Name"), "thing", of=field.key)]
    return [_said(leaf, "value", _("Value"), _drawn(field.kind))]


def _drawn(kind: Kind) -> str:
    if kind is kinds.DATE:
        return "day"
    return "number" if kind in (kinds.INTEGER, kinds.NUMBER, kinds.MONEY) else "text"


def _said(leaf: Leaf, name: str, label: Label, kind: str, *, options: Sequence[Option] = (), of: str = "") -> Input:
    return Input(f"{leaf.path}-{name}", label, kind, leaf.said.get(name, []), options, of)


# --- what customers did -----------------------------------------------------------------------------------------------


def _period(leaf: Leaf) -> list[Input]:
    return [
        _said(leaf, "times", _("at least so many times"), "number"),
        _said(leaf, "since", _("since"), "day"),
        _said(leaf, "until", _("until"), "day"),
    ]


def _bought(leaf: Leaf) -> list[Input]:
    kind = leaf.first("kind") or "product"
    chosen: list[Option] = [("product", _("a product")), ("category", _("of a category")), ("anything", _("anything"))]
    leaf.said["kind"] = [kind]
    thing = [] if kind == "anything" else [_said(leaf, "thing", _("Name"), "thing", of=kind)]
    return [_said(leaf, "kind", _("What"), "switch", options=chosen), *thing, *_period(leaf)]


def _did(leaf: Leaf) -> list[Input]:
    events = list(Event.Kind.choices)
    product = _said(leaf, "thing", _("Product (if it matters)"), "thing", of="product")
    return [_said(leaf, "event", _("What"), "select", options=events), product, *_period(leaf)]


def _silent(leaf: Leaf) -> list[Input]:
    return [_said(leaf, "days", _("days"), "number")]


CONDITION_INPUTS: dict[str, Callable[[Leaf], list[Input]]] = {
    Bought.key: _bought,
    Did.key: _did,
    NoContactFor.key: _silent,
    OTHER: lambda leaf: [_said(leaf, "json", _("Condition"), "text")],
}


def things_of(key: str) -> Things | None:
    """What an input of the builder names."""
    if key in {"product", "category"}:
        return PRODUCTS if key == "product" else CATEGORIES
    return next((field.things for field in registry.fields() if field.key == key), None)
