"""The screens that every page is looked at on."""

from dataclasses import dataclass
from typing import Literal

Theme = Literal["light", "dark"]
THEMES: tuple[Theme, ...] = ("light", "dark")


@dataclass(frozen=True)
class Scenario:
    theme: Theme
    width: int
    height: int

    @property
    def is_phone(self) -> bool:
        return self.width <= 760

    def __str__(self) -> str:
        return f"{self.theme}-{self.width}"


WIDE_LIGHT = Scenario("light", 1440, 900)
WIDE_DARK = Scenario("dark", 1440, 900)
PHONE_LIGHT = Scenario("light", 390, 844)
PHONE_DARK = Scenario("dark", 390, 844)
SCENARIOS = (WIDE_LIGHT, WIDE_DARK, PHONE_LIGHT, PHONE_DARK)
# Of what is looked at in both themes as it stands.
WIDE_AND_PHONE = (WIDE_LIGHT, PHONE_LIGHT)
