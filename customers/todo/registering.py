"""What interactions and tasks bring to the customer's page, to notifications and to erasures."""

from __future__ import annotations

from customers import assigning
from customers.extensions import Registry
from customers.interactions import erasure, timeline
from customers.interactions import notices as notices_of_mentions
from customers.todo import notices, page


def register(registry: Registry) -> None:
    """Called once, by `CustomersConfig.ready`."""
    timeline.register(registry)
    page.register(registry)
    erasure.register()
    notices_of_mentions.register_kinds()
    notices.register_kinds()
    assigning.register()
