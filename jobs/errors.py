"""How long work ends without a result."""

from __future__ import annotations

import errno

from django.utils.translation import gettext as _
from psycopg.errors import DiskFull

NO_ROOM = frozenset({errno.ENOSPC, errno.EDQUOT})


class JobError(Exception):
    """A failure that a person can do something about. Its message is shown as it is: write it in their words."""


class UnknownKindError(LookupError):
    """No app of this version registered the kind."""


class Interrupted(BaseException):
    """The run must stop here and now.

    No subclass of Exception, so that a kind which goes on after a failed part (`except Exception`) does not take this
    for one.
    """


class LeaseLost(Interrupted):
    """The attempt is no longer this one's: what it would write now, another attempt writes."""


class JobCancelled(Interrupted):
    """Somebody cancelled the job."""


def is_disk_full(error: BaseException | None) -> bool:
    """Whether there was no room to write, for this process or for the database. DuckDB says it in its text only."""
    while error is not None:
        if isinstance(error, DiskFull) or (isinstance(error, OSError) and error.errno in NO_ROOM):
            return True
        if "No space left on device" in str(error):
            return True
        error = error.__cause__ or error.__context__
    return False


def disk_full_in_words() -> str:
    return _("There is no room left on the disk. Make room, then start it again: what was there before is still there.")
