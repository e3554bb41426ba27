"""What people type says what the JSON says: each way, there and back."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from django.utils import translation
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from accounts.models import Role
from customers.filters import Field, kinds, parse, registry
from customers.filters.typed import TypedError, read_typed, write_typed
from customers.models import Category, Event, Tag
from tests.customers.custom import create_field
from tests.customers.filters.samples import leaves_of
from tests.factories import create_customer, create_product, create_team, create_user

pytestmark = pytest.mark.django_db
SEGMENT = {"field": "rfm.segment", "op": "is", "value": "champions"}


def read(text: str, **others: Any):
    return read_typed(text, **others)


def same(text: str, data: dict[str, Any]) -> None:
    assert read(text) == parse(data)


def test_the_example_of_the_manual():
    same("segment = champions and no contact for 90 days", {"and": [SEGMENT, {"no_contact_for": {"days": 90}}]})


def test_words_and_signs_and_labels_say_the_same():
    stage = {"field": "lifecycle", "op": "is", "value": "lead"}
    for text in ("lifecycle = lead", "stage is Lead", 'Stage: "lead"', "STAGE IS LEAD"):
        same(text, stage)
    for text in (
        "customer since >= 2025-01-31",
        "customer_since on or after 2025-01-31",
        "“Customer since” ≥ 2025-01-31",
    ):
        same(text, {"field": "customer_since", "op": ">=", "value": "2025-01-31"})
    same("last order before 90 days ago", {"field": "last_order", "op": "<", "value": {"days_ago": 90}})
    same("age between 30 and 39", {"field": "age", "op": "between", "value": [30, 39]})
    same("email is not empty", {"not": {"field": "email", "op": "is_empty"}})
    same("annual income > 50000.50", {"field": "annual_income", "op": ">", "value": "50000.5"})
    same("objected to profiling = yes", {"field": "objected_to_profiling", "op": "is", "value": True})
    with translation.override("zh-hans"):
        same("阶段 = 线索", stage)


def test_not_binds_before_and_and_that_before_or():
    lead, former = ({"field": "lifecycle", "op": "is", "value": each} for each in ("lead", "former"))
    same("not stage = lead and stage = former or stage = lead", {"or": [{"and": [{"not": lead}, former]}, lead]})
    same("not (stage = lead or stage = former)", {"not": {"or": [lead, former]}})
    same("all(stage = lead)", {"and": [lead]})
    same("", {"and": []})


def test_things_are_found_by_name_or_number():
    vip, lamp = Tag.objects.create(name="VIP"), create_product("Lamp")
    sofas, ada = Category.objects.create(name="Sofas"), create_user(name="Ada Lovelace")
    same("tags has vip", {"field": "tags", "op": "has", "value": vip.pk})
    same("tags in (VIP, #99)", {"field": "tags", "op": "has_any", "value": [vip.pk, 99]})
    same('owner = "ada lovelace"', {"field": "owner", "op": "is", "value": ada.pk})
    same(
        'bought "Lamp" at least 2 times since 30 days ago until today',
        {"bought": {"product": lamp.pk, "at_least": 2, "since": {"days_ago": 30}, "until": {"days_ago": 0}}},
    )
    same("bought category Sofas", {"bought": {"category": sofas.pk}})
    same("did visit of #7 twice", {"did": {"event": "visit", "product": 7, "at_least": 2}})
    create_user(name="Ada Lovelace")
    with pytest.raises(TypedError, match="Several are called"):
        read('owner = "Ada Lovelace"')


def test_nobody_finds_a_customer_by_name_whom_they_do_not_see():
    create_customer("Huaxin", kind="organisation", owner=create_user(team=create_team()))
    with pytest.raises(TypedError, match="Nothing is called"):
        read("organisation = Huaxin", sight=create_user(Role.SALES).sight)


REFUSED = [
    ("segmnt = lead", "segmnt", "Did you mean"),
    ("stage = king", "king", "no choice of “Stage”"),
    ("stage contains lead", "contains", "compared by one of"),
    ("stage = lead stage = former", "stage", "“and” or “or”"),
    ("(stage = lead", "", "“)” is missing"),
    ("stage =", "", "value is missing"),
    ("and stage = lead", "and", "no field"),
    ("= lead", "=", "name of a field is missing"),
    ('name = "Ada', '"', "has no end"),
    ("age > old", "old", "whole number"),
    ("created > 2026-02-30", "created > 2026-02-30", "no such day"),
    ("created > soon", "soon", "30 days ago"),
    ("no contact for 90", "", "“days” is missing"),
    ("did dance", "did dance", "one of"),
    ('bought "Nothing"', '"Nothing"', "Nothing is called"),
    ("stage = lead ; DROP TABLE", ";", "no meaning"),
    ('name = ""', 'name = ""', "is empty"),
    ("not " * 60 + "stage = lead", "not", "deep"),
    ("x" * 20_001, "x", "longer than"),
]  # fmt: skip


@pytest.mark.parametrize(("text", "wrong", "words"), REFUSED)
def test_it_refuses_with_the_place_and_the_reason(text, wrong, words):
    with pytest.raises(TypedError) as refused:
        read(text)
    assert words in refused.value.message
    assert text[refused.value.start : refused.value.end] == wrong


def test_what_is_masked_is_neither_known_nor_repeated():
    viewer = create_user(Role.VIEWER).sight
    with pytest.raises(TypedError, match="no field"):
        read("age > 30", sight=viewer)
    written = write_typed(parse({"field": "email", "op": "is", "value": "ada@example.org"}), sight=viewer)
    assert written == 'email = ""'


PIECES = [
    "(",
    ")",
    "and",
    "or",
    "not",
    "stage",
    "=",
    "lead",
    '"x"',
    "in",
    ",",
    "30",
    "days",
    "ago",
    "bought",
    "{",
    "#7",
    "<",
]


# --- there and back ---------------------------------------------------------------------------------------------------


def test_every_comparison_of_every_field_comes_back():
    create_field("not", kind="text")
    choices = [{"key": key, "label": key} for key in ("a b", "and", "in", "7", "#8", "“x”")]
    create_field("segment", kind="choice", choices=choices)
    for field in registry.fields():
        for leaf in leaves_of(field):
            expression = parse(leaf)
            assert read(write_typed(expression)) == expression, leaf


@pytest.fixture
def known():
    """Names that are hard to write."""
    create_field("note", kind="text")
    return {
        "tags": [Tag.objects.create(name=name).pk for name in ("VIP", "a, b) or (c", "#7", 'says "no"', "and")],
        "owner": [create_user(name=name).pk for name in ("Ada", "ada", "Bob \\ “x”")],
        "product": [create_product(name).pk for name in ("Lamp", "today", "at least 2")],
    }


def days() -> st.SearchStrategy[Any]:
    fixed = st.dates(dt.date(1800, 1, 1), dt.date(2999, 12, 31)).map(dt.date.isoformat)
    relative = st.builds(
        lambda name, count: {name: count}, st.sampled_from(["days_ago", "days_ahead"]), st.integers(0, 9999)
    )
    return fixed | relative


def texts() -> st.SearchStrategy[str]:
    alphabet = st.characters(exclude_categories=["Cs"], exclude_characters="\x00")
    return st.text(alphabet, min_size=1, max_size=20).filter(lambda text: len(text.strip()) > 0)


def values(field: Field, known: dict[str, list[int]]) -> st.SearchStrategy[Any]:
    if field.choices is not None:
        return st.sampled_from([key for key, _label in field.choices()])
    of_kind: dict[str, st.SearchStrategy[Any]] = {
        "integer": st.integers(-(2**31) + 1, 2**31 - 1),
        "date": days(),
        "boolean": st.booleans(),
        "number": st.decimals(-(10**14), 10**14, places=3).map(lambda number: f"{number:f}"),
    }
    of_kind["money"] = of_kind["number"]
    of_kind["reference"] = of_kind["references"] = st.sampled_from([*known.get(field.key, []), 7, 2**62])
    return of_kind.get(field.kind.name, texts())


def comparisons(field: Field, known: dict[str, list[int]]) -> st.SearchStrategy[dict[str, Any]]:
    value = values(field, known)

    def leaf(op: str) -> st.SearchStrategy[dict[str, Any]]:
        said = {"field": st.just(field.key), "op": st.just(op)}
        if op in kinds.LISTS:
            return st.fixed_dictionaries({**said, "value": st.lists(value, min_size=1, max_size=3)})
        if op in kinds.PAIRS:
            return st.fixed_dictionaries({**said, "value": st.lists(value, min_size=2, max_size=2)})
        return st.fixed_dictionaries(said if op in kinds.NO_VALUE else {**said, "value": value})

    return st.sampled_from(field.ops or field.kind.ops).flatmap(leaf)


def expressions(known: dict[str, list[int]]) -> st.SearchStrategy[dict[str, Any]]:
    fields = [field for field in registry.fields() if field.choices is None or field.choices()]
    often = {"at_least": st.integers(1, 1000), "since": days(), "until": days()}
    product = {"product": st.sampled_from([*known["product"], 2**62])}
    leaf = (
        st.sampled_from(fields).flatmap(lambda field: comparisons(field, known))
        | st.fixed_dictionaries({"bought": st.fixed_dictionaries({}, optional={**product, **often})})
        | st.fixed_dictionaries(
            {"did": st.fixed_dictionaries({"event": st.sampled_from(Event.Kind.values)}, optional={**product, **often})}
        )
        | st.fixed_dictionaries({"no_contact_for": st.fixed_dictionaries({"days": st.integers(1, 100_000)})})
    )
    return st.recursive(
        leaf,
        lambda part: (
            st.fixed_dictionaries({"not": part})
            | st.fixed_dictionaries({"and": st.lists(part, max_size=3)})
            | st.fixed_dictionaries({"or": st.lists(part, max_size=3)})
        ),
        max_leaves=6,
    )


def depth(data: Any) -> int:
    inner = [*(data.get("and") or data.get("or") or []), *([data["not"]] if "not" in data else [])]
    return 1 + max((depth(part) for part in inner), default=0)


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_whatever_can_be_asked_is_written_and_read_back(known, data):
    asked = data.draw(expressions(known).filter(lambda each: depth(each) <= 9))
    expression = parse(asked)
    assert read(write_typed(expression)) == expression


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(text=st.text(max_size=40) | st.lists(st.sampled_from(PIECES), max_size=9).map(" ".join))
def test_any_text_is_read_or_refused_within_itself(known, text):
    start, end = placed(text)
    assert 0 <= start < end <= len(text) + 1


def placed(text: str) -> tuple[int, int]:
    """Where the text is refused; its beginning where it is not."""
    try:
        read(text)
    except TypedError as error:
        return error.start, error.end
    return 0, 1
