from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.core import mail
from django.core.cache import cache
from django.test import Client
from django.urls import reverse

from accounts.mails import MAIL_THREAD
from accounts.models import User
from tests.factories import PASSWORD, create_user


@pytest.fixture(autouse=True)
def _nothing_left_over() -> Iterator[None]:
    """Attempts are counted in the cache, which outlives a test; so may a mail that is under way."""
    cache.clear()
    yield
    wait_for_mails()


def wait_for_mails() -> None:
    for thread in threading.enumerate():
        if thread.name == MAIL_THREAD:
            thread.join()


@pytest.fixture
def sam(db) -> User:
    return create_user("sales", email="sam@example.org", name="Sam Seller")


@pytest.fixture
def ada(db) -> User:
    return create_user("admin", email="ada@example.org", name="Ada Admin")


@pytest.fixture
def log_in() -> Callable[..., Any]:
    def log_in(client: Client, email: str = "sam@example.org", password: str = PASSWORD, **extra: Any) -> Any:
        return client.post(reverse("accounts:login"), {"login": email, "password": password, **extra})

    return log_in


@pytest.fixture
def outbox(mailoutbox) -> Callable[[], list[mail.EmailMessage]]:
    """What has been sent, once every thread that sends has done so."""

    def sent() -> list[mail.EmailMessage]:
        wait_for_mails()
        return mailoutbox

    return sent
