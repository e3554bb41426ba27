"""Secrets that an installation makes for itself: a file that its owner alone reads, made once."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from pathlib import Path


def made_once(path: Path, make: Callable[[], str]) -> str:
    """What the file holds; where there is none, what `make` returns becomes it. Of two processes the first one wins."""
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        fresh = path.with_name(f"{path.name}.{secrets.token_hex(4)}")
        fresh.touch(mode=0o600)
        fresh.write_text(make())
        try:
            path.hardlink_to(fresh)  # atomic
        except FileExistsError:
            pass
        finally:
            fresh.unlink()
    return path.read_text()
