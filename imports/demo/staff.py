"""Who works at the demo's shop: an admin, a manager, and salespeople in two teams, whose password is known to all."""

from __future__ import annotations

from dataclasses import dataclass

from django.contrib.auth.hashers import make_password

from accounts.models import Role, Team, User
from core.models import OrganisationSettings
from imports.demo.customer_rows import Seat

# Printed in the documentation: an installation that is more than a demo is started without `generate`.
DEMO_PASSWORD = "explore-the-demo"  # noqa: S105
CURRENCY = "EUR"
SETTINGS = {"name": "Kestrel & Linde", "currency": CURRENCY, "time_zone": "Europe/Berlin"}
EUROPE, OVERSEAS = "Europe", "Overseas"


@dataclass(frozen=True)
class Login:
    email: str
    name: str
    role: Role
    team: str = ""


LOGINS = (
    Login("admin@meridian.example", "Ada Keller", Role.ADMIN),
    Login("manager@meridian.example", "Marc Oduya", Role.MANAGER),
    Login("lena.vogt@meridian.example", "Lena Vogt", Role.SALES, EUROPE),
    Login("tomas.reyes@meridian.example", "Tomás Reyes", Role.SALES, EUROPE),
    Login("yuki.mori@meridian.example", "Yuki Mori", Role.SALES, OVERSEAS),
    Login("viewer@meridian.example", "Ines Duarte", Role.VIEWER),
)


def organisation_of_the_demo() -> OrganisationSettings:
    """The settings that are there, else the demo's own, unsaved."""
    return OrganisationSettings.objects.filter(pk=1).first() or OrganisationSettings(**SETTINGS)


def settle_organisation() -> None:
    OrganisationSettings.objects.get_or_create(pk=1, defaults=SETTINGS)


def create_staff() -> list[Seat]:
    """The demo's people and teams, where they are missing; returned are those who own customers."""
    # One hash for all: it is slow by design, and there is nothing to hide.
    password = make_password(DEMO_PASSWORD)
    seats = []
    for login in LOGINS:
        team = Team.objects.get_or_create(name=login.team)[0] if login.team else None
        user, _created = User.objects.get_or_create(
            email=login.email,
            defaults={"name": login.name, "role": login.role, "team": team, "password": password},
        )
        if team:
            seats.append(Seat(user.pk, team.pk, is_overseas=login.team == OVERSEAS))
    return seats
