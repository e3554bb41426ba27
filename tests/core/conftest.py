import secrets
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from core.embedded import remove_services


@pytest.fixture
def services_root() -> Iterator[Path]:
    """A new folder for servers. Not `tmp_path`: root keeps that closed to the account PostgreSQL runs as."""
    root = Path(tempfile.gettempdir()) / f"meridian-tests-{secrets.token_hex(6)}"
    root.mkdir(mode=0o711)
    yield root
    if root.exists():
        remove_services(root)
