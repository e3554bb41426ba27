"""One call of another program, signed, to an IP that was looked at, for a limited time."""

from __future__ import annotations

import hashlib
import hmac
import http.client
import json
import socket
import ssl
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from api.models import Delivery
from api.webhooks.addresses import RefusedAddress, Target, resolve

SECONDS = 10.0
LARGEST_ANSWER = 64 * 1024
SIGNATURE = "Meridian-Signature"


@dataclass(frozen=True)
class Answer:
    """What came back: a status, or in `error` why none did."""

    status: int | None
    error: str = ""

    @property
    def is_good(self) -> bool:
        return self.status is not None and 200 <= self.status < 300


def signature(secret: str, timestamp: int, body: bytes) -> str:
    """As the receiver works it out: HMAC-SHA256 of "timestamp.body"."""
    digest = hmac.new(secret.encode(), f"{timestamp}.".encode() + body, hashlib.sha256).hexdigest()
    return f"t={timestamp},v1={digest}"


def send(delivery: Delivery) -> Answer:
    """Tell the webhook of one thing. Nothing is raised."""
    body = json.dumps(delivery.payload, separators=(",", ":")).encode()
    secret = delivery.webhook.secret.reveal() if delivery.webhook.secret else ""
    headers = {
        "Content-Type": "application/json",
        "User-Agent": "Meridian-CRM-Webhooks/1",
        "Meridian-Delivery": str(delivery.uid),
        "Meridian-Event": delivery.occasion,
        SIGNATURE: signature(secret, int(time.time()), body),
    }
    try:
        return post(resolve(delivery.webhook.url), body, headers)
    except RefusedAddress as refused:
        return Answer(None, str(refused))
    except ssl.SSLError as error:
        return Answer(None, _("The certificate is not in order: %(reason)s") % {"reason": error.reason or ""})
    except (OSError, http.client.HTTPException) as error:
        return Answer(None, _("The server did not answer: %(reason)s") % {"reason": type(error).__name__})


def post(target: Target, body: bytes, headers: Mapping[str, str]) -> Answer:
    """A redirect is an answer like another, and none that counts as delivered."""
    deadline = time.monotonic() + SECONDS
    connection = _Connection(target)
    try:
        connection.request("POST", target.path, body, {"Host": target.host_header, **headers})
        response = connection.getresponse()
        # A server that sends its answer drop by drop is not waited for beyond the limit.
        read = 0
        while read < LARGEST_ANSWER and time.monotonic() < deadline and (block := response.read1(8192)):
            read += len(block)
        return Answer(response.status)
    finally:
        connection.close()


class _Connection(http.client.HTTPConnection):
    """To the IP that was looked at, whatever its name says by now; TLS asks for the name."""

    def __init__(self, target: Target) -> None:
        super().__init__(target.ip, target.port, timeout=SECONDS)
        self._target = target

    def connect(self) -> None:
        plain: Any = socket.create_connection((self._target.ip, self._target.port), SECONDS)
        if self._target.scheme == "https":
            plain = ssl.create_default_context().wrap_socket(plain, server_hostname=self._target.host)
        self.sock = plain
