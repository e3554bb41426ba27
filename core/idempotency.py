"""Doing what a request asks for once, however often it arrives.

The sender names each intention by a key of its own choosing. The key's row is written in the same transaction as the
effect, so a process that dies before the commit leaves neither, and after it both: the same request again is answered
with what was answered before. No row is ever half done; what is under way is known by a lock that ends with its
connection.

Of the key only a hash is stored, and the answer is encrypted with the key itself: whoever reads the table, or a backup
of it, learns nothing of what was answered.
"""

from __future__ import annotations

import base64
import datetime as dt
import hashlib
import hmac
import json
from collections.abc import Callable, Mapping
from functools import wraps
from typing import Any

from cryptography.fernet import Fernet
from django.conf import settings
from django.core.files.uploadedfile import UploadedFile
from django.db import OperationalError, connection, transaction
from django.db.models.functions import Now
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.template.response import SimpleTemplateResponse
from psycopg.errors import LockNotAvailable

from core.models import IdempotencyKey

FORM_FIELD = "idempotency_key"
HEADER = "Idempotency-Key"
REPLAYED = "Idempotency-Replayed"
KEPT_FOR = dt.timedelta(hours=24)
LONGEST_KEY = 200
# How long a second press of a button waits for the first.
PATIENCE = dt.timedelta(seconds=10)
KEPT_HEADERS = ("Content-Type", "Content-Language", "Content-Location", "Location", "ETag", "Last-Modified")
FORMS = {"application/x-www-form-urlencoded", "multipart/form-data"}
NOT_PART_OF_THE_REQUEST = {FORM_FIELD, "csrfmiddlewaretoken"}


class IdempotencyError(Exception):
    """The request was not carried out."""


class InvalidKey(IdempotencyError):
    """The key is empty, too long, or not plain text. HTTP 400."""


class InProgress(IdempotencyError):
    """The same request is being carried out at this moment. HTTP 409."""


class KeyReused(IdempotencyError):
    """The key was used for another request, which was answered by `earlier`. HTTP 422."""

    def __init__(self, earlier: HttpResponse) -> None:
        super().__init__("this key was used for another request")
        self.earlier = earlier


def perform_once(
    work: Callable[[], HttpResponseBase], *, scope: str, key: str, fingerprint: str, wait: bool = False
) -> HttpResponseBase:
    """The answer of `work`, run in a transaction unless it was before: then the answer it gave, marked as replayed.

    `scope` says whose key it is (a user, a token); `fingerprint` what was asked (see `fingerprint_of`). An answer of
    400 and above rolls back whatever `work` wrote, and is not kept: the key is free again. With `wait` the same request
    that is under way is waited for; without, and in vain, InProgress is raised. Raises KeyReused and InvalidKey.
    """
    name = _name(scope, key)
    with transaction.atomic():
        _lock(name, wait=wait)
        earlier = IdempotencyKey.objects.filter(name=name, created_at__gt=Now() - KEPT_FOR).first()
        if earlier is not None:
            answer = _answer(earlier, key)
            if not hmac.compare_digest(earlier.fingerprint, fingerprint):
                raise KeyReused(answer)
            return answer
        response = work()
        if isinstance(response, SimpleTemplateResponse):
            response.render()
        if response.status_code >= 400:
            transaction.set_rollback(True)
        else:
            _keep(name, key, fingerprint, response)
    return response


def once(view: Callable[..., HttpResponseBase]) -> Callable[..., HttpResponseBase]:
    """For views of pages: a POST that names its key, in the form (`{% idempotency_key %}`) or the header, is done once.

    One without a key, or from somebody who is not logged in, is done as often as it arrives.
    """

    @wraps(view)
    def checked(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        key = request.headers.get(HEADER) or request.POST.get(FORM_FIELD, "")
        if request.method != "POST" or not key or not request.user.is_authenticated:
            return view(request, *args, **kwargs)
        try:
            return perform_once(
                lambda: view(request, *args, **kwargs),
                scope=f"user:{request.user.pk}",
                key=key,
                fingerprint=fingerprint_of(request),
                wait=True,
            )
        except InvalidKey:
            return render(request, "400.html", status=400)
        except InProgress:
            return render(request, "core/in_progress.html", status=409)
        except KeyReused as reused:
            return render(request, "core/sent_before.html", {"earlier": reused.earlier.get("Location", "")}, status=422)

    return checked


def fingerprint_of(request: HttpRequest) -> str:
    """A hash of method, address and content. A form is taken field by field: browsers write it anew each time."""
    digest = hashlib.sha256(json.dumps([request.method, request.get_full_path()]).encode())
    if request.content_type not in FORMS:
        digest.update(request.body)
        return digest.hexdigest()
    fields = sorted(item for item in request.POST.lists() if item[0] not in NOT_PART_OF_THE_REQUEST)
    digest.update(json.dumps(fields).encode())
    for name, files in sorted(request.FILES.lists()):
        for file in files:
            digest.update(json.dumps([name, _content_hash(file)]).encode())
    return digest.hexdigest()


def purge() -> int:
    """Delete the keys whose time is over, and say how many."""
    return IdempotencyKey.objects.filter(created_at__lte=Now() - KEPT_FOR).delete()[0]


def _content_hash(file: UploadedFile[bytes]) -> str:
    digest = hashlib.sha256()
    for block in file.chunks():
        digest.update(block)
    file.seek(0)
    return digest.hexdigest()


def _name(scope: str, key: str) -> bytes:
    if not key or len(key) > LONGEST_KEY or not key.isprintable():
        raise InvalidKey("a key is 1 to 200 printable characters")
    return hmac.digest(settings.SECRET_KEY.encode(), json.dumps(["name", scope, key]).encode(), "sha256")


def _cipher(name: bytes, key: str) -> Fernet:
    secret = hmac.digest(settings.SECRET_KEY.encode(), json.dumps(["answer", name.hex(), key]).encode(), "sha256")
    return Fernet(base64.urlsafe_b64encode(secret))


def _lock(name: bytes, *, wait: bool) -> None:
    """Until the end of the transaction; a process that dies holds it no longer."""
    number = int.from_bytes(name[:8], signed=True)
    with connection.cursor() as cursor:
        if not wait:
            cursor.execute("SELECT pg_try_advisory_xact_lock(%s)", [number])
            if not (cursor.fetchone() or [False])[0]:
                raise InProgress("the same request is being carried out")
            return
        cursor.execute("SELECT set_config('lock_timeout', %s, true)", [f"{PATIENCE.seconds}s"])
        try:
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", [number])
        except OperationalError as error:
            if isinstance(error.__cause__, LockNotAvailable):
                raise InProgress("the same request is being carried out") from error
            raise
        cursor.execute("SET LOCAL lock_timeout TO DEFAULT")


def _keep(name: bytes, key: str, fingerprint: str, response: HttpResponseBase) -> None:
    if not isinstance(response, HttpResponse):
        raise TypeError("an answer that is streamed cannot be kept")
    headers = {header: response[header] for header in KEPT_HEADERS if header in response}
    answer = {"status": response.status_code, "headers": headers, "body": base64.b64encode(response.content).decode()}
    IdempotencyKey.objects.update_or_create(
        name=name,
        defaults={
            "fingerprint": fingerprint,
            "answer": _cipher(name, key).encrypt(json.dumps(answer).encode()),
            "created_at": Now(),
        },
    )


def _answer(kept: IdempotencyKey, key: str) -> HttpResponse:
    answer: Mapping[str, object] = json.loads(_cipher(bytes(kept.name), key).decrypt(bytes(kept.answer)))
    headers = {**dict(answer["headers"]), REPLAYED: "true"}  # type: ignore[call-overload]
    return HttpResponse(base64.b64decode(str(answer["body"])), status=int(str(answer["status"])), headers=headers)
