"""What stops an import as a whole."""

from __future__ import annotations

from jobs.errors import JobError


class ImportFileError(JobError):
    """The file, or the mapping it is read with, cannot be imported. The message says what, where, and what to do."""
