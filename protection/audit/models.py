"""What was changed and what was read. Rows are only added: a trigger refuses to change or remove them."""

from __future__ import annotations

from typing import Any

from django.contrib.postgres.indexes import BrinIndex
from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from accounts.models import User


class Origin(models.TextChoices):
    """By which door somebody came in."""

    WEB = "web", _("Web page")
    ADMIN = "admin", _("Administration")
    API = "api", _("API")
    IMPORT = "import", _("Import")
    JOB = "job", _("Job")
    COMMAND = "command", _("Command")


class Entry(models.Model):
    """A line of the trail. It outlives the account of whoever did it, so the database does not tie it to one."""

    at = models.DateTimeField(_("time"), db_default=Now(), editable=False)
    actor = models.ForeignKey(
        User,
        verbose_name=_("who"),
        null=True,
        on_delete=models.DO_NOTHING,
        db_constraint=False,
        db_index=False,
        related_name="+",
    )
    origin = models.CharField(_("by way of"), max_length=20, blank=True)
    row_id = models.BigIntegerField(_("row"), null=True)
    # No foreign key: customers are an app above this one, and the line stays when the row is gone.
    customer_id = models.BigIntegerField(_("customer"), null=True)

    class Meta:
        abstract = True


class Change(Entry):
    """What one statement did to one row, or a bulk insert to a table (`rows` of them).

    `changes` holds {column: [before, after]} of the columns that differ, those of encrypted fields as dots. `row_key`
    stands in for `row_id` where the primary key is no number.
    """

    class Action(models.TextChoices):
        INSERT = "insert", _("Added")
        UPDATE = "update", _("Changed")
        DELETE = "delete", _("Removed")
        BULK = "bulk", _("Added in bulk")
        TRUNCATE = "truncate", _("Emptied")

    transaction_id = models.BigIntegerField()
    detail = models.CharField(_("in detail"), max_length=200, blank=True)
    table_name = models.CharField(_("table"), max_length=63)
    row_key = models.CharField(max_length=200, blank=True)
    action = models.CharField(_("action"), max_length=10, choices=Action)
    changes: models.JSONField[dict[str, Any], dict[str, Any]] = models.JSONField(_("changes"), default=dict)
    rows = models.IntegerField(_("rows"), default=1)

    class Meta:
        verbose_name = _("change")
        verbose_name_plural = _("changes")
        ordering = ["-id"]
        indexes = [
            models.Index(
                fields=["customer_id", "-id"], name="change_by_customer", condition=models.Q(customer_id__isnull=False)
            ),
            models.Index(
                fields=["table_name", "row_id", "-id"],
                name="change_by_row",
                condition=models.Q(customer_id__isnull=True),
            ),
            models.Index(fields=["actor", "-id"], name="change_by_actor", condition=models.Q(actor__isnull=False)),
            BrinIndex(fields=["at"], name="change_by_time"),
        ]

    def __str__(self) -> str:
        return f"{self.action} {self.table_name} {self.row_id or self.row_key}".rstrip()


class AccessLog(Entry):
    """That somebody read, or took away, what others may not see without a trace."""

    class What(models.TextChoices):
        UNMASK = "unmask", _("Hidden value shown")
        SEARCH_MASKED = "search_masked", _("Search by a hidden value")
        EXPORT = "export", _("Export")
        PACKAGE = "package", _("Package of a customer's data")
        ERASURE = "erasure", _("Erasure")
        LOGIN = "login", _("Log-in")
        LOGIN_FAILED = "login_failed", _("Failed log-in")
        LOGOUT = "logout", _("Log-out")

    what = models.CharField(_("what"), max_length=20, choices=What)
    model = models.CharField(_("of what"), max_length=80, blank=True)
    detail: models.JSONField[dict[str, Any], dict[str, Any]] = models.JSONField(_("in detail"), default=dict)

    class Meta:
        verbose_name = _("access")
        verbose_name_plural = _("accesses")
        ordering = ["-id"]
        indexes = [
            models.Index(
                fields=["customer_id", "-id"], name="access_by_customer", condition=models.Q(customer_id__isnull=False)
            ),
            models.Index(fields=["actor", "-id"], name="access_by_actor"),
            models.Index(fields=["what", "-id"], name="access_by_kind"),
            BrinIndex(fields=["at"], name="access_by_time"),
        ]

    def __str__(self) -> str:
        return f"{self.what} {self.model} {self.row_id or ''}".rstrip()
