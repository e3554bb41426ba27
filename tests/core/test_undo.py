"""What was done can be taken back from its message, whichever kind of answer brought it."""

from __future__ import annotations

import json
import re

import pytest

from customers.models import Customer
from tests.factories import create_customer, create_user

pytestmark = pytest.mark.django_db
URL = "/gallery/undoable/"
HTMX = {"HX-Request": "true"}


@pytest.fixture
def _gallery(settings) -> None:
    settings.ROOT_URLCONF = "tests.browser.gallery"


def offered(page: str) -> tuple[str, dict[str, str]]:
    """Address and fields of the form with the button "Undo"."""
    form = next(each for each in re.findall(r"<form[^>]*data-undo=.*?</form>", page, re.DOTALL))
    address = re.search(r'action="([^"]*)"', form)
    assert address
    return address[1], dict(re.findall(r'type="hidden" name="([^"]*)" value="([^"]*)"', form))


@pytest.mark.parametrize("action", ["archive", "delete"])
def test_archiving_and_deleting_are_taken_back_without_scripts(client, action):
    client.force_login(create_user("admin"))
    ada = create_customer("Ada", email="ada@example.org")
    answer = client.post(f"/customers/{ada.pk}/{action}/", follow=True)
    assert not Customer.objects.live().exists()
    address, fields = offered(answer.content.decode())
    assert client.post(address, fields).status_code == 302
    assert Customer.objects.live().get() == ada


@pytest.mark.usefixtures("_gallery")
def test_a_fragment_brings_its_messages_in_a_header_that_any_text_passes(client):
    client.force_login(create_user())
    answer = client.post(URL, {"step": "王</script>"}, headers=HTMX)
    assert answer["HX-Trigger"].isascii()
    undo = {"url": URL, "fields": {"step": "un-王</script>"}, "target": "#fetched"}
    said = {"text": "王</script> is done.", "tone": "success", "undo": undo}
    assert json.loads(answer["HX-Trigger"]) == {"toasts": {"messages": [said]}}
    assert "is done" not in client.get("/accounts/profile/").content.decode()


@pytest.mark.usefixtures("_gallery")
def test_a_fragment_leaves_the_message_of_the_page_that_is_being_opened(client):
    client.force_login(create_user())
    client.post(URL, {"step": "Saving"})
    assert "HX-Trigger" not in client.get("/gallery/fragment/", headers=HTMX)
    assert "Saving is done." in client.get("/accounts/profile/").content.decode()


@pytest.mark.usefixtures("_gallery")
@pytest.mark.parametrize(
    ("asked", "led_to"),
    [
        ("/customers/?q=a", "/customers/?q=a"),
        ("https://elsewhere.example/", "/gallery/"),
        ("no address", "/gallery/"),
    ],
)
def test_it_leads_back_to_the_page_it_was_pressed_on_and_to_no_other_site(client, asked, led_to):
    client.force_login(create_user())
    assert client.post(URL, {"step": "x", "next": asked})["Location"] == led_to
