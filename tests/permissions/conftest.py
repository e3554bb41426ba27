from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager

import pytest
from django.db import transaction

Stage = Callable[[], AbstractContextManager[None]]


@pytest.fixture(autouse=True)
def _no_limit_of_attempts(settings) -> None:
    """Every actor knocks at every door here; that doors are slow to open again is proved in tests/accounts and api."""
    settings.ACCOUNT_RATE_LIMITS = False
    settings.API_CALLS_A_MINUTE = 10**9


@pytest.fixture(scope="module")
def stage(django_db_setup: None, django_db_blocker) -> Stage:
    """For what all tests of a module find there: each of them takes back what it writes itself."""

    @contextmanager
    def set_up() -> Iterator[None]:
        with django_db_blocker.unblock(), transaction.atomic():
            yield
            transaction.set_rollback(True)

    return set_up
