"""Django's stock admin over every record: for admins, and for what has no page of its own yet."""

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest

from customers import (
    custom_admin,  # noqa: F401  # registers itself
    models,
)
from customers.access import sight_of
from protection.admin import HidesConfidential


class AddressInline(admin.StackedInline[models.Address, models.Customer]):
    model = models.Address
    extra = 0


class EmailInline(admin.TabularInline[models.EmailAddress, models.Customer]):
    model = models.EmailAddress
    extra = 0


class PhoneInline(admin.TabularInline[models.PhoneNumber, models.Customer]):
    model = models.PhoneNumber
    extra = 0


class ContactPersonInline(admin.TabularInline[models.ContactPerson, models.Customer]):
    model = models.ContactPerson
    fk_name = "customer"
    extra = 0
    raw_id_fields = ["person"]


class ExternalIdInline(admin.TabularInline[models.CustomerExternalId, models.Customer]):
    model = models.CustomerExternalId
    extra = 0


@admin.register(models.Customer)
class CustomerAdmin(HidesConfidential):
    list_display = ["name", "kind", "lifecycle", "owner", "team", "created_at"]
    list_filter = ["kind", "lifecycle", "team"]
    list_select_related = ["owner", "team"]
    search_fields = ["sort_name"]
    raw_id_fields = ["organisation", "referred_by"]
    autocomplete_fields = ["tags"]
    readonly_fields = ["version", "created_at", "updated_at"]
    show_full_result_count = False
    inlines = [EmailInline, PhoneInline, AddressInline, ContactPersonInline, ExternalIdInline]

    def get_queryset(self, request: HttpRequest) -> QuerySet[models.Customer]:
        visible: QuerySet[models.Customer] = super().get_queryset(request).filter(sight_of(request).visible())
        return visible


@admin.register(models.Tag)
class TagAdmin(admin.ModelAdmin[models.Tag]):
    search_fields = ["name"]


@admin.register(models.Category)
class CategoryAdmin(admin.ModelAdmin[models.Category]):
    list_display = ["name", "parent"]
    list_select_related = ["parent"]
    search_fields = ["name"]


@admin.register(models.Product)
class ProductAdmin(admin.ModelAdmin[models.Product]):
    list_display = ["sku", "name", "category", "unit_price", "currency", "is_active", "is_in_stock"]
    list_filter = ["is_active", "is_in_stock", "source"]
    list_select_related = ["category"]
    search_fields = ["sku", "name"]
    autocomplete_fields = ["category"]
    show_full_result_count = False


class OrderLineInline(admin.TabularInline[models.OrderLine, models.Order]):
    model = models.OrderLine
    extra = 0
    raw_id_fields = ["product"]
    readonly_fields = ["line_key"]


@admin.register(models.Order)
class OrderAdmin(admin.ModelAdmin[models.Order]):
    list_display = ["external_id", "source", "kind", "customer", "ordered_at", "total_minor", "currency"]
    list_filter = ["kind", "channel", "source"]
    list_select_related = ["customer"]
    search_fields = ["external_id"]
    raw_id_fields = ["customer"]
    show_full_result_count = False
    inlines = [OrderLineInline]

    def get_queryset(self, request: HttpRequest) -> QuerySet[models.Order]:
        visible: QuerySet[models.Order] = super().get_queryset(request).filter(sight_of(request).visible("customer__"))
        return visible


class RefundLineInline(admin.TabularInline[models.RefundLine, models.Refund]):
    model = models.RefundLine
    extra = 0
    raw_id_fields = ["product"]
    readonly_fields = ["line_key"]


@admin.register(models.Refund)
class RefundAdmin(admin.ModelAdmin[models.Refund]):
    list_display = ["external_id", "source", "customer", "refunded_at", "total_minor", "currency"]
    list_select_related = ["customer"]
    search_fields = ["external_id"]
    raw_id_fields = ["customer", "order"]
    show_full_result_count = False
    inlines = [RefundLineInline]


@admin.register(models.Event)
class EventAdmin(admin.ModelAdmin[models.Event]):
    list_display = ["kind", "customer", "product", "occurred_at", "value"]
    list_filter = ["kind"]
    list_select_related = ["customer", "product"]
    raw_id_fields = ["customer", "product"]
    show_full_result_count = False


@admin.register(models.Address, models.EmailAddress, models.PhoneNumber, models.ContactPerson)
class ContactAdmin(HidesConfidential):
    list_display = ["__str__", "customer", "is_primary"]
    list_select_related = ["customer"]
    raw_id_fields = ["customer"]
    show_full_result_count = False
