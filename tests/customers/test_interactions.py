"""Notes, calls, meetings, e-mails and files: written on the customer's page, read on the timeline, taken back."""

from __future__ import annotations

import io
import zipfile

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from accounts.models import AccessRule, Confidential, Role
from accounts.visibility import EVERYTHING
from customers.interactions.mentions import marked, mentioned_in
from customers.models import FileContent, Interaction
from customers.timeline import timeline_of
from notifications.models import Notification
from notifications.reading import lines
from tests.factories import (
    create_customer,
    create_file,
    create_interaction,
    create_team,
    create_user,
)

pytestmark = pytest.mark.django_db

HTMX = {"HX-Request": "true"}
PNG = b"\x89PNG\r\n\x1a\n" + bytes(20)


@pytest.fixture
def north():
    return create_team("North")


@pytest.fixture
def seller(client, north):
    user = create_user(team=north, name="Lena Vogt")
    client.force_login(user)
    return user


@pytest.fixture
def customer(seller, north):
    return create_customer("Ada", owner=seller, team=north)


def add(client, customer, kind, **data):
    return client.post(reverse("interactions:add", args=[customer.pk, kind]), data)


def archive(*names):
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as packed:
        for name in names:
            packed.writestr(name, "x")
    return stream.getvalue()


def test_each_kind_is_written_and_stands_on_the_timeline(client, seller, customer):
    at = "2026-05-04T10:30"
    add(client, customer, "note", text="Prefers green tea.")
    add(client, customer, "call", direction="out", outcome="reached", duration_minutes=12, happened_at=at)
    add(client, customer, "meeting", title="Autumn", happened_at=at, place="Berlin", attendees=[seller.pk])
    add(client, customer, "email", direction="in", title="An offer?", text="Please.", happened_at=at)
    add(client, customer, "file", upload=SimpleUploadedFile("Offer 7.pdf", b"%PDF-1.7 tea"))
    told = [(shown.entry.kind, str(shown.entry.title)) for shown in timeline_of(customer, sight=EVERYTHING).shown]
    assert sorted(entry for entry in told if entry[0] != "insert") == [
        ("call", "Call"),
        ("email", "E-mail: An offer?"),
        ("file", "Offer_7.pdf"),
        ("meeting", "Meeting: Autumn"),
        ("note", "Note"),
    ]
    chosen = {
        key: [shown.entry.kind for shown in timeline_of(customer, sight=EVERYTHING, show=[key]).shown]
        for key in ("notes", "calls", "meetings", "emails", "files", "interactions")
    }
    assert len(chosen.pop("interactions")) == 5
    assert chosen == {f"{kind}s": [kind] for kind in ("note", "call", "meeting", "email", "file")}
    page = client.get(customer.get_absolute_url()).content.decode()
    assert "Prefers green tea." in page
    assert "with Lena Vogt" in page
    assert {each.author for each in Interaction.objects.all()} == {seller}


def test_what_was_typed_is_kept_when_something_is_wrong(client, customer):
    response = add(
        client, customer, "call", direction="out", outcome="reached", text="long talk", duration_minutes=5000
    )
    assert response.status_code == 422
    assert "long talk" in response.content.decode()
    assert not Interaction.objects.exists()


def test_a_fragment_is_answered_with_a_fresh_form_and_the_timeline_looks_again(client, customer):
    url = reverse("interactions:add", args=[customer.pk, "note"])
    response = client.post(url, {"text": "short"}, headers=HTMX)
    assert "timeline-changed" in response.headers["HX-Trigger"]
    assert "<html" not in response.content.decode()
    assert client.post(url, {"text": ""}, headers=HTMX).status_code == 422


def test_the_same_form_sent_twice_is_one_note(client, customer):
    for _press in range(2):
        add(client, customer, "note", text="once", idempotency_key="k")
    assert Interaction.objects.count() == 1


# --- mentions ---------------------------------------------------------------------------------------------------------


def test_a_colleague_who_is_mentioned_is_told_once_and_led_to_the_customer(client, seller, customer, north):
    tomas = create_user(team=north, name="Tomás Reyes")
    add(client, customer, "note", text="@tomás reyes: please call. Again @Tomás Reyes, and me@lena vogt.")
    note = Interaction.objects.get()
    assert list(note.mentions.all()) == [tomas]
    edit = {"text": "<i> @Tomás Reyes still", "version": note.version}
    client.post(reverse("interactions:edit", args=[note.pk]), edit)
    [told] = Notification.objects.all()
    [line] = lines([told], tomas)
    assert (told.recipient, line.words.text) == (tomas, "Lena Vogt mentions you at Ada.")
    assert line.words.url == customer.get_absolute_url()
    assert (
        '<bdi class="pre-line">&lt;i&gt; <b>@Tomás Reyes</b> still</bdi>' in client.get(line.words.url).content.decode()
    )
    assert "Ada" not in str(told.params)


def test_somebody_who_may_not_see_the_customer_is_not_mentioned_and_the_text_is_kept(client, customer):
    create_user(team=create_team("South"), name="Yuki Mori")
    response = add(client, customer, "note", text="ask @Yuki Mori")
    assert response.status_code == 422
    assert "Yuki Mori may not see this customer" in response.content.decode()
    assert "ask @Yuki Mori" in response.content.decode()
    assert not Interaction.objects.exists()
    assert not Notification.objects.exists()


def test_a_name_counts_whole_and_alone():
    ann, longer, han = create_user(name="Ann Lee"), create_user(name="Ann Lee Smith"), create_user(name="王小明")
    create_user(name="Kim Doe")
    double = create_user(name="Kim Doe")
    assert mentioned_in("@Ann Lee Smith") == [longer]
    assert mentioned_in("@Ann Lee, @ann leeway, mail@ann lee") == [ann]
    assert mentioned_in("请问@王小明看一下") == [han]
    assert mentioned_in("@Kim Doe") == []
    assert mentioned_in(f"@{double.email}") == [double]
    assert marked("<i>@Ann Lee", [ann]) == "&lt;i&gt;<b>@Ann Lee</b>"


def test_suggestions_name_only_those_who_may_see_the_customer(client, customer, north):
    create_user(team=north, name="Tomás Reyes")
    create_user(team=create_team("South"), name="Tom Stranger")
    answer = client.get(reverse("interactions:colleagues", args=[customer.pk]), {"q": "tom"}).content.decode()
    assert "Tomás Reyes" in answer
    assert "Stranger" not in answer


# --- changing and taking back -----------------------------------------------------------------------------------------


def test_only_the_author_and_managers_change_it(client, customer, north):
    note = create_interaction(customer, author=create_user(team=north))
    url, data = reverse("interactions:edit", args=[note.pk]), {"text": "changed", "version": 1}
    assert client.post(url, data).status_code == 403
    assert client.post(reverse("interactions:delete", args=[note.pk])).status_code == 403
    client.force_login(create_user("manager"))
    assert client.post(url, data).status_code == 302
    assert Interaction.objects.get().text == "changed"


def test_an_older_version_does_not_overwrite_a_newer_one_unseen(client, seller, customer):
    note = create_interaction(customer, author=seller, version=3, text="theirs")
    url = reverse("interactions:edit", args=[note.pk])
    response = client.post(url, {"text": "mine", "version": 2})
    page = response.content.decode()
    assert response.status_code == 409
    assert "theirs" in page
    assert "mine" in page
    assert 'name="version" value="3"' in page
    assert Interaction.objects.get().text == "theirs"


def test_what_is_deleted_comes_back_by_its_undo(client, seller, customer):
    note = create_interaction(customer, author=seller, text="gone for a moment")
    response = client.post(reverse("interactions:delete", args=[note.pk]), follow=True)
    assert "gone for a moment" not in response.content.decode()
    assert reverse("interactions:restore", args=[note.pk]) in response.content.decode()
    client.post(reverse("interactions:restore", args=[note.pk]))
    assert "gone for a moment" in client.get(customer.get_absolute_url()).content.decode()


# --- sight ------------------------------------------------------------------------------------------------------------


def test_addresses_and_numbers_in_a_text_are_hidden_from_whom_they_are_masked(client, seller, customer):
    create_interaction(
        customer, text="Write to ada@example.org or call +49 30 1234567 by 2026-12-24 10:00.", author=seller
    )
    viewer = create_user("viewer")
    client.force_login(viewer)
    page = client.get(customer.get_absolute_url()).content.decode()
    assert "ada@example.org" not in page
    assert "1234567" not in page
    assert "2026-12-24 10:00" in page


def test_somebody_from_whom_it_is_hidden_cannot_rewrite_a_text_of_others(client, customer, north):
    masked = [Confidential.EMAIL]
    AccessRule.objects.create(role=Role.MANAGER, sees="all", edits="all", masked=masked)
    note = create_interaction(customer, text="ada@example.org", author=create_user(team=north))
    client.force_login(create_user("manager"))
    response = client.get(reverse("interactions:edit", args=[note.pk]))
    assert response.status_code == 403
    assert "ada@example.org" not in response.content.decode()


# --- files ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "content", "kept_as"),
    [
        ("offer.pdf", b"%PDF-1.7", "application/pdf"),
        ("logo.PNG", PNG, "image/png"),
        ("prices.csv", "茶,3\n".encode(), "text/csv"),
        (
            "letter.docx",
            archive("word/document.xml"),
            "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
        ),
    ],
)
def test_a_file_is_kept_and_handed_out_for_saving_only(client, customer, name, content, kept_as):
    assert add(client, customer, "file", upload=SimpleUploadedFile(name, content)).status_code == 302
    response = client.get(reverse("interactions:file", args=[Interaction.objects.get().file.pk]))
    assert response.content == content
    assert response.headers["Content-Type"] == kept_as
    assert response.headers["Content-Disposition"].startswith("attachment")
    assert response.headers["X-Content-Type-Options"] == "nosniff"
    assert "sandbox" in response.headers["Content-Security-Policy"]


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("page.html", b"<script>", "Files of this kind are not kept"),
        ("drawing.svg", b"<svg onload=x>", "Files of this kind are not kept"),
        ("fake.pdf", b"<html>", "The content is not that of a .pdf file"),
        ("fake.png", b"%PDF-1.7", "The content is not that of a .png file"),
        ("not-zip.docx", b"PK nothing", "The content is not that of a .docx file"),
        ("binary.txt", b"a\x00b", "The content is not that of a .txt file"),
        ("macro.docx", archive("word/document.xml", "word/vbaProject.bin"), "holds macros"),
        ("empty.pdf", b"", "empty"),
        ("large.txt", b"x" * (10 * 1024 * 1024 + 1), "at most"),
    ],
)
def test_what_is_no_such_file_is_refused_in_words(client, customer, name, content, said):
    response = add(client, customer, "file", upload=SimpleUploadedFile(name, content))
    assert response.status_code == 422
    assert said in response.content.decode()
    assert not FileContent.objects.exists()


def test_a_file_of_a_strangers_customer_is_not_there(client, seller):
    file = create_file(create_customer("Cleo", owner=create_user(team=create_team("South"))))
    assert client.get(reverse("interactions:file", args=[file.pk])).status_code == 404
