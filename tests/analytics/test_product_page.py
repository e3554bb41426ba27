"""What the analyses bring to a product's page."""

from __future__ import annotations

import pytest

from tests.factories import create_product, create_user
from tests.reports.runs import publish

pytestmark = pytest.mark.django_db


def test_what_is_bought_together_stands_on_the_page_if_it_held_later(client):
    client.force_login(create_user("manager"))
    tea, cup, pot, tray = (create_product(name) for name in ("Tea", "<b>Cup</b>", "Samovar", "Tablet"))
    counts = (40, 50, 20, 0.1, 0.5, 2.5, 0.06, 1.6)
    publish(
        "rules",
        [
            (1, [tea.pk], cup.pk, *counts, 5, 0.4, 2.0),
            (2, [tea.pk], pot.pk, *counts, 1, 0.1, 0.8),
            (3, [tea.pk, cup.pk], tray.pk, *counts, 5, 0.4, 2.0),
        ],
    )
    page = " ".join(client.get(f"/products/{tea.pk}/").content.decode().split())
    assert "&lt;b&gt;Cup" in page
    assert "2.5 times as often as by chance, later 2.0 times" in page
    assert "Samovar" not in page
    assert "Tablet" not in page
    assert "Bought together" not in client.get(f"/products/{pot.pk}/").content.decode()
