"""What is asked for twice is done once."""

from __future__ import annotations

import datetime as dt
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import IntegrityError, connection, transaction
from django.db.models.functions import Now
from django.http import HttpResponse, JsonResponse, StreamingHttpResponse
from django.template import Context, Template
from django.test import RequestFactory

from core import idempotency
from core.idempotency import InProgress, InvalidKey, KeyReused, fingerprint_of, once, perform_once
from core.models import IdempotencyKey
from customers.models import Customer
from tests.factories import create_user

pytestmark = pytest.mark.django_db(transaction=True)


def create(name: str = "Ada", status: int = 201) -> HttpResponse:
    customer = Customer.objects.create(name=name)
    return JsonResponse({"name": name}, status=status, headers={"Location": f"/customers/{customer.pk}/"})


def asked(name: str = "Ada", *, key: str = "k1", scope: str = "token:1", **options) -> HttpResponse:
    response = perform_once(lambda: create(name), scope=scope, key=key, fingerprint=name, **options)
    assert isinstance(response, HttpResponse)
    return response


def names() -> list[str]:
    return list(Customer.objects.order_by("pk").values_list("name", flat=True))


def test_the_same_request_is_answered_with_what_was_answered_before():
    first, second = asked(), asked()
    assert names() == ["Ada"]
    assert (second.status_code, second.content, second["Location"]) == (201, b'{"name": "Ada"}', first["Location"])
    assert (second["Content-Type"], second["Idempotency-Replayed"]) == ("application/json", "true")
    assert "Idempotency-Replayed" not in first


def test_another_request_under_the_same_key_is_refused_and_told_the_first_answer():
    first = asked("Ada")
    with pytest.raises(KeyReused) as refused:
        asked("Grace")
    assert refused.value.earlier["Location"] == first["Location"]
    assert names() == ["Ada"]


def test_another_key_or_another_sender_is_another_request():
    asked("Ada")
    asked("Ada", key="k2")
    asked("Ada", scope="token:2")
    assert names() == ["Ada"] * 3


def test_while_the_first_is_under_way_the_second_is_refused():
    inside, go_on = threading.Event(), threading.Event()

    def work() -> HttpResponse:
        inside.set()
        assert go_on.wait(10)
        return create()

    def first() -> int:
        try:
            return perform_once(work, scope="token:1", key="k1", fingerprint="Ada").status_code
        finally:
            connection.close()

    with ThreadPoolExecutor(1) as elsewhere:
        running = elsewhere.submit(first)
        assert inside.wait(10)
        with pytest.raises(InProgress):
            asked()
        go_on.set()
        assert running.result() == 201
    assert "Idempotency-Replayed" in asked()
    assert names() == ["Ada"]


def test_a_page_waits_for_the_first_but_not_for_ever(monkeypatch):
    name = idempotency._name("token:1", "k1")

    def hold(done: threading.Event, held: threading.Event) -> None:
        with transaction.atomic():
            idempotency._lock(name, wait=False)
            held.set()
            done.wait(10)
        connection.close()

    monkeypatch.setattr(idempotency, "PATIENCE", dt.timedelta(seconds=1))
    done, held = threading.Event(), threading.Event()
    holder = threading.Thread(target=hold, args=(done, held))
    holder.start()
    assert held.wait(10)
    with pytest.raises(InProgress):
        asked(wait=True)
    threading.Timer(0.2, done.set).start()
    assert asked(wait=True).status_code == 201
    holder.join()


def test_twenty_at_once_are_one():
    together = threading.Barrier(20)

    def ask() -> bool:
        together.wait()
        try:
            return "Idempotency-Replayed" in asked(wait=True)
        finally:
            connection.close()

    with ThreadPoolExecutor(20) as clicks:
        replayed = [each.result() for each in [clicks.submit(ask) for _ in range(20)]]
    assert sorted(replayed) == [False] + [True] * 19
    assert names() == ["Ada"]


def test_an_error_leaves_nothing_and_frees_the_key():
    refused = perform_once(lambda: create(status=422), scope="token:1", key="k1", fingerprint="Ada")
    assert refused.status_code == 422
    assert names() == []
    with pytest.raises(ZeroDivisionError):
        perform_once(lambda: 1 // 0, scope="token:1", key="k1", fingerprint="Ada")  # type: ignore[arg-type,return-value]
    assert asked("Grace").status_code == 201
    assert names() == ["Grace"]


def test_an_answer_that_is_streamed_cannot_be_kept():
    with pytest.raises(TypeError):
        perform_once(lambda: StreamingHttpResponse([b"x"]), scope="token:1", key="k1", fingerprint="x")
    assert not IdempotencyKey.objects.exists()


def test_after_a_day_a_key_is_free_and_its_row_is_purged():
    asked("Ada")
    asked("Bob", key="k2")
    IdempotencyKey.objects.update(created_at=Now() - dt.timedelta(hours=25))
    asked("Ada")
    assert idempotency.purge() == 1
    assert IdempotencyKey.objects.count() == 1
    assert "Idempotency-Replayed" in asked("Ada")
    assert names() == ["Ada", "Bob", "Ada"]


def test_neither_the_key_nor_the_answer_stand_in_the_table():
    asked("Ada", key="the-key-of-the-sender")
    with connection.cursor() as cursor:
        cursor.execute("SELECT convert_from(name || answer, 'LATIN1') || fingerprint FROM core_idempotencykey")
        (kept,) = cursor.fetchone()
    assert "the-key-of-the-sender" not in kept
    assert "/customers/" not in kept


@pytest.mark.parametrize("key", ["", "x" * 201, "two\nlines", "null\0"])
def test_what_is_no_key(key):
    with pytest.raises(InvalidKey):
        asked(key=key)


def test_the_table_itself_holds_a_key_once():
    asked()
    row = IdempotencyKey.objects.get()
    with pytest.raises(IntegrityError), transaction.atomic():
        IdempotencyKey.objects.create(name=row.name, fingerprint="", answer=b"")


# --- pages ------------------------------------------------------------------------------------------------------------


@once
def view(request):
    return create(request.POST.get("name", ""), status=302)


@pytest.fixture
def send():
    user = create_user()

    def post(data, *, as_user=user, **options):
        request = RequestFactory().post("/somewhere/", data, **options)
        request.user = as_user
        return view(request)

    return post


def test_a_form_that_is_sent_twice_is_done_once(send):
    form = {"name": "Ada", "idempotency_key": "k1"}
    assert (
        send({**form, "csrfmiddlewaretoken": "a"})["Location"] == send({**form, "csrfmiddlewaretoken": "b"})["Location"]
    )
    assert send(form, as_user=create_user()).status_code == 302, "a key belongs to who sent it"
    assert names() == ["Ada", "Ada"]


def test_a_form_without_a_key_is_done_each_time(send):
    send({"name": "Ada"})
    send({"name": "Ada"})
    assert names() == ["Ada", "Ada"]


def test_a_program_names_the_key_in_the_header(send):
    for _attempt in range(2):
        send({"name": "Ada"}, headers={"Idempotency-Key": "k1"})
    assert names() == ["Ada"]


def test_a_form_sent_with_other_entries_is_led_to_what_is_saved(send):
    first = send({"name": "Ada", "idempotency_key": "k1"})
    second = send({"name": "Adam", "idempotency_key": "k1"})
    assert second.status_code == 422
    assert f'href="{first["Location"]}"' in second.content.decode()
    assert names() == ["Ada"]


def test_the_tag_writes_a_new_key_each_time():
    fields = {Template("{% idempotency_key %}").render(Context()) for _page in range(2)}
    assert len(fields) == 2
    assert all(field.startswith('<input type="hidden" name="idempotency_key" value="') for field in fields)


def test_what_makes_a_request_another():
    def taken(data, path="/a/", **options) -> str:
        return fingerprint_of(RequestFactory().post(path, data, **options))

    def file(content: bytes) -> SimpleUploadedFile:
        return SimpleUploadedFile("a.csv", content)

    assert taken({"a": "1", "b": "2"}) == taken({"b": "2", "a": "1"})
    assert taken({"a": "1"}) != taken({"a": "2"})
    assert taken({"a": "1"}) != taken({"a": "1"}, path="/b/")
    assert taken({"f": file(b"x")}) == taken({"f": file(b"x")})
    assert taken({"f": file(b"x")}) != taken({"f": file(b"y")})
    assert taken({}) == taken({})
    assert taken('{"a": 1}', content_type="application/json") != taken('{"a": 2}', content_type="application/json")
