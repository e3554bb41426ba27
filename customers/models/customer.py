from __future__ import annotations

import datetime as dt
from functools import cache
from typing import Any, ClassVar

from django.contrib.postgres.indexes import GinIndex, OpClass
from django.db import models
from django.db.models import F, Func, Q
from django.db.models.functions import Lower
from django.db.models.lookups import LessThanOrEqual
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from accounts.models import Team, User
from customers.keys import NameKey, SortKey, WebsiteHost
from customers.querysets import CustomerQuerySet
from protection.fields import EncryptedTextField, blind_index_on, known_index_on

# In bytes, of which an entry of an index has room for some 2,700: folded, a text takes up to twice as many.
IS_SHORT_PROFILE = Q(
    LessThanOrEqual(Func(F("profile_text"), function="octet_length", output_field=models.IntegerField()), 600)
)


class Tag(models.Model):
    name = models.CharField(_("name"), max_length=60)

    class Meta:
        verbose_name = _("tag")
        verbose_name_plural = _("tags")
        ordering = ["name"]
        constraints = [models.UniqueConstraint(Lower("name"), name="tag_name_unique")]

    def __str__(self) -> str:
        return self.name


class Customer(models.Model):
    """A person or an organisation that buys, or may buy.

    Deleting marks the row; what stays unique (external ids, addresses) is unique among the living only, so a deleted
    customer blocks nothing. `version` counts edits: a form that was opened on an older one is refused.
    """

    class Kind(models.TextChoices):
        PERSON = "person", _("Person")
        ORGANISATION = "organisation", _("Organisation")

    class Lifecycle(models.TextChoices):
        LEAD = "lead", _("Lead")
        PROSPECT = "prospect", _("Prospect")
        CUSTOMER = "customer", _("Customer")
        FORMER = "former", _("Former customer")

    class Sex(models.TextChoices):
        FEMALE = "female", _("Female")
        MALE = "male", _("Male")
        OTHER = "other", _("Other")

    class Education(models.TextChoices):
        NONE = "none", _("No degree")
        SCHOOL = "school", _("School")
        VOCATIONAL = "vocational", _("Vocational training")
        BACHELOR = "bachelor", _("Bachelor")
        MASTER = "master", _("Master")
        DOCTORATE = "doctorate", _("Doctorate")

    kind = models.CharField(_("kind"), max_length=12, choices=Kind, default=Kind.PERSON)
    name = models.CharField(_("name"), max_length=200)
    # Sorted and searched by: lower case, without accents. PostgreSQL keeps it, whoever writes the name.
    sort_name = models.GeneratedField(
        expression=Func(F("name"), function="crm_sort_key"),
        output_field=models.CharField(max_length=400),
        db_persist=True,
    )
    sex = models.CharField(_("sex"), max_length=6, choices=Sex, blank=True)
    birth_date = models.DateField(_("birth date"), null=True, blank=True)
    annual_income = models.DecimalField(
        _("annual income"), max_digits=14, decimal_places=2, null=True, blank=True, help_text=_("In your currency.")
    )
    education = models.CharField(_("education"), max_length=10, choices=Education, blank=True)
    identity_number = EncryptedTextField(_("identity number"), help_text=_("Passport or identity card."))
    tax_number = EncryptedTextField(_("tax number"))
    bank_account = EncryptedTextField(_("bank account"), help_text=_("IBAN, or the number and the bank."))
    profile_text = models.TextField(_("profile"), blank=True, help_text=_("Interests, needs, what to know."))
    website = models.URLField(_("website"), max_length=200, blank=True, default="", db_default="")
    lifecycle = models.CharField(_("lifecycle stage"), max_length=10, choices=Lifecycle, default=Lifecycle.LEAD)
    source = models.CharField(_("source"), max_length=60, blank=True, help_text=_("Where the customer came from."))
    # Indexed with the key beside them, so that sets of customers are read from the index alone.
    owner = models.ForeignKey(
        User,
        verbose_name=_("owner"),
        null=True,
        blank=True,
        db_index=False,
        on_delete=models.SET_NULL,
        related_name="owned_customers",
    )
    team = models.ForeignKey(
        Team,
        verbose_name=_("team"),
        null=True,
        blank=True,
        db_index=False,
        on_delete=models.SET_NULL,
        related_name="customers",
    )
    organisation = models.ForeignKey(
        "self",
        verbose_name=_("organisation"),
        null=True,
        blank=True,
        db_index=False,
        on_delete=models.SET_NULL,
        related_name="people",
    )
    referred_by = models.ForeignKey(
        "self",
        verbose_name=_("referred by"),
        null=True,
        blank=True,
        db_index=False,
        on_delete=models.SET_NULL,
        related_name="referrals",
    )
    tags = models.ManyToManyField(Tag, verbose_name=_("tags"), blank=True, related_name="customers")
    custom: models.JSONField[dict[str, Any], dict[str, Any]] = models.JSONField(
        _("custom fields"), default=dict, db_default={}, blank=True, editable=False
    )
    profiling_objected_at = models.DateTimeField(
        _("objected to profiling"),
        null=True,
        blank=True,
        help_text=_("Nothing scores this customer, and nothing targets them."),
    )
    # Of a record that was merged: the one that it went into. It is marked as deleted, and leads there.
    merged_into = models.ForeignKey(
        "self",
        null=True,
        blank=True,
        db_index=False,
        editable=False,
        on_delete=models.SET_NULL,
        related_name="absorbed",
    )
    customer_since = models.DateField(_("customer since"), null=True, blank=True)
    created_at = models.DateTimeField(_("created"), auto_now_add=True)
    updated_at = models.DateTimeField(_("changed"), auto_now=True)
    archived_at = models.DateTimeField(_("archived"), null=True, blank=True)
    deleted_at = models.DateTimeField(_("deleted"), null=True, blank=True)
    version = models.PositiveIntegerField(_("version"), default=1, editable=False)

    objects: ClassVar[Any] = CustomerQuerySet.as_manager()

    class Meta:
        verbose_name = _("customer")
        verbose_name_plural = _("customers")
        constraints = [
            models.CheckConstraint(condition=~Q(sort_name=""), name="customer_has_name"),
            models.CheckConstraint(
                condition=Q(birth_date__isnull=True) | Q(birth_date__gte=dt.date(1880, 1, 1)),
                name="customer_birth_date_plausible",
            ),
            models.CheckConstraint(
                condition=Q(annual_income__isnull=True) | Q(annual_income__gte=0), name="customer_income_not_negative"
            ),
            models.CheckConstraint(
                condition=Q(organisation__isnull=True) | Q(kind="person"), name="customer_only_people_belong"
            ),
            models.CheckConstraint(
                condition=Q(referred_by__isnull=True) | ~Q(referred_by=F("id")), name="customer_not_own_referrer"
            ),
            models.CheckConstraint(
                condition=Q(merged_into__isnull=True) | (~Q(merged_into=F("id")) & Q(deleted_at__isnull=False)),
                name="customer_merged_is_deleted",
            ),
        ]
        indexes = [
            # What decides who sees a customer stands beside the key: lists and counts then read the index alone.
            models.Index(
                fields=["sort_name", "id"],
                include=["archived_at", "owner", "team"],
                name="customer_live_name",
                condition=Q(deleted_at=None),
            ),
            models.Index(
                fields=["id"],
                include=["archived_at", "owner", "team"],
                name="customer_live_id",
                condition=Q(deleted_at=None),
            ),
            models.Index(
                fields=["owner", "sort_name", "id"],
                include=["archived_at", "team"],
                name="customer_live_owner",
                condition=Q(deleted_at=None),
            ),
            models.Index(
                fields=["lifecycle", "sort_name", "id"],
                include=["archived_at", "owner", "team"],
                name="customer_live_lifecycle",
                condition=Q(deleted_at=None),
            ),
            models.Index(
                fields=["customer_since", "id"],
                include=["archived_at", "owner", "team"],
                name="customer_live_since",
                condition=Q(deleted_at=None),
            ),
            models.Index(fields=["-created_at", "-id"], name="customer_live_newest", condition=Q(deleted_at=None)),
            models.Index(fields=["-deleted_at", "-id"], name="customer_deleted", condition=Q(deleted_at__isnull=False)),
            models.Index(
                fields=["sort_name", "id"],
                name="customer_archived_name",
                condition=Q(deleted_at=None, archived_at__isnull=False),
            ),
            models.Index(fields=["id"], name="customer_objected", condition=Q(profiling_objected_at__isnull=False)),
            # For sets of customers (`core.id_sets`), each read from one index alone. Of four columns of few values one
            # index serves each: it is searched once for each value of those before.
            models.Index(
                fields=["kind", "lifecycle", "sex", "education", "id"],
                name="customer_live_choices",
                condition=Q(deleted_at=None),
            ),
            models.Index(fields=["source", "id"], name="customer_live_source", condition=Q(deleted_at=None)),
            models.Index(fields=["birth_date", "id"], name="customer_live_birth_date", condition=Q(deleted_at=None)),
            models.Index(fields=["annual_income", "id"], name="customer_live_income", condition=Q(deleted_at=None)),
            models.Index(fields=["updated_at", "id"], name="customer_live_changed", condition=Q(deleted_at=None)),
            models.Index(fields=["owner", "id"], name="customer_by_owner"),
            models.Index(fields=["team", "id"], name="customer_by_team"),
            models.Index(
                fields=["organisation", "id"],
                name="customer_by_organisation",
                condition=Q(organisation__isnull=False),
            ),
            models.Index(
                fields=["referred_by", "id"], name="customer_by_referrer", condition=Q(referred_by__isnull=False)
            ),
            models.Index(fields=["merged_into"], name="customer_merged", condition=Q(merged_into__isnull=False)),
            models.Index(
                OpClass(SortKey("website"), name="text_pattern_ops"),
                "id",
                name="customer_website_text",
                include=["website"],
                condition=Q(deleted_at=None) & ~Q(website=""),
            ),
            # What a profile contains is read from the index; a long one would not fit into it, and is asked in its row.
            models.Index(
                "id",
                SortKey("profile_text"),
                name="customer_short_profile",
                include=["profile_text"],
                condition=Q(deleted_at=None) & ~Q(profile_text="") & IS_SHORT_PROFILE,
            ),
            models.Index(fields=["id"], name="customer_long_profile", condition=Q(deleted_at=None) & ~IS_SHORT_PROFILE),
            known_index_on("identity_number", name="customer_has_identity_number"),
            known_index_on("tax_number", name="customer_has_tax_number"),
            known_index_on("bank_account", name="customer_has_bank_account"),
            blind_index_on("identity_number", name="customer_identity_number"),
            blind_index_on("tax_number", name="customer_tax_number"),
            blind_index_on("bank_account", name="customer_bank_account"),
            GinIndex(OpClass("sort_name", name="gin_trgm_ops"), name="customer_name_trigram"),
            models.Index(NameKey("name"), name="customer_name_key"),
            models.Index(WebsiteHost("website"), name="customer_website_host", condition=~Q(website="")),
        ]

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        before, behind = _around_id()
        return f"{before}{self.pk}{behind}"

    def age_on(self, day: dt.date) -> int | None:
        """Full years on that day, or None without a birth date."""
        born = self.birth_date
        if born is None:
            return None
        return day.year - born.year - ((day.month, day.day) < (born.month, born.day))


@cache
def _around_id() -> tuple[str, str]:
    """What stands before and behind the id in the address of a customer's page. A page leads to dozens of them, and to
    look each one up takes longer than to write it."""
    before, _zero, behind = reverse("customers:detail", args=[0]).rpartition("0")
    return before, behind


class CustomerExternalId(models.Model):
    """The customer's number in another system, by which an import finds it again."""

    customer = models.ForeignKey(Customer, on_delete=models.CASCADE, related_name="external_ids")
    source = models.CharField(_("system"), max_length=60)
    value = models.CharField(_("number there"), max_length=200)
    deleted_at = models.DateTimeField(null=True, blank=True, editable=False)

    class Meta:
        verbose_name = _("external id")
        verbose_name_plural = _("external ids")
        constraints = [
            models.UniqueConstraint(
                fields=["source", "value"], condition=Q(deleted_at=None), name="customer_external_id_unique"
            ),
            models.CheckConstraint(condition=~Q(source="") & ~Q(value=""), name="customer_external_id_not_empty"),
        ]
        indexes = [
            models.Index(
                OpClass(SortKey("value"), name="text_pattern_ops"),
                "customer",
                name="customer_external_id_value",
                include=["value"],
                condition=Q(deleted_at=None),
            )
        ]

    def __str__(self) -> str:
        return f"{self.source}: {self.value}"
