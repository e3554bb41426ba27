"""What the installation as a whole is: its name, its day, its currency, and the daily rates that lead to it."""

from __future__ import annotations

from zoneinfo import ZoneInfo, available_timezones

from babel.core import get_global
from django.core.exceptions import ValidationError
from django.core.validators import RegexValidator
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from core.once_a_request import once_a_request

currency_code = RegexValidator(r"^[A-Z]{3}$", _("A currency is three capital letters, such as EUR."))


def validate_time_zone(value: str) -> None:
    if value not in available_timezones():
        raise ValidationError(_("“%(zone)s” is no time zone; write one like Europe/Berlin."), params={"zone": value})


class OrganisationSettings(models.Model):
    """The one row that says who runs this installation. Read it with `OrganisationSettings.current()`."""

    id = models.PositiveSmallIntegerField(primary_key=True, default=1, editable=False)
    name = models.CharField(_("name"), max_length=120, default="Meridian")
    time_zone = models.CharField(_("time zone"), max_length=64, default="UTC", validators=[validate_time_zone])
    currency = models.CharField(_("currency"), max_length=3, default="EUR", validators=[currency_code])

    class Meta:
        verbose_name = _("organisation settings")
        verbose_name_plural = _("organisation settings")
        constraints = [models.CheckConstraint(condition=Q(id=1), name="organisation_settings_single_row")]

    def __str__(self) -> str:
        return self.name

    @classmethod
    def current(cls) -> OrganisationSettings:
        """The settings; an installation that has saved none gets the defaults, unsaved."""
        return _current_settings()

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.time_zone)

    @property
    def country(self) -> str:
        """Where its time zone lies (ISO 3166), "" where that lies nowhere, as UTC does."""
        found: str = get_global("zone_territories").get(self.time_zone, "")
        return "" if found == "ZZ" else found


@once_a_request
def _current_settings() -> OrganisationSettings:
    return OrganisationSettings.objects.filter(pk=1).first() or OrganisationSettings()


class ExchangeRate(models.Model):
    """What one unit of a currency was worth in the organisation's currency on a day."""

    currency = models.CharField(_("currency"), max_length=3, validators=[currency_code])
    rate_date = models.DateField(_("day"))
    rate = models.DecimalField(_("rate"), max_digits=18, decimal_places=8)

    class Meta:
        verbose_name = _("exchange rate")
        verbose_name_plural = _("exchange rates")
        ordering = ["-rate_date", "currency"]
        constraints = [
            models.UniqueConstraint(fields=["currency", "rate_date"], name="exchange_rate_one_a_day"),
            models.CheckConstraint(condition=Q(rate__gt=0), name="exchange_rate_positive"),
        ]

    def __str__(self) -> str:
        return f"{self.currency} {self.rate_date}: {self.rate}"


class IdempotencyKey(models.Model):
    """A request that was carried out and what it was answered, for as long as it may arrive again.

    Written by `core.idempotency` alone. `name` is a hash of the sender and the key, `answer` encrypted with the key.
    """

    name = models.BinaryField(max_length=32, unique=True)
    fingerprint = models.CharField(max_length=64)
    answer = models.BinaryField()
    created_at = models.DateTimeField(db_default=Now(), db_index=True)

    class Meta:
        verbose_name = _("idempotency key")
        verbose_name_plural = _("idempotency keys")

    def __str__(self) -> str:
        return f"{bytes(self.name).hex()[:12]}, {self.created_at}"
