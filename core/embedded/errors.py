"""What goes wrong with an embedded service, in words for the person at the terminal."""


class ServiceError(RuntimeError):
    """An embedded service can't be started or reached; the message says what to do."""
