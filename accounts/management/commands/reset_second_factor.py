from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from accounts.models import User
from accounts.second_factor import reset_second_factor


class Command(BaseCommand):
    help = "Take a second factor and its recovery codes away and end the sessions: for the last admin, who lost both."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("email", help="the user's login")

    def handle(self, *args: Any, email: str, **options: Any) -> None:
        user = User.objects.filter(email=email).first()
        if user is None:
            raise CommandError(f"There is no user {email}.")
        reset_second_factor(user)
        self.stdout.write(f"{user.email} logs in with the password alone, and sets a second factor up anew.")
