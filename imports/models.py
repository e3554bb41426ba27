"""What was imported, how it was read, and which rows were refused."""

from __future__ import annotations

from typing import Any

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from imports.reasons import Reason
from jobs.models import Job


class Kind(models.TextChoices):
    ORDERS = "orders", _("Orders")
    CUSTOMERS = "customers", _("Customers")
    PRODUCTS = "products", _("Products")
    EVENTS = "events", _("Events")


class Import(models.Model):
    """One file that was read, or is being read. `committed_at` is set in the transaction that writes its records."""

    job = models.OneToOneField(
        Job, verbose_name=_("job"), null=True, on_delete=models.SET_NULL, related_name="file_import"
    )
    kind = models.CharField(_("kind"), max_length=10, choices=Kind)
    file_name = models.CharField(_("file"), max_length=255)
    digest = models.CharField(_("SHA-256 of the file"), max_length=64, blank=True)
    source = models.CharField(_("system"), max_length=60)
    mapping = models.JSONField(_("mapping"), default=dict, blank=True)
    summary = models.JSONField(_("summary"), default=dict, blank=True)
    created_at = models.DateTimeField(_("begun"), auto_now_add=True)
    committed_at = models.DateTimeField(_("committed"), null=True, blank=True)

    class Meta:
        verbose_name = _("import")
        verbose_name_plural = _("imports")
        ordering = ["-id"]
        constraints = [
            models.CheckConstraint(condition=Q(kind__in=Kind.values), name="import_kind_known"),
            models.CheckConstraint(condition=~Q(source=""), name="import_names_its_source"),
        ]

    def __str__(self) -> str:
        return self.file_name


class RowProblem(models.Model):
    """Something in a row that could not be taken over.

    A rejected row brought nothing in and is kept whole (`cells`); of another only the named cell was left out. Both may
    hold personal data of people who never became customers.
    """

    file_import = models.ForeignKey(
        Import, verbose_name=_("import"), on_delete=models.CASCADE, related_name="row_problems"
    )
    row_number = models.PositiveBigIntegerField(_("row"))
    column = models.CharField(_("column"), max_length=200, blank=True)
    reason = models.CharField(_("reason"), max_length=30, choices=Reason)
    value = models.TextField(_("written"), blank=True)
    is_rejected = models.BooleanField(_("row rejected"), default=True)
    cells: models.JSONField[list[Any] | None, list[Any] | None] = models.JSONField(_("row"), null=True, blank=True)

    class Meta:
        verbose_name = _("problem of a row")
        verbose_name_plural = _("problems of rows")
        ordering = ["file_import", "row_number", "id"]

    def __str__(self) -> str:
        return f"{self.row_number}: {self.get_reason_display()}"


class Export(models.Model):
    """A file of records that somebody ordered. It lies in a private folder for some days, for nobody else.

    `customer_ids` are those in it, as of before it is written: an erasure of one of them withdraws the file.
    """

    class Format(models.TextChoices):
        CSV = "csv", "CSV"
        XLSX = "xlsx", "Excel (XLSX)"

    class Subject(models.TextChoices):
        CUSTOMERS = "customers", _("Customers")
        ORDERS = "orders", _("Orders")
        PRODUCTS = "products", _("Products")

    by = models.ForeignKey(User, verbose_name=_("ordered by"), on_delete=models.CASCADE, related_name="+")
    job = models.ForeignKey(Job, verbose_name=_("job"), null=True, on_delete=models.SET_NULL, related_name="+")
    subject = models.CharField(
        _("records"), max_length=10, choices=Subject, default=Subject.CUSTOMERS, db_default=Subject.CUSTOMERS
    )
    file_format = models.CharField(_("format"), max_length=4, choices=Format)
    selection: models.JSONField[dict[str, Any], dict[str, Any]] = models.JSONField(default=dict)
    customer_ids: models.Field[list[int], list[int]] = ArrayField(models.BigIntegerField(), default=list)
    file_name = models.CharField(_("file"), max_length=120, blank=True)
    rows = models.PositiveIntegerField(_("rows"), default=0)
    size_bytes = models.BigIntegerField(_("size"), default=0)
    created_at = models.DateTimeField(_("ordered"), auto_now_add=True)
    expires_at = models.DateTimeField(_("kept until"), null=True)
    withdrawn_at = models.DateTimeField(_("withdrawn"), null=True)

    class Meta:
        verbose_name = _("export")
        verbose_name_plural = _("exports")
        ordering = ["-id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(subject__in=["customers", "orders", "products"]), name="export_subject_known"
            )
        ]

    def __str__(self) -> str:
        return f"export #{self.pk}"

    @property
    def is_ready(self) -> bool:
        is_kept = self.expires_at is not None and self.expires_at > timezone.now()
        return bool(self.file_name) and is_kept and self.withdrawn_at is None
