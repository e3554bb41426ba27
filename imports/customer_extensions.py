"""What imports and exports bring to the customer list."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from accounts.models import User
from customers.extensions import ListAction, Registry
from customers.models import CustomField


def may_export(user: User) -> bool:
    return user.sight.may_export


def register(registry: Registry) -> None:
    """Called once, by `ImportsConfig.ready`."""
    registry.add(ListAction("export", _("Export"), "download", "imports:export", may_export))
    for records, name in ((CustomField.Record.ORDER, "export_orders"), (CustomField.Record.PRODUCT, "export_products")):
        registry.add(ListAction(name, _("Export"), "download", f"imports:{name}", may_export, records))
