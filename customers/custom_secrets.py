"""The custom fields that are encrypted, as a rotation of the keys finds them."""

from __future__ import annotations

from collections.abc import Iterable

from accounts.models import Confidential
from customers.custom_fields import context_of, record_model
from customers.models import CustomField
from protection import rotation

# What was written before the field became one that is encrypted is no base64 of version 1, and is passed over.
VALUE = """
    CASE WHEN {text} ~ '^A[Q-Za-f][A-Za-z0-9+/]{{59,}}=*$' THEN decode({text}, 'base64') END
"""
ASSIGNMENT = """
    custom = jsonb_set({table}.custom, '{{{key}}}', to_jsonb(translate(encode(sealed.fresh, 'base64'), E'\\n', '')))
"""


def register() -> None:
    """Called once, by `CustomersConfig.ready`."""
    rotation.register(vaults)


def vaults() -> Iterable[rotation.Vault]:
    """One for each field, archived ones too: their values stay."""
    for field in CustomField.objects.filter(confidential=Confidential.SENSITIVE):
        table = record_model(field)._meta.db_table
        yield rotation.SqlVault(
            name=f"{table}.custom.{field.key}",
            table=table,
            key=f"{table}.id",
            value=VALUE.format(text=f"({table}.custom->>'{field.key}')"),  # a constraint keeps the key plain
            assignment=ASSIGNMENT.format(table=table, key=field.key),
            context=context_of(field),
        )
