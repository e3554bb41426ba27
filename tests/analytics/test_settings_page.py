"""An admin's weights, window and segment map."""

from __future__ import annotations

from typing import Any

import pytest
from django.urls import reverse

from analytics import catalog
from analytics.forms import RfmSettingsForm
from analytics.models import AnalysisSettings
from tests.factories import create_user

pytestmark = pytest.mark.django_db

SETTINGS = reverse("analytics:settings")


@pytest.fixture
def admin(client):
    user = create_user("admin", name="Ada")
    client.force_login(user)
    return user


def entered(**changes: Any) -> dict[str, Any]:
    """The form as it is opened, with changes; None leaves a field empty."""
    form = RfmSettingsForm(params=catalog.get("rfm").params())
    filled = {name: form.get_initial_for_field(field, name) for name, field in form.fields.items()}
    return {name: value for name, value in {**filled, **changes}.items() if value is not None}


def page(response) -> str:
    return " ".join(response.content.decode().split())


def test_the_form_opens_with_what_the_next_run_would_use(client, admin):
    shown = page(client.get(SETTINGS))
    assert 'name="recency" value="0.5"' in shown
    assert '<option value="champions" selected>' in shown


def test_only_what_differs_from_the_defaults_is_kept(client, admin):
    response = client.post(SETTINGS, entered(recency=5, frequency=3, monetary=2), follow=True)
    assert "The next recomputation computes with it" in page(response)
    saved = AnalysisSettings.objects.get()
    assert saved.params == {"weights": {"recency": 5.0, "frequency": 3.0, "monetary": 2.0}}
    assert saved.changed_by == admin
    assert "by Ada" in page(response)


def test_window_and_map_reach_the_next_run(client, admin):
    client.post(SETTINGS, entered(window_days=None, R3F3="loyal", second_axis="frequency_monetary"))
    params = catalog.get("rfm").params()
    assert params["window_days"] is None
    assert params["segment_map"]["cells"]["R3F3"] == "loyal"
    assert params["segment_map"]["second_axis"] == "frequency_monetary"
    assert params["weights"] == {"recency": 0.5, "frequency": 0.3, "monetary": 0.2}


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"recency": 0, "frequency": 0, "monetary": 0}, "At least one weight must be more than zero."),
        ({"recency": -1}, "greater than or equal to 0"),
        ({"recency": "nan"}, "Enter a number."),
        ({"window_days": 0}, "greater than or equal to 1"),
        ({"new_days": 400}, "A customer cannot be established while still new."),
        ({"R1F1": "saints"}, "saints is not one of the available choices"),
        ({"R1F1": None}, "This field is required."),
    ],
)
def test_what_cannot_be_is_said_in_words_and_not_saved(client, admin, changes, words):
    response = client.post(SETTINGS, entered(**changes))
    assert response.status_code == 422
    assert words in page(response)
    assert not AnalysisSettings.objects.exists()


def test_back_to_the_defaults(client, admin):
    client.post(SETTINGS, entered(window_days=30))
    client.post(SETTINGS, {"restore": "1"})
    assert AnalysisSettings.objects.get().params == {}
    assert catalog.get("rfm").params() == catalog.get("rfm").default_params()


def test_settings_that_do_not_fit_this_version_can_be_corrected(client, admin):
    AnalysisSettings.objects.create(analysis="rfm", params={"window_days": -5})
    assert client.get(SETTINGS).status_code == 200
    client.post(SETTINGS, {"restore": "1"})
    assert catalog.get("rfm").params()["window_days"] == 365


def test_only_admins_set(client):
    client.force_login(create_user("manager"))
    assert client.get(SETTINGS).status_code == 403
    assert client.post(SETTINGS, {"restore": "1"}).status_code == 403
    assert not AnalysisSettings.objects.exists()


def test_what_may_be_recommended_again_reaches_the_next_run(client, admin):
    url = reverse("analytics:recommendation_settings")
    assert 'name="again_from_percent" value="50"' in page(client.get(url))
    wanted = {"again_from_percent": "", "again_after_days": "7", "n": "5", "declined_days": "90"}
    assert "by Ada" in page(client.post(url, wanted, follow=True))
    params = catalog.get("recommendations").params()
    assert (params["n"], params["again_after_days"], params["declined_days"]) == (5, 7, 90)
    assert params["again_from_share"] > 1
    assert 'name="again_from_percent"' in page(client.get(url))
    assert client.post(url, {**wanted, "n": "0"}).status_code == 422
    client.post(url, {"restore": "1"})
    assert catalog.get("recommendations").params() == catalog.get("recommendations").default_params()
