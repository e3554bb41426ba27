from __future__ import annotations

from typing import Any

from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from core.models import currency_code


class Category(models.Model):
    name = models.CharField(_("name"), max_length=120)
    parent = models.ForeignKey(
        "self", verbose_name=_("part of"), null=True, blank=True, on_delete=models.PROTECT, related_name="children"
    )

    class Meta:
        verbose_name = _("category")
        verbose_name_plural = _("categories")
        ordering = ["name"]
        constraints = [
            models.UniqueConstraint(fields=["name", "parent"], nulls_distinct=False, name="category_name_unique"),
            models.CheckConstraint(
                condition=Q(parent=None) | ~Q(parent=models.F("id")), name="category_not_own_parent"
            ),
        ]

    def __str__(self) -> str:
        return self.name


class Product(models.Model):
    source = models.CharField(_("system"), max_length=60, blank=True, help_text=_("The system that the number is of."))
    sku = models.CharField(_("article number"), max_length=80)
    name = models.CharField(_("name"), max_length=300)
    category = models.ForeignKey(
        Category, verbose_name=_("category"), null=True, blank=True, on_delete=models.SET_NULL, related_name="products"
    )
    unit_price = models.DecimalField(_("price"), max_digits=18, decimal_places=6, null=True, blank=True)
    unit_cost = models.DecimalField(_("cost"), max_digits=18, decimal_places=6, null=True, blank=True)
    currency = models.CharField(_("currency"), max_length=3, blank=True, validators=[currency_code])
    is_active = models.BooleanField(_("on sale"), default=True)
    is_in_stock = models.BooleanField(_("in stock"), default=True, db_default=True)
    custom: models.JSONField[dict[str, Any], dict[str, Any]] = models.JSONField(
        _("custom fields"), default=dict, db_default={}, blank=True, editable=False
    )
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        verbose_name = _("product")
        verbose_name_plural = _("products")
        ordering = ["name"]
        constraints = [
            models.UniqueConstraint(fields=["source", "sku"], name="product_sku_unique"),
            models.CheckConstraint(condition=~Q(sku="") & ~Q(name=""), name="product_named"),
        ]

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        return reverse("products:detail", args=[self.pk])

    @property
    def can_be_bought(self) -> bool:
        return self.is_active and self.is_in_stock
