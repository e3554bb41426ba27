import pytest


@pytest.fixture(autouse=True)
def _no_limit_of_attempts(settings) -> None:
    """Every actor knocks at every door here; that doors are slow to open again is tests/accounts' to prove."""
    settings.ACCOUNT_RATE_LIMITS = False
