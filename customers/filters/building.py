"""A filter as a form: rows of conditions in groups, which work without scripts.

Each group and each row has a path, such as 0.2: the third part of the outermost group. The names of its fields begin
with it. What is typed into a field is read as in the typed form of the language.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from django.http import QueryDict
from django.utils.translation import gettext as _

from accounts.visibility import Sight
from customers.filters import kinds
from customers.filters.compiling import authorise
from customers.filters.conditions import Bought, Did, NoContactFor, Period
from customers.filters.errors import FilterError
from customers.filters.expression import AllOf, AnyOf, Comparison, Condition, Expression, Not
from customers.filters.parsing import MAX_NODES, parse
from customers.filters.registry import Field, Fields, registry
from customers.filters.things import CATEGORIES, PRODUCTS
from customers.filters.typed.values import day_json_of, day_text, json_of, text_of, thing_json, whole_json

ROOT = "0"
OTHER = "other"  # a condition of an app above, which has no fields of its own here
_NAME = re.compile(r"(?P<path>0(?:\.[0-9]{1,3}){0,12})-(?P<part>[a-z]+)")


@dataclass
class Leaf:
    """`what` is the key of a field or of a condition, `said` what stands in the inputs, by their names."""

    path: str
    what: str = ""
    op: str = ""
    said: dict[str, list[str]] = field(default_factory=dict)
    is_negated: bool = False
    error: str = ""

    def first(self, name: str) -> str:
        return next(iter(self.said.get(name, [])), "").strip()


@dataclass
class Group:
    path: str
    joint: str = "and"
    parts: list[Group | Leaf] = field(default_factory=list)
    is_negated: bool = False
    error: str = ""

    @property
    def is_root(self) -> bool:
        return self.path == ROOT

    def every(self) -> Iterator[Group | Leaf]:
        yield self
        for part in self.parts:
            if isinstance(part, Group):
                yield from part.every()
            else:
                yield part

    def numbered(self, path: str = ROOT) -> Group:
        """The same with the paths that its parts have now."""
        parts = [
            part.numbered(f"{path}.{number}") if isinstance(part, Group) else replace(part, path=f"{path}.{number}")
            for number, part in enumerate(self.parts)
        ]
        return replace(self, path=path, parts=parts)


# --- out of a form ----------------------------------------------------------------------------------------------------


def from_form(data: QueryDict) -> Group:
    """What does not hang together is left out."""
    found: dict[str, dict[str, list[str]]] = {}
    for name in data:
        if match := _NAME.fullmatch(name):
            found.setdefault(match["path"], {})[match["part"]] = data.getlist(name)
    return _group(ROOT, found).numbered()


def _group(path: str, found: Mapping[str, Mapping[str, list[str]]]) -> Group:
    own = found.get(path, {})
    below = [key for key in found if key.rpartition(".")[0] == path]
    parts: list[Group | Leaf] = []
    for each in sorted(below, key=lambda key: int(key.rpartition(".")[2]))[:MAX_NODES]:
        said = dict(found[each])
        if "join" in said:
            parts.append(_group(each, found))
        else:
            what, op = (next(iter(said.pop(name, [])), "") for name in ("what", "op"))
            parts.append(Leaf(each, what, op, said, is_negated="not" in said))
    joint = "or" if own.get("join") == ["or"] else "and"
    return Group(path, joint, parts, is_negated="not" in own)


def done(group: Group, deed: str) -> tuple[Group, str]:
    """The form after a button: `add:0` and `group:0` append to a group, `remove:0.1` takes a part away. And the path of
    what the reader goes on with."""
    do, _colon, path = deed.partition(":")
    if do == "remove" and path != ROOT:
        for each in group.every():
            if isinstance(each, Group):
                each.parts = [part for part in each.parts if part.path != path]
        return group.numbered(), path.rpartition(".")[0] or ROOT
    for each in list(group.every()):
        if isinstance(each, Group) and each.path == path and do in {"add", "group"}:
            new = f"{path}.{len(each.parts)}"
            each.parts.append(Leaf(new) if do == "add" else Group(new, "or", [Leaf(f"{new}.0")]))
            return group.numbered(), new if do == "add" else f"{new}.0"
    return group, path


# --- out of an expression ---------------------------------------------------------------------------------------------


def from_expression(expression: Expression, sight: Sight) -> Group:
    node = _node(expression, sight, registry.fields())
    group = node if isinstance(node, Group) and not node.is_negated else Group(ROOT, "and", [node])
    return (group if group.parts else Group(ROOT, group.joint, [Leaf("")])).numbered()


def _node(expression: Expression, sight: Sight, fields: Fields) -> Group | Leaf:
    if isinstance(expression, AllOf | AnyOf):
        joint = "and" if isinstance(expression, AllOf) else "or"
        return Group("", joint, [_node(part, sight, fields) for part in expression.parts])
    if isinstance(expression, Not):
        inner = _node(expression.part, sight, fields)
        return Group("", "and", [inner], is_negated=True) if inner.is_negated else replace(inner, is_negated=True)
    if isinstance(expression, Comparison):
        return _comparison(expression, fields.get(expression.field), sight)
    return _condition(expression, sight)


def _comparison(comparison: Comparison, field: Field, sight: Sight) -> Leaf:
    value = comparison.value
    values = value if isinstance(value, tuple) else () if value is None else (value,)
    texts = [text_of(field, each, sight) for each in values]
    if comparison.op == kinds.BETWEEN:
        said = {"value": texts[:1], "last": texts[1:]}
    elif comparison.op in kinds.LISTS and field.choices is None:
        said = {"value": ["\n".join(texts)]}
    else:
        said = {"value": texts}
    return Leaf("", field.key, comparison.op, said)


def _condition(condition: Condition, sight: Sight) -> Leaf:
    if isinstance(condition, NoContactFor):
        return Leaf("", condition.key, said={"days": [str(condition.days)]})
    if isinstance(condition, Bought):
        product, category = condition.product, condition.category
        kind, pk = ("category", category) if category is not None else ("product", product)
        thing = "" if pk is None else (CATEGORIES if kind == "category" else PRODUCTS).typed(pk, sight)
        said = {"kind": [kind if thing else "anything"], "thing": [thing]}
        return Leaf("", condition.key, said={**said, **_often(condition.times, condition.period)})
    if isinstance(condition, Did):
        thing = "" if condition.product is None else PRODUCTS.typed(condition.product, sight)
        said = {"event": [condition.event], "thing": [thing]}
        return Leaf("", condition.key, said={**said, **_often(condition.times, condition.period)})
    return Leaf("", OTHER, said={"json": [json.dumps({condition.key: condition.as_json()}, ensure_ascii=False)]})


def _often(times: int, period: Period) -> dict[str, list[str]]:
    limits = (("since", period.since), ("until", period.until))
    return {"times": [str(times)], **{name: [day_text(day)] for name, day in limits if day is not None}}


# --- into an expression -----------------------------------------------------------------------------------------------


def expression_of(group: Group, sight: Sight) -> Expression | None:
    """What the form asks for. Where something is wrong with it, None, and the rows say so."""
    maker = _Maker(sight)
    made = maker.group(group, "")
    if any(each.error for each in group.every()):
        return None
    try:
        expression = parse(made)
        authorise(expression, sight)
    except FilterError as error:
        maker.blame(group, error)
        return None
    return expression


class _Maker:
    """Makes JSON of a form, and remembers which row each of its places comes from."""

    def __init__(self, sight: Sight) -> None:
        self._sight, self._fields = sight, registry.fields()
        self._places: dict[str, Group | Leaf] = {}

    def blame(self, root: Group, error: FilterError) -> None:
        """The row that the place of the error lies in, as deep as is known."""
        places = [place for place in self._places if error.path.startswith(place)]
        (self._places[max(places, key=len)] if places else root).error = error.message

    def group(self, group: Group, at: str) -> dict[str, Any]:
        at = self._entered(group, at)
        parts = [self._part(part, f"{at}/{group.joint}/{number}") for number, part in enumerate(group.parts)]
        if group.is_root and len(parts) == 1:
            # The brackets around a single condition say nothing.
            self._places = {place.replace(f"/{group.joint}/0", "", 1): part for place, part in self._places.items()}
            return parts[0]
        made = {group.joint: parts}
        return {"not": made} if group.is_negated else made

    def _entered(self, part: Group | Leaf, at: str) -> str:
        at = f"{at}/not" if part.is_negated else at
        self._places[at] = part
        return at

    def _part(self, part: Group | Leaf, at: str) -> dict[str, Any]:
        if isinstance(part, Group):
            return self.group(part, at)
        self._entered(part, at)
        try:
            made = self._leaf(part)
            parse(made)
        except FilterError as error:
            part.error = error.message
            return {"and": []}
        return {"not": made} if part.is_negated else made

    def _leaf(self, leaf: Leaf) -> dict[str, Any]:
        if leaf.what == Bought.key:
            return {leaf.what: {**self._bought(leaf), **_when(leaf)}}
        if leaf.what == Did.key:
            of = {"product": thing_json(PRODUCTS, leaf.first("thing"), self._sight)} if leaf.first("thing") else {}
            return {leaf.what: {"event": leaf.first("event"), **of, **_when(leaf)}}
        if leaf.what == NoContactFor.key:
            return {leaf.what: {"days": whole_json(leaf.first("days"))}}
        if leaf.what == OTHER:
            return _json(leaf.first("json"))
        if not leaf.what:
            raise FilterError("", _("Choose what this condition is about, or remove it."))
        return self._comparison(leaf, self._fields.get(leaf.what))

    def _bought(self, leaf: Leaf) -> dict[str, Any]:
        kind = leaf.first("kind")
        if kind not in {"product", "category"}:
            return {}
        return {kind: thing_json(CATEGORIES if kind == "category" else PRODUCTS, leaf.first("thing"), self._sight)}

    def _comparison(self, leaf: Leaf, field: Field) -> dict[str, Any]:
        made: dict[str, Any] = {"field": field.key, "op": leaf.op}
        if leaf.op in kinds.NO_VALUE:
            return made
        if leaf.op in kinds.LISTS:
            texts = leaf.said.get("value", [])
            lines = texts if field.choices is not None else [line for text in texts for line in text.splitlines()]
            value: Any = [json_of(field, line, self._sight) for line in lines if line.strip()]
        elif leaf.op in kinds.PAIRS:
            value = [json_of(field, leaf.first(name), self._sight) for name in ("value", "last")]
        else:
            value = json_of(field, leaf.first("value"), self._sight)
        return {**made, "value": value}


def _when(leaf: Leaf) -> dict[str, Any]:
    times = {"at_least": whole_json(leaf.first("times"))} if leaf.first("times") else {}
    return {**times, **{name: day_json_of(leaf.first(name)) for name in ("since", "until") if leaf.first(name)}}


def _json(text: str) -> dict[str, Any]:
    try:
        return dict(json.loads(text))
    except (ValueError, TypeError, RecursionError):
        raise FilterError("", _("The filter is not written in JSON.")) from None
