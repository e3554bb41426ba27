"""How a file of another system is read: a TOML file that names its columns, checked before anything is imported."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, fields
from pathlib import Path
from typing import Any
from zoneinfo import available_timezones

from django.utils.translation import gettext as _

from customers.custom_fields import definitions
from customers.models import CustomField
from imports.errors import ImportFileError
from imports.fields import FIELDS
from imports.models import Kind

FOLDER = Path(__file__).parent / "mappings"
PLACEHOLDER = re.compile(r"\{([^{}]+)\}")

# What custom fields of customers are called, before their keys.
CUSTOM = "custom."
# The kinds of files whose rows may say custom fields, and of which record.
RECORDS: dict[str, str] = {
    Kind.CUSTOMERS: CustomField.Record.CUSTOMER,
    Kind.PRODUCTS: CustomField.Record.PRODUCT,
    Kind.ORDERS: CustomField.Record.ORDER,
}

Column = str | list[str]


@dataclass(frozen=True)
class DocumentRule:
    """Which documents of a file of orders are refunds, or adjustments of the stock."""

    number_starts_with: str = ""
    negative_quantity: bool = False


@dataclass(frozen=True)
class FileMapping:
    """One layout. `columns` says for each field where it stands: in a column (`"InvoiceNo"`), in several one after the
    other (`["given_name", "surname"]`), or put together from columns that must all be filled (`"{id}-{date}"`)."""

    kind: str
    title: str = ""
    source: str = ""
    # How the file is written; what is not stated is found out.
    encoding: str = ""
    delimiter: str = ""  # one character, or "whitespace"
    header: list[str] = field(default_factory=list)  # the columns' names where the file has none
    # How it is read.
    date_order: str = ""  # ymd, dmy or mdy
    decimal: str = "point"  # or comma
    time_zone: str = ""  # of times that state none; "" is the organisation's
    columns: dict[str, Column] = field(default_factory=dict)
    constants: dict[str, str] = field(default_factory=dict)
    countries: dict[str, str] = field(default_factory=dict)
    refunds: DocumentRule | None = None
    adjustments: DocumentRule | None = None
    optional_columns: bool = False  # columns of fields that are not needed may be missing from the file

    def columns_of(self, name: str) -> list[str]:
        """The columns that a field is read from."""
        return columns_in(self.columns[name]) if name in self.columns else []

    def as_json(self) -> dict[str, Any]:
        """What is not at its default; `FileMapping.read` takes it back."""
        plain: dict[str, Any] = {}
        for item in fields(self):
            value = getattr(self, item.name)
            if value not in ("", [], {}, None, False):
                plain[item.name] = asdict(value) if isinstance(value, DocumentRule) else value
        return plain

    @classmethod
    def read(cls, content: Mapping[str, Any], *, where: str) -> FileMapping:
        """The mapping that is written in `content`; `where` names it in what is said about its mistakes."""
        return _Checker(content, where).checked()


def columns_in(column: Column) -> list[str]:
    if isinstance(column, list):
        return column
    return PLACEHOLDER.findall(column) or [column]


def available() -> list[str]:
    return sorted(path.stem for path in FOLDER.glob("*.toml"))


def load(name: str, *, kind: str) -> FileMapping:
    """A mapping of ours by its name (`meridian` has one for each kind), or one in a file of the user's."""
    path = next((path for path in _candidates(name, kind) if path.is_file()), None)
    if path is None:
        raise ImportFileError(
            _("There is no mapping “%(name)s”. Give the path of a TOML file, or one of: %(known)s.")
            % {"name": name, "known": ", ".join(available())}
        )
    try:
        content = tomllib.loads(path.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, OSError) as error:
        raise ImportFileError(
            _("The mapping %(path)s cannot be read: %(error)s.") % {"path": path, "error": error}
        ) from None
    mapping = FileMapping.read(content, where=str(name))
    if mapping.kind != kind:
        raise ImportFileError(
            _("The mapping “%(name)s” reads %(theirs)s, but %(ours)s were asked for. Use --kind %(theirs)s.")
            % {"name": name, "theirs": mapping.kind, "ours": kind}
        )
    return mapping


def _candidates(name: str, kind: str) -> list[Path]:
    ours = [FOLDER / f"{name}.toml", FOLDER / f"{name}_{kind}.toml"] if re.fullmatch(r"\w+", name) else []
    return [*ours, Path(name)]


class _Checker:
    """Says what is wrong with the content of a mapping, and where."""

    TEXTS = ("kind", "title", "source", "encoding", "delimiter", "date_order", "decimal", "time_zone")
    CHOICES: Mapping[str, Sequence[str]] = {
        "kind": tuple(FIELDS),
        "date_order": ("ymd", "dmy", "mdy"),
        "decimal": ("point", "comma"),
    }

    def __init__(self, content: Mapping[str, Any], where: str) -> None:
        self.content, self.where = content, where

    def checked(self) -> FileMapping:
        known = {item.name for item in fields(FileMapping)}
        for name in self.content:
            self.require(name in known, name, _("is not known; known are %s") % ", ".join(sorted(known)))
        values = dict(self.content)
        for name in self.TEXTS:
            self.require(isinstance(values.get(name, ""), str), name, _("must be a text"))
        for name, choices in self.CHOICES.items():
            needed = name == "kind"
            self.require(
                values.get(name, "" if needed else choices[0]) in choices, name, _("must be %s") % " / ".join(choices)
            )
        self._check_reading(values)
        for name in ("constants", "countries"):
            values[name] = self._texts(name)
        values["columns"] = self._columns()
        self._check_fields(values["kind"], {**values["columns"], **values["constants"]})
        for name in ("refunds", "adjustments"):
            values[name] = self._rule(name)
        return FileMapping(**values)

    def require(self, condition: bool, name: str, complaint: str) -> None:
        if not condition:
            raise ImportFileError(
                _("The mapping “%(mapping)s” has a mistake: “%(name)s” %(complaint)s.")
                % {"mapping": self.where, "name": name, "complaint": complaint}
            )

    def _check_reading(self, values: Mapping[str, Any]) -> None:
        delimiter = values.get("delimiter", "")
        self.require(
            len(delimiter) <= 1 or delimiter == "whitespace", "delimiter", _("must be one character, or “whitespace”")
        )
        self.require(delimiter not in {'"', "\n", "\r"}, "delimiter", _("cannot be this character"))
        zone = values.get("time_zone", "")
        self.require(not zone or zone in available_timezones(), "time_zone", _("must be one like Europe/Berlin"))
        header = values.get("header", [])
        self.require(_is_list_of_texts(header), "header", _("must be a list of names"))
        self.require(len(set(header)) == len(header), "header", _("names a column twice"))
        self.require(
            isinstance(values.get("optional_columns", False), bool), "optional_columns", _("must be true or false")
        )
        encoding = values.get("encoding", "")
        try:
            "".encode(encoding or "utf-8")
        except LookupError:
            self.require(False, "encoding", _("must be one like utf-8 or cp1252"))

    def _texts(self, name: str) -> dict[str, str]:
        table = self.content.get(name, {})
        self.require(isinstance(table, dict), name, _("must be a table"))
        for key, value in table.items():
            self.require(isinstance(value, str), f"{name}.{key}", _("must be a text"))
        return dict(table)

    def _columns(self) -> dict[str, Column]:
        table = self.content.get("columns", {})
        self.require(
            isinstance(table, dict) and bool(table), "columns", _("must be a table that names a column per field")
        )
        for name, column in table.items():
            good = (isinstance(column, str) and bool(column)) or (bool(column) and _is_list_of_texts(column))
            self.require(good, f"columns.{name}", _("must name a column, or a list of columns"))
        return dict(table)

    def _check_fields(self, kind: str, mapped: Mapping[str, Any]) -> None:
        known = {item.name for item in FIELDS[kind]}
        for name in mapped:
            if kind in RECORDS and name.startswith(CUSTOM):
                self._check_custom(kind, name)
                continue
            self.require(
                name in known,
                name,
                _("is no field of %(kind)s; its fields are %(known)s")
                % {"kind": kind, "known": ", ".join(item.name for item in FIELDS[kind])},
            )
        for item in FIELDS[kind]:
            self.require(
                not item.required or item.name in mapped, item.name, _("is needed, but no column is named for it")
            )

    def _check_custom(self, kind: str, name: str) -> None:
        known = [f"{CUSTOM}{field.key}" for field in definitions(RECORDS[kind])]
        self.require(
            name in known,
            name,
            _("is no custom field of %(kind)s; there are: %(known)s")
            % {"kind": kind, "known": ", ".join(known) or "–"},
        )
        column = self.content.get("columns", {}).get(name)
        is_one = isinstance(column, str) and not PLACEHOLDER.search(column)
        self.require(is_one, f"columns.{name}", _("is read from one column"))

    def _rule(self, name: str) -> DocumentRule | None:
        if name not in self.content:
            return None
        rule = self.content[name]
        known = {item.name: item.type for item in fields(DocumentRule)}
        self.require(isinstance(rule, dict) and bool(rule), name, _("must say which documents are meant"))
        for key, value in rule.items():
            self.require(key in known, f"{name}.{key}", _("is not known; known are %s") % ", ".join(known))
            wanted = str if key == "number_starts_with" else bool
            self.require(isinstance(value, wanted), f"{name}.{key}", _("has a value of the wrong type"))
        return DocumentRule(**rule)


def _is_list_of_texts(value: Any) -> bool:
    return isinstance(value, list) and all(isinstance(item, str) and item for item in value)
