"""The compact form of a filter that people type: `segment = champions and no contact for 90 days`.

It says what the JSON says, and each can be written as the other. docs/filters.md describes it.
"""

from customers.filters.typed.reading import read_typed
from customers.filters.typed.tokens import TypedError
from customers.filters.typed.writing import write_typed

__all__ = ["TypedError", "read_typed", "write_typed"]
