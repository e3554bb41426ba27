"""What a process that answers requests does once it has loaded everything."""

from __future__ import annotations

import gc

# So many new objects before the young ones are looked through for cycles: about once in several pages, not several
# times in each.
MOST_YOUNG_OBJECTS = 50_000


def keep_what_is_loaded() -> None:
    """It stays as long as the process: the collector need not walk through it again and again."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(MOST_YOUNG_OBJECTS, 10, 10)
