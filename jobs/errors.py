"""How long work ends without a result."""

from __future__ import annotations


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
