"""How a customer is reached. Of each kind one may be primary; rows of a deleted customer are marked with it."""

from __future__ import annotations

from django.contrib.postgres.indexes import OpClass
from django.core.validators import RegexValidator
from django.db import models
from django.db.models import Q
from django.db.models.functions import Lower, Upper
from django.utils.translation import gettext_lazy as _

from customers.keys import PhoneEnding, SortKey
from customers.models.customer import Customer
from protection.suppression import refuse_email, refuse_phone

country_code = RegexValidator(r"^[A-Z]{2}$", _("A country is its two capital letters (ISO 3166), such as DE."))


class ContactDetail(models.Model):
    """Its text names the row and never what may be hidden: the admin writes it into lists and its log."""

    customer = models.ForeignKey(Customer, on_delete=models.CASCADE)
    is_primary = models.BooleanField(_("primary"), default=False)
    deleted_at = models.DateTimeField(null=True, blank=True, editable=False)

    class Meta:
        abstract = True


class Address(ContactDetail):
    class Kind(models.TextChoices):
        HOME = "home", _("Home")
        BILLING = "billing", _("Billing")
        SHIPPING = "shipping", _("Shipping")
        OFFICE = "office", _("Office")

    customer = models.ForeignKey(Customer, on_delete=models.CASCADE, related_name="addresses")
    kind = models.CharField(_("kind"), max_length=10, choices=Kind, default=Kind.HOME)
    street = models.CharField(_("street"), max_length=200, blank=True)
    postal_code = models.CharField(_("postal code"), max_length=20, blank=True)
    city = models.CharField(_("city"), max_length=120, blank=True)
    region = models.CharField(_("region"), max_length=120, blank=True)
    country = models.CharField(_("country"), max_length=2, blank=True, validators=[country_code])

    class Meta:
        verbose_name = _("address")
        verbose_name_plural = _("addresses")
        constraints = [
            models.UniqueConstraint(
                fields=["customer"], condition=Q(is_primary=True, deleted_at=None), name="address_one_primary"
            ),
            models.CheckConstraint(condition=Q(country="") | Q(country=Upper("country")), name="address_country_upper"),
        ]
        indexes = [
            # With what tells the main address of a customer, and the text as it is written: read without the table.
            models.Index(
                fields=["country", "customer"],
                name="address_by_country",
                include=["is_primary", "id"],
                condition=Q(deleted_at=None),
            ),
            models.Index(
                OpClass(SortKey("city"), name="text_pattern_ops"),
                "customer",
                name="address_by_city",
                include=["is_primary", "id", "city"],
                condition=Q(deleted_at=None),
            ),
            models.Index(
                OpClass(SortKey("region"), name="text_pattern_ops"),
                "customer",
                name="address_by_region",
                include=["is_primary", "id", "region"],
                condition=Q(deleted_at=None),
            ),
            models.Index(
                OpClass(SortKey("postal_code"), name="text_pattern_ops"),
                "customer",
                name="address_by_postal_code",
                include=["is_primary", "id", "postal_code"],
                condition=Q(deleted_at=None),
            ),
        ]

    def __str__(self) -> str:
        return ", ".join(part for part in (self.city, self.region, self.country) if part) or f"{self.pk}"


class EmailAddress(ContactDetail):
    customer = models.ForeignKey(Customer, on_delete=models.CASCADE, related_name="emails")
    email = models.EmailField(_("e-mail"), validators=[refuse_email])

    class Meta:
        verbose_name = _("e-mail address")
        verbose_name_plural = _("e-mail addresses")
        constraints = [
            models.UniqueConstraint(
                "customer", Lower("email"), condition=Q(deleted_at=None), name="email_once_a_customer"
            ),
            models.UniqueConstraint(
                fields=["customer"], condition=Q(is_primary=True, deleted_at=None), name="email_one_primary"
            ),
        ]
        # The pattern operators let the index serve a prefix, whatever the database's collation; what an e-mail contains
        # is read from it without the table.
        indexes = [
            models.Index(
                OpClass(Upper("email"), name="text_pattern_ops"),
                "customer",
                name="email_prefix",
                include=["email", "deleted_at"],
            )
        ]

    def __str__(self) -> str:
        return f"{self._meta.verbose_name} {self.pk}"


class PhoneNumber(ContactDetail):
    class Kind(models.TextChoices):
        MOBILE = "mobile", _("Mobile")
        WORK = "work", _("Work")
        HOME = "home", _("Home")

    customer = models.ForeignKey(Customer, on_delete=models.CASCADE, related_name="phones")
    kind = models.CharField(_("kind"), max_length=10, choices=Kind, default=Kind.MOBILE)
    number = models.CharField(
        _("number"),
        max_length=40,
        validators=[refuse_phone],
        help_text=_("As it is dialled, with the country: +49 30 …"),
    )
    # Digits only, found by their prefix however the number was typed.
    digits = models.GeneratedField(
        expression=models.Func(
            models.F("number"), models.Value(r"\D"), models.Value(""), models.Value("g"), function="regexp_replace"
        ),
        output_field=models.CharField(max_length=40),
        db_persist=True,
    )

    class Meta:
        verbose_name = _("phone number")
        verbose_name_plural = _("phone numbers")
        constraints = [
            models.UniqueConstraint(
                fields=["customer"], condition=Q(is_primary=True, deleted_at=None), name="phone_one_primary"
            ),
            models.UniqueConstraint(
                fields=["customer", "number"], condition=Q(deleted_at=None), name="phone_once_a_customer"
            ),
        ]
        indexes = [
            models.Index(
                OpClass("digits", name="varchar_pattern_ops"), "customer", name="phone_prefix", include=["deleted_at"]
            ),
            models.Index(PhoneEnding("digits"), name="phone_ending"),
        ]

    def __str__(self) -> str:
        return f"{self._meta.verbose_name} {self.pk}"


class ContactPerson(models.Model):
    """Somebody to talk to at an organisation; `person` where they are a customer of their own as well."""

    customer = models.ForeignKey(
        Customer, verbose_name=_("organisation"), on_delete=models.CASCADE, related_name="contact_people"
    )
    person = models.ForeignKey(
        Customer,
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="contact_roles",
        verbose_name=_("person"),
    )
    name = models.CharField(_("name"), max_length=200)
    job_title = models.CharField(_("job title"), max_length=120, blank=True)
    email = models.EmailField(_("e-mail"), blank=True, validators=[refuse_email])
    phone = models.CharField(_("phone"), max_length=40, blank=True, validators=[refuse_phone])
    is_primary = models.BooleanField(_("primary"), default=False)

    class Meta:
        verbose_name = _("contact person")
        verbose_name_plural = _("contact people")
        ordering = ["-is_primary", "name"]
        constraints = [
            models.UniqueConstraint(fields=["customer"], condition=Q(is_primary=True), name="contact_one_primary")
        ]

    def __str__(self) -> str:
        return self.name
