"""Mappings: ours are sound, and a mistake in one is named."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from imports.errors import ImportFileError
from imports.fields import FIELDS, plain
from imports.mapping import FileMapping, available, load

GOOD: dict[str, Any] = {"kind": "products", "columns": {"sku": "Article"}}


@pytest.mark.parametrize("name", available())
def test_our_mappings_are_read_and_survive_being_stored(name: str):
    kind = next(kind for kind in FIELDS if _loads(name, kind))
    mapping = load(name, kind=kind)
    assert FileMapping.read(mapping.as_json(), where=name) == mapping
    assert mapping.title


def _loads(name: str, kind: str) -> bool:
    try:
        load(name, kind=kind)
    except ImportFileError:
        return False
    return True


@pytest.mark.parametrize("kind", FIELDS)
def test_there_is_a_default_mapping_with_every_field(kind: str):
    assert set(load("meridian", kind=kind).columns) == {item.name for item in FIELDS[kind]}


@pytest.mark.parametrize("kind", FIELDS)
def test_no_header_could_mean_two_fields(kind: str):
    names = Counter(name for item in FIELDS[kind] for name in {plain(item.name), *map(plain, item.names)})
    # Our own names are matched first, so they may be a further name of another field.
    own = {plain(item.name) for item in FIELDS[kind]}
    assert [name for name, count in names.items() if count > 1 and name not in own] == []


@pytest.mark.parametrize(
    ("mistake", "complaint"),
    [
        ({"kind": "invoices"}, "“kind” must be"),
        ({"colour": "red"}, "“colour” is not known"),
        ({"columns": {}}, "“columns” must be a table"),
        ({"columns": {"sku": ""}}, "“columns.sku” must name a column"),
        ({"columns": {"sku": "Article", "shoe_size": "Size"}}, "“shoe_size” is no field of products"),
        ({"columns": {"product_name": "Name"}}, "“sku” is needed"),
        ({"constants": {"currency": 5}}, "“constants.currency” must be a text"),
        ({"delimiter": "::"}, "“delimiter” must be one character"),
        ({"time_zone": "Berlin"}, "“time_zone” must be one like Europe/Berlin"),
        ({"encoding": "utf-9"}, "“encoding” must be one like"),
        ({"date_order": "ydm"}, "“date_order” must be"),
        ({"header": ["a", "a"]}, "“header” names a column twice"),
        ({"refunds": {}}, "“refunds” must say which documents"),
        ({"refunds": {"prefix": "C"}}, "“refunds.prefix” is not known"),
        (
            {"adjustments": {"negative_quantity": "yes"}},
            "“adjustments.negative_quantity” has a value of the wrong type",
        ),
        ({"optional_columns": "yes"}, "“optional_columns” must be true or false"),
    ],
)
def test_mistake_is_named(mistake: dict[str, Any], complaint: str):
    with pytest.raises(ImportFileError) as refused:
        FileMapping.read({**GOOD, **mistake}, where="shop.toml")
    assert complaint in str(refused.value)
    assert "shop.toml" in str(refused.value)


def test_unknown_mapping_lists_ours():
    with pytest.raises(ImportFileError, match=r"no mapping “nowhere”.*online_retail"):
        load("nowhere", kind="orders")


def test_mapping_of_another_kind_is_refused():
    with pytest.raises(ImportFileError, match="reads orders, but customers were asked for"):
        load("superstore", kind="customers")


def test_mapping_may_be_a_file_of_the_user(tmp_path: Path):
    file = tmp_path / "shop.toml"
    file.write_text('kind = "products"\n[columns]\nsku = "Article"\n', encoding="utf-8")
    assert load(str(file), kind="products").columns == {"sku": "Article"}
    file.write_text("kind = products", encoding="utf-8")
    with pytest.raises(ImportFileError, match="cannot be read"):
        load(str(file), kind="products")
