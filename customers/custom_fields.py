"""Values of custom fields: read strictly, kept in one form for each kind, shown as each person may see them.

A record keeps them in its column `custom`, by the field's key, where nothing is kept for what has no value:

* text, link: the text; choice: the choice's key; date: "2026-01-31"; yes_no: true or false
* number, money: text of digits, point and sign ("-12.5"), since JSON numbers would be read as doubles; of money with no
  more decimals than the organisation's currency has
* multi_choice: the choices' keys, in the order of the field's choices
* sensitive text: base64 of `protection.crypto.seal`, searched by its blind index
"""

from __future__ import annotations

import base64
import datetime as dt
import re
import unicodedata
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Any

from django.core.exceptions import ValidationError
from django.core.validators import URLValidator
from django.utils.translation import gettext as _

from accounts.visibility import Sight
from core.models import OrganisationSettings
from core.money import minor_digits
from core.once_a_request import once_a_request
from core.templatetags.ui import day as day_words
from core.templatetags.ui import money as money_words
from core.templatetags.ui import number as number_words
from core.text import without_direction_controls
from customers.models import Customer, CustomField, Order, Product
from protection import crypto
from protection.fields import MASK
from protection.masking import shown

Kind = CustomField.Kind

MAX_TEXT = 500
MAX_SENSITIVE = 200
NUMBER_LIMIT = Decimal(10) ** 15
MAX_DECIMALS = 6
TOO_LARGE, TOO_MANY_DECIMALS = "too_large", "too_many_decimals"
FIRST_DAY, LAST_DAY = dt.date(1800, 1, 1), dt.date(2999, 12, 31)
YES, NO = {"true", "yes", "y", "1", "on"}, {"false", "no", "n", "0", "off"}

is_web_address = URLValidator(schemes=["http", "https"])


class InvalidValues(ValueError):
    """`errors`: for each key what is wrong with its value."""

    def __init__(self, errors: Mapping[str, str]) -> None:
        super().__init__("; ".join(f"{key}: {error}" for key, error in errors.items()))
        self.errors = dict(errors)


MODELS: dict[str, Any] = {
    CustomField.Record.CUSTOMER: Customer,
    CustomField.Record.PRODUCT: Product,
    CustomField.Record.ORDER: Order,
}


def record_model(field: CustomField) -> Any:
    """The model whose rows keep the field's values."""
    return MODELS[field.applies_to]


def definitions(applies_to: str) -> list[CustomField]:
    """Those in use, in their order."""
    return [field for field in _in_use() if field.applies_to == applies_to]


@once_a_request
def _in_use() -> list[CustomField]:
    return list(CustomField.objects.filter(archived_at=None))


# --- writing ----------------------------------------------------------------------------------------------------------


def clean(
    applies_to: str, raw: Any, *, partial: bool = False, fields: Sequence[CustomField] | None = None
) -> dict[str, Any]:
    """Values in the form in which they are kept, None for those that are to be taken away; `merged` applies them.

    `raw` maps keys to what a form, a file or the API brought. Keys that are not named are taken away, unless it is
    `partial`. Raises InvalidValues.
    """
    if not isinstance(raw, Mapping):
        raise InvalidValues({"": _("Custom fields are an object with a value for each key.")})
    known = {field.key: field for field in (definitions(applies_to) if fields is None else fields)}
    cleaned: dict[str, Any] = {}
    errors = {str(key)[:80]: _("There is no such field.") for key in raw if key not in known}
    for key, field in known.items():
        if (partial and key not in raw) or (field.is_encrypted and raw.get(key) == MASK):
            continue  # dots are how a page, a file or an answer shows what is kept: sent back, they change nothing
        try:
            cleaned[key] = clean_value(field, raw.get(key))
        except ValidationError as error:
            errors[key] = " ".join(error.messages)
    if errors:
        raise InvalidValues(errors)
    return cleaned


def merged(current: Mapping[str, Any], cleaned: Mapping[str, Any]) -> dict[str, Any]:
    """What a record keeps from now on. Values of archived fields stay."""
    kept = {**current, **cleaned}
    return {key: value for key, value in kept.items() if value is not None}


def clean_value(field: CustomField, raw: Any, *, currency: str = "") -> Any:
    """One value as it is kept, or None. Whoever reads many says the organisation's currency, and spares queries.
    Raises ValidationError, with a code where a number has too many digits."""
    if isinstance(raw, str):
        raw = without_direction_controls(unicodedata.normalize("NFC", raw)).strip()
    if raw is None or raw in ("", [], ()):
        if field.is_required:
            raise ValidationError(_("This field is required."))
        return None
    if field.is_encrypted:
        return _sealed(field, raw)
    if field.kind == Kind.MONEY:
        return _money(field, raw, currency or OrganisationSettings.current().currency)
    return _READERS[Kind(field.kind)](field, raw)


def context_of(field: CustomField) -> str:
    """What encryption binds a value to, so that it does not decrypt in another field."""
    return f"custom.{field.applies_to}.{field.key}"


def _text(field: CustomField, raw: Any, *, most: int = MAX_TEXT) -> str:
    if not isinstance(raw, str):
        raise ValidationError(_("This must be text."))
    if "\x00" in raw or any("\ud800" <= character <= "\udfff" for character in raw):
        raise ValidationError(_("The text holds a character that cannot be stored."))
    if len(raw) > most:
        raise ValidationError(_("At most %(limit)d characters.") % {"limit": most})
    return raw


def _sealed(field: CustomField, raw: Any) -> str:
    text = _text(field, raw, most=MAX_SENSITIVE)
    return base64.b64encode(crypto.seal(text, context=context_of(field))).decode()


def _link(field: CustomField, raw: Any) -> str:
    text = _text(field, raw)
    try:
        is_web_address(text)
    except ValidationError:
        raise ValidationError(_("Write a link that begins with https://.")) from None
    return text


def _number(field: CustomField, raw: Any) -> str:
    if isinstance(raw, bool) or not isinstance(raw, int | float | Decimal | str):
        raise ValidationError(_("This must be a number."))
    if isinstance(raw, str) and not re.fullmatch(r"[+-]?[0-9]+(\.[0-9]+)?", raw, re.ASCII):
        raise ValidationError(_("Write a number with digits and a point, such as 12.50."))
    try:
        value = Decimal(repr(raw) if isinstance(raw, float) else raw)
    except InvalidOperation:
        raise ValidationError(_("This must be a number.")) from None
    if not value.is_finite() or abs(value) >= NUMBER_LIMIT:
        raise ValidationError(_("At most 15 digits before the point."), code=TOO_LARGE)
    if value != value.quantize(Decimal(1).scaleb(-MAX_DECIMALS)):
        raise ValidationError(_("At most %(digits)d decimals.") % {"digits": MAX_DECIMALS}, code=TOO_MANY_DECIMALS)
    plain = format(value, "f")
    plain = plain.rstrip("0").rstrip(".") if "." in plain else plain
    return "0" if value == 0 else plain


def _money(field: CustomField, raw: Any, currency: str) -> str:
    amount, digits = _number(field, raw), minor_digits(currency)
    if len(amount.partition(".")[2]) <= digits:
        return amount
    said = {"currency": currency, "digits": digits, "example": f"{12.5:.{digits}f}"}
    if not digits:
        raise ValidationError(_("An amount in %(currency)s has no decimals.") % said, code=TOO_MANY_DECIMALS)
    raise ValidationError(
        _("An amount in %(currency)s has at most %(digits)d decimals, such as %(example)s.") % said,
        code=TOO_MANY_DECIMALS,
    )


def _date(field: CustomField, raw: Any) -> str:
    try:
        day = raw if isinstance(raw, dt.date) and not isinstance(raw, dt.datetime) else _iso_date(raw)
    except ValueError:
        raise ValidationError(_("Write the day as 2025-01-31.")) from None
    if not FIRST_DAY <= day <= LAST_DAY:
        raise ValidationError(_("The day must lie between the years 1800 and 2999."))
    return day.isoformat()


def _iso_date(raw: Any) -> dt.date:
    if not isinstance(raw, str) or not re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", raw):
        raise ValueError(raw)
    return dt.date.fromisoformat(raw)


def _choice(field: CustomField, raw: Any) -> str:
    """A choice by its key, or by its label in whatever case."""
    text = _text(field, raw)
    for key, label in choices_of(field):
        if text == key or text.casefold() == label.casefold():
            return key
    known = ", ".join(label for _key, label in choices_of(field)[:30])
    raise ValidationError(_("“%(value)s” is no choice. There are: %(known)s.") % {"value": text[:80], "known": known})


def _multi_choice(field: CustomField, raw: Any) -> list[str] | None:
    named = re.split(r"[,;]", raw) if isinstance(raw, str) else raw
    if not isinstance(named, list | tuple):
        raise ValidationError(_("This must be a list of choices."))
    chosen = {_choice(field, each.strip() if isinstance(each, str) else each) for each in named if each != ""}
    return [key for key, _label in choices_of(field) if key in chosen] or None


def _yes_no(field: CustomField, raw: Any) -> bool:
    if isinstance(raw, bool):
        return raw
    if isinstance(raw, str) and raw.casefold() in YES | NO:
        return raw.casefold() in YES
    raise ValidationError(_("This must be yes or no."))


_READERS: dict[CustomField.Kind, Callable[[CustomField, Any], Any]] = {
    Kind.TEXT: _text,
    Kind.LINK: _link,
    Kind.NUMBER: _number,
    Kind.DATE: _date,
    Kind.CHOICE: _choice,
    Kind.MULTI_CHOICE: _multi_choice,
    Kind.YES_NO: _yes_no,
}


# --- reading ----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class CustomValue:
    """A field with its value as the person sees it: `text` for pages ("" without one), `plain` for programs (None)."""

    field: CustomField
    text: str
    plain: Any
    is_masked: bool

    @property
    def is_link(self) -> bool:
        return self.field.kind == Kind.LINK and not self.is_masked


def values_of(
    applies_to: str, custom: Mapping[str, Any], *, sight: Sight, fields: Sequence[CustomField] | None = None
) -> Iterator[CustomValue]:
    """Every field in use with its value in `custom`. What is encrypted is dots to everybody; `reveal` reads one."""
    for field in definitions(applies_to) if fields is None else fields:
        yield _value(field, custom.get(field.key), sight)


def choices_of(field: CustomField) -> list[tuple[str, str]]:
    return [(str(choice["key"]), str(choice["label"])) for choice in field.choices]


def reveal(field: CustomField, stored: str) -> str:
    """What an encrypted value says. Whoever calls this logs that it was read. Raises `crypto.Undecryptable`."""
    return crypto.unseal(base64.b64decode(stored), context=context_of(field))


def _value(field: CustomField, stored: Any, sight: Sight) -> CustomValue:
    if stored is None:
        return CustomValue(field, "", None, is_masked=False)
    if field.is_encrypted:
        return CustomValue(field, MASK, MASK, is_masked=True)
    if field.confidential and sight.masks(field.confidential):
        dots = str(shown(sight, field.confidential, str(stored)))
        return CustomValue(field, dots, dots, is_masked=True)
    return CustomValue(field, in_words(field, stored), stored, is_masked=False)


def typed_values(custom: Mapping[str, Any], *, sight: Sight, fields: Sequence[CustomField]) -> Iterator[Any]:
    """Of each field, for spreadsheets: as `typed`, dots where it is hidden, None where there is nothing."""
    for field in fields:
        stored = custom.get(field.key)
        if stored is None:
            yield None
        elif field.is_encrypted or (field.confidential and sight.masks(field.confidential)):
            yield _value(field, stored, sight).text
        else:
            yield typed(field, stored)


def typed(field: CustomField, stored: Any) -> Any:
    """A kept value that is not encrypted, for spreadsheets: numbers and days as such, the rest in words."""
    if field.is_numeric:
        return Decimal(stored)
    return dt.date.fromisoformat(stored) if field.kind == Kind.DATE else in_words(field, stored)


def in_words(field: CustomField, stored: Any, *, currency: str = "") -> str:
    """A kept value that is not encrypted, in the reader's language. Whoever knows the organisation's currency says so,
    and spares a query."""
    if field.kind == Kind.YES_NO:
        return _("yes") if stored else _("no")
    if field.kind == Kind.DATE:
        return day_words(dt.date.fromisoformat(stored))
    if field.kind == Kind.MONEY:
        currency = currency or OrganisationSettings.current().currency
        return money_words(Decimal(stored).scaleb(minor_digits(currency)), currency)
    if field.kind == Kind.NUMBER:
        return number_words(Decimal(stored))
    if field.has_choices:
        labels = dict(choices_of(field))
        keys = stored if isinstance(stored, list) else [stored]
        return ", ".join(labels.get(key, str(key)) for key in keys)
    return str(stored)
