from django.conf import settings
from django.contrib import admin
from django.utils.translation import gettext_lazy as _

from core.models import ExchangeRate, OrganisationSettings


@admin.register(OrganisationSettings)
class OrganisationSettingsAdmin(admin.ModelAdmin[OrganisationSettings]):
    list_display = ["name", "time_zone", "currency"]
    readonly_fields = ["address_in_mails"]

    @admin.display(description=_("address in mails"))
    def address_in_mails(self, organisation: OrganisationSettings) -> str:
        not_set = _("Not set: the daily mail of notifications carries no links (CRM_SITE_ADDRESS).")
        return str(settings.SITE_ADDRESS or not_set)


@admin.register(ExchangeRate)
class ExchangeRateAdmin(admin.ModelAdmin[ExchangeRate]):
    list_display = ["currency", "rate_date", "rate"]
    list_filter = ["currency"]
    date_hierarchy = "rate_date"
