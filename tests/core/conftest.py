from collections.abc import Iterator
from pathlib import Path

import pytest

from core.embedded import remove_services


@pytest.fixture
def services_root(open_folder: Path) -> Iterator[Path]:
    """A new folder for servers."""
    root = open_folder / "services"
    root.mkdir(mode=0o711)
    yield root
    if root.exists():
        remove_services(root)
