"""Typed text as an expression. What is not understood is refused, with its place."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _

from accounts.visibility import EVERYTHING, Sight
from customers.filters import kinds
from customers.filters.errors import FilterError
from customers.filters.expression import Expression
from customers.filters.parsing import parse
from customers.filters.registry import Field, registry
from customers.filters.things import CATEGORIES, PRODUCTS, Things
from customers.filters.typed.names import Names
from customers.filters.typed.tokens import END, ID, JSON, NUMBER, SIGN, STRING, WORD, Token, TypedError, tokens
from customers.filters.typed.values import day_json_of, json_of, thing_json, whole_json

# Each as its words, the longest first; what a word means depends on the field, see `_fitting`.
OPERATORS: tuple[tuple[tuple[str, ...], str], ...] = (
    (("is", "not", "empty"), "filled"),
    (("is", "one", "of"), kinds.IN),
    (("on", "or", "after"), kinds.AT_LEAST),
    (("on", "or", "before"), kinds.AT_MOST),
    (("is", "empty"), kinds.EMPTY),
    (("is", "not"), kinds.IS_NOT),
    (("starts", "with"), kinds.STARTS_WITH),
    (("has", "any"), kinds.HAS_ANY),
    (("at", "least"), kinds.AT_LEAST),
    (("at", "most"), kinds.AT_MOST),
    (("has",), kinds.HAS),
    (("lacks",), kinds.LACKS),
    (("contains",), kinds.CONTAINS),
    (("between",), kinds.BETWEEN),
    (("before",), kinds.LESS),
    (("after",), kinds.MORE),
    (("since",), kinds.AT_LEAST),
    (("until",), kinds.AT_MOST),
    (("in",), kinds.IN),
    (("is",), kinds.IS),
    (("=",), kinds.IS),
    (("!=",), kinds.IS_NOT),
    (("<=",), kinds.AT_MOST),
    ((">=",), kinds.AT_LEAST),
    (("<",), kinds.LESS),
    ((">",), kinds.MORE),
)
# Of several values, “is” means “has”.
OF_SEVERAL = {kinds.IS: kinds.HAS, kinds.IN: kinds.HAS_ANY, kinds.IS_NOT: kinds.LACKS}
MOST_WORDS_OF_A_NAME = 6
DEEPEST = 50


def read_typed(text: str, *, sight: Sight = EVERYTHING) -> Expression:
    """Nothing typed is everybody. Raises TypedError."""
    reader = _Reader(text, sight)
    found = reader.whole()
    with reader.placed(Token(END, "", 0, len(text))):
        return parse(found)


class _Reader:
    """Goes through the tokens once, and makes JSON of them."""

    def __init__(self, text: str, sight: Sight) -> None:
        self._tokens, self._at, self._depth = tokens(text), 0, 0
        self._sight, self._names = sight, Names(registry.fields())

    # --- tokens

    @property
    def _next(self) -> Token:
        return self._tokens[self._at]

    def _take(self) -> Token:
        token = self._next
        self._at = min(self._at + 1, len(self._tokens) - 1)
        return token

    def _words(self, *words: str) -> bool:
        """Whether these words come next; then they are taken."""
        ahead = self._tokens[self._at : self._at + len(words)]
        if [token.lower for token in ahead] != list(words):
            return False
        self._at += len(words)
        return True

    def _expect(self, sign: str) -> None:
        if not self._words(sign):
            raise self._refusal(
                self._next,
                _("Here “%(sign)s” is missing, before %(found)s.") % {"sign": sign, "found": self._next.shown},
            )

    @staticmethod
    def _refusal(token: Token, message: str) -> TypedError:
        return TypedError(token.start, max(token.end, token.start + 1), message)

    @contextmanager
    def placed(self, first: Token) -> Iterator[None]:
        """What is refused inside is wrong from that token up to where the reader has come."""
        try:
            yield
        except TypedError:
            raise
        except FilterError as error:
            last = self._tokens[max(self._at - 1, 0)]
            raise TypedError(first.start, max(last.end, first.end, first.start + 1), error.message) from None

    # --- and, or, not

    def whole(self) -> dict[str, Any]:
        if self._next.kind == END:
            return {"and": []}
        found = self._either()
        if self._next.kind != END:
            raise self._refusal(
                self._next, _("After a condition comes “and” or “or”, not %(found)s.") % {"found": self._next.shown}
            )
        return found

    def _either(self) -> dict[str, Any]:
        return self._several("or", lambda: self._several("and", self._negated))

    def _several(self, joint: str, part: Any) -> dict[str, Any]:
        parts = [part()]
        while self._words(joint):
            parts.append(part())
        return parts[0] if len(parts) == 1 else {joint: parts}

    def _negated(self) -> dict[str, Any]:
        self._depth += 1
        if self._depth > DEEPEST:
            raise self._refusal(self._next, _("Conditions are nested more than %(limit)d deep.") % {"limit": DEEPEST})
        found = {"not": self._negated()} if self._is_not() else self._one()
        self._depth -= 1
        return found

    def _is_not(self) -> bool:
        return self._words("not")

    def _one(self) -> dict[str, Any]:
        if self._words("("):
            found = self._either()
            self._expect(")")
            return found
        for name, joint in (("all", "and"), ("any", "or")):
            if self._words(name, "("):
                return {joint: self._listed(self._either)}
        if self._words("everybody"):
            return {"and": []}
        if self._words("nobody"):
            return {"or": []}
        first = self._next
        with self.placed(first):
            return self._condition(first) or self._comparison(first)

    def _listed(self, part: Any) -> list[Any]:
        """Up to the closing bracket, with commas between."""
        parts = [part()]
        while self._words(","):
            parts.append(part())
        self._expect(")")
        return parts

    # --- one field

    def _comparison(self, first: Token) -> dict[str, Any]:
        field = self._field(first)
        op = self._operator(field)
        leaf: dict[str, Any] = {"field": field.key, "op": op}
        if op == "filled":
            return {"not": {"field": field.key, "op": kinds.EMPTY}}
        if op in kinds.LISTS:
            self._expect("(")
            leaf["value"] = self._listed(lambda: self._value(field))
        elif op == kinds.BETWEEN:
            least = self._value(field)
            self._expect("and")
            leaf["value"] = [least, self._value(field)]
        elif op != kinds.EMPTY:
            leaf["value"] = self._value(field)
        parse(leaf)  # what is wrong with it, is wrong here
        return leaf

    def _field(self, first: Token) -> Field:
        """By as many words as make a name together."""
        words = self._tokens[self._at : self._at + MOST_WORDS_OF_A_NAME]
        for count in range(len(words), 0, -1):
            some = words[:count]
            if all(token.kind == WORD for token in some) or (count == 1 and some[0].kind == STRING):
                found = self._names.get(
                    "_".join(some[0].text.split() if count == 1 else [token.text for token in some])
                )
                if found is not None and found.ops_for(self._sight):
                    self._at += count
                    return found
        self._take()
        if first.kind not in {WORD, STRING}:
            raise self._refusal(
                first, _("Here the name of a field is missing, before %(found)s.") % {"found": first.shown}
            )
        close = ", ".join(self._names.close_to(first.text))
        raise self._refusal(
            first,
            _("There is no field %(found)s. Did you mean: %(close)s?") % {"found": first.shown, "close": close}
            if close
            else _("There is no field %(found)s.") % {"found": first.shown},
        )

    def _operator(self, field: Field) -> str:
        at = self._next
        found = next((op for words, op in OPERATORS if self._words(*words)), None)
        known = field.ops_for(self._sight)
        if found == "filled" and kinds.EMPTY in known:
            return found
        fitting = OF_SEVERAL.get(found or "", found) if kinds.HAS in known else found
        if fitting in known:
            return fitting or ""
        raise self._refusal(
            at,
            _("“%(field)s” is compared by one of: %(ops)s.") % {"field": field.label, "ops": ", ".join(_typed(known))},
        )

    def _value(self, field: Field) -> Any:
        first = self._next
        if field.kind is kinds.DATE:
            return self._day()
        token = self._take()
        if token.kind in {END, SIGN, JSON}:
            raise self._refusal(token, _("Here a value is missing, before %(found)s.") % {"found": token.shown})
        text = token.text
        if token.kind == STRING and field.things is not None and text.startswith("#"):
            raise self._refusal(token, _("Write a number without quotation marks, as #17."))
        with self.placed(first):
            return (
                Decimal(text)
                if token.kind == NUMBER and field.kind in (kinds.NUMBER, kinds.MONEY)
                else json_of(field, text, self._sight)
            )

    # --- what customers did

    def _condition(self, first: Token) -> dict[str, Any] | None:
        if self._words("no", "contact", "for"):
            days = self._whole()
            self._take_any("day", "days")
            return self._checked({"no_contact_for": {"days": days}})
        ahead = self._tokens[min(self._at + 1, len(self._tokens) - 1)]
        if first.kind == WORD and registry.condition(first.lower) and ahead.kind == JSON:
            self._at += 2
            return self._checked({first.lower: json.loads(ahead.text)})
        if self._words("bought"):
            return self._checked({"bought": {**self._bought(), **self._often(), **self._period()}})
        if self._words("did"):
            event = self._take().text
            of = {"product": self._thing(PRODUCTS)} if self._words("of") else {}
            return self._checked({"did": {"event": event, **of, **self._often(), **self._period()}})
        return None

    def _checked(self, leaf: dict[str, Any]) -> dict[str, Any]:
        parse(leaf)
        return leaf

    def _bought(self) -> dict[str, int]:
        if self._words("anything"):
            return {}
        if self._words("category"):
            return {"category": self._thing(CATEGORIES)}
        self._words("product")
        return {"product": self._thing(PRODUCTS)}

    def _thing(self, things: Things) -> int:
        token = self._take()
        if token.kind not in {STRING, WORD, ID, NUMBER}:
            raise self._refusal(token, _("Here a name is missing, before %(found)s.") % {"found": token.shown})
        with self.placed(token):
            return thing_json(things, token.text, self._sight)

    def _often(self) -> dict[str, int]:
        if self._words("once"):
            return {}
        if self._words("twice"):
            return {"at_least": 2}
        if not self._words("at", "least"):
            return {}
        times = self._whole()
        self._take_any("time", "times")
        return {"at_least": times}

    def _period(self) -> dict[str, Any]:
        since = {"since": self._day()} if self._words("since") else {}
        return {**since, **({"until": self._day()} if self._words("until") else {})}

    def _whole(self) -> int:
        token = self._take()
        with self.placed(token):
            return whole_json(token.text)

    def _day(self) -> Any:
        first = self._next
        if first.kind == NUMBER or first.lower == "in":
            said = f"{self._take().text} {self._take().text} {self._take().text}"
        else:
            said = self._take().text
        with self.placed(first):
            return day_json_of(said)

    def _take_any(self, *words: str) -> None:
        if self._next.lower not in words:
            raise self._refusal(
                self._next,
                _("Here “%(sign)s” is missing, before %(found)s.") % {"sign": words[-1], "found": self._next.shown},
            )
        self._take()


def _typed(ops: tuple[str, ...]) -> list[str]:
    """As they are typed: the first way to say each."""
    ways = {op: " ".join(words) for words, op in reversed(OPERATORS)}
    return [ways.get(op, op) for op in ops]
