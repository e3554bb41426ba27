from django.contrib import admin

from core.models import ExchangeRate, OrganisationSettings


@admin.register(OrganisationSettings)
class OrganisationSettingsAdmin(admin.ModelAdmin[OrganisationSettings]):
    list_display = ["name", "time_zone", "currency"]


@admin.register(ExchangeRate)
class ExchangeRateAdmin(admin.ModelAdmin[ExchangeRate]):
    list_display = ["currency", "rate_date", "rate"]
    list_filter = ["currency"]
    date_hierarchy = "rate_date"
