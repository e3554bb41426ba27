from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError

from jobs import beat

# Beat ticks every ten seconds; what the worker of its queue is at may take a while.
LONGEST_SECONDS = 150


class Command(BaseCommand):
    help = "Exit with 1 unless beat ticked lately: the health check of its container."
    requires_system_checks: list[str] = []

    def handle(self, *args: Any, **options: Any) -> None:
        age = beat.seconds_since_tick()
        if age is None or age > LONGEST_SECONDS:
            raise CommandError("Beat has never ticked." if age is None else f"Beat last ticked {age:.0f} s ago.")
        self.stdout.write(f"Beat ticked {age:.0f} s ago.")
