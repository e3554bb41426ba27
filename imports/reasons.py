"""Why a row, or a cell of it, is not taken over: as a code in the database, in words for people."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _


class Reason(models.TextChoices):
    # Found by the reader.
    WIDTH = "width", _("The row has another number of cells than the header.")
    OPEN_QUOTE = "open_quote", _("A quotation mark opens here that is never closed.")
    NUL = "nul", _("The row holds a NUL character: the file is damaged here.")
    # Found in one cell.
    MISSING = "missing", _("It is empty, but needed.")
    NOT_A_NUMBER = "not_a_number", _("This is not a number.")
    TOO_LARGE = "too_large", _("This number is too large.")
    TOO_MANY_DECIMALS = (
        "too_many_decimals",
        _("This number has more decimals than are kept: an amount takes as many as your currency has, a number six."),
    )
    NEGATIVE = "negative", _("This number must not be below zero.")
    NOT_A_SHARE = "not_a_share", _("This must be a share between 0 and 1.")
    NOT_A_DATE = "not_a_date", _("This is not a date that can be read.")
    IMPLAUSIBLE_DAY = "implausible_day", _("There is no such day, or it is too early or too far ahead. Check the year.")
    NOT_A_CHOICE = "not_a_choice", _("This is none of the known values.")
    NOT_A_CURRENCY = "not_a_currency", _("This is no currency code such as EUR.")
    NOT_AN_EMAIL = "not_an_email", _("This is not an e-mail address.")
    NOT_A_PHONE = "not_a_phone", _("This is not a phone number.")
    NOT_A_WEBSITE = "not_a_website", _("This is not the address of a website.")
    TOO_LONG = "too_long", _("This text is too long.")
    # Found between rows, or against the database.
    REPEATED = "repeated", _("The same number stands in an earlier row of the file.")
    TWO_CUSTOMERS = "two_customers", _("The rows of this document name different customers.")
    TWO_CURRENCIES = "two_currencies", _("The rows of this document name different currencies.")
    TWO_KINDS = "two_kinds", _("The rows of this document are of different kinds.")
    NO_RATE = (
        "no_rate",
        _(
            "There is no exchange rate for this currency on this day. An admin can add it, or change the organisation's"
            " currency, under Administration."
        ),
    )
    IS_ORDER = "is_order", _("This refund has the number of an order that is already known.")
    IS_REFUND = "is_refund", _("This order has the number of a refund that is already known.")
    UNKNOWN_COUNTRY = "unknown_country", _("This country is not known by that name; it is kept as the region.")
    UNKNOWN_OWNER = "unknown_owner", _("Nobody with this e-mail address works here.")
    UNKNOWN_CUSTOMER = "unknown_customer", _("No customer has this number.")
    UNKNOWN_ORDER = "unknown_order", _("No order has this number.")
    ERASED = "erased", _("This person was erased on their request and must not come back; the row is not kept.")
