from __future__ import annotations


class FilterError(ValueError):
    """An expression that cannot be used. `path` is the JSON pointer of what is wrong in it, `message` says why.

    `status` is what an API answers.
    """

    status = 400

    def __init__(self, path: str, message: str) -> None:
        super().__init__(message)
        self.path, self.message = path, message


class UnknownField(FilterError):
    """It names a field, or a condition, that is not there, or not any more."""


class MaskedField(FilterError):
    """It asks more of a field than the person may know of it: of what is masked, only an exact value is searched."""

    status = 403
