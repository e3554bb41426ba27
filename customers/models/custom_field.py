"""Fields that an organisation adds to its records without code; `customers.custom_fields` reads and checks values."""

from __future__ import annotations

from typing import ClassVar

from django.core.validators import RegexValidator
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from accounts.models import Confidential

custom_key = RegexValidator(
    r"^[a-z][a-z0-9_]{0,39}\Z", _("A key begins with a small letter; then come small letters, digits and “_”.")
)


class CustomFieldQuerySet(models.QuerySet["CustomField"]):
    def in_use(self) -> CustomFieldQuerySet:
        return self.filter(archived_at=None)


class CustomField(models.Model):
    """What is asked of customers, products or orders beside their own fields. `key` and `kind` never change: values
    are stored under the one in the form of the other. A field that is archived keeps its values and its key.
    """

    class Record(models.TextChoices):
        CUSTOMER = "customer", _("Customers")
        PRODUCT = "product", _("Products")
        ORDER = "order", _("Orders")

    class Kind(models.TextChoices):
        TEXT = "text", _("Text")
        NUMBER = "number", _("Number")
        MONEY = "money", _("Amount in your currency")
        DATE = "date", _("Day")
        CHOICE = "choice", _("One of several choices")
        MULTI_CHOICE = "multi_choice", _("Several choices")
        YES_NO = "yes_no", _("Yes or no")
        LINK = "link", _("Link")

    applies_to = models.CharField(_("of"), max_length=10, choices=Record, default=Record.CUSTOMER)
    key = models.CharField(
        _("key"),
        max_length=40,
        validators=[custom_key],
        help_text=_("What imports, filters and the API call it. It cannot be changed later."),
    )
    label = models.CharField(_("label"), max_length=80)
    kind = models.CharField(_("kind"), max_length=12, choices=Kind, default=Kind.TEXT)
    # [{"key": "gold", "label": "Gold"}, …] of the two kinds with choices; a key is never given to another choice.
    choices = models.JSONField(_("choices"), default=list, blank=True)
    is_required = models.BooleanField(_("required"), default=False)
    is_indexed = models.BooleanField(
        _("fast to search"), default=False, help_text=_("Makes an index: filters are quicker, changes a little slower.")
    )
    confidential = models.CharField(
        _("hidden as"),
        max_length=12,
        choices=Confidential,
        blank=True,
        help_text=_("From the roles that may not see such data. Sensitive numbers are encrypted as well."),
    )
    position = models.PositiveSmallIntegerField(_("position"), default=0)
    archived_at = models.DateTimeField(_("archived"), null=True, blank=True)
    created_at = models.DateTimeField(_("created"), auto_now_add=True)

    objects: ClassVar[models.Manager[CustomField]] = CustomFieldQuerySet.as_manager()

    class Meta:
        verbose_name = _("custom field")
        verbose_name_plural = _("custom fields")
        ordering = ["applies_to", "position", "label", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["applies_to", "key"], name="custom_field_key_unique"),
            models.CheckConstraint(
                condition=Q(applies_to__in=["customer", "product", "order"]), name="custom_field_record_known"
            ),
            models.CheckConstraint(
                condition=Q(kind__in=["text", "number", "money", "date", "choice", "multi_choice", "yes_no", "link"]),
                name="custom_field_kind_known",
            ),
            models.CheckConstraint(condition=Q(key__regex=r"^[a-z][a-z0-9_]{0,39}$"), name="custom_field_key_plain"),
            models.CheckConstraint(
                condition=~Q(confidential=Confidential.SENSITIVE) | Q(kind="text"),
                name="custom_field_encrypted_is_text",
            ),
        ]

    def __str__(self) -> str:
        return self.label

    @property
    def is_encrypted(self) -> bool:
        return self.confidential == Confidential.SENSITIVE

    @property
    def is_numeric(self) -> bool:
        return self.kind in {self.Kind.NUMBER, self.Kind.MONEY}

    @property
    def has_choices(self) -> bool:
        return self.kind in {self.Kind.CHOICE, self.Kind.MULTI_CHOICE}
