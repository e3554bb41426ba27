"""What an algorithm raises when the data, not the caller, is at fault."""


class NotEnoughData(ValueError):
    """The data cannot carry this analysis. `reason` is a code and `facts` its numbers, for a page to put into words."""

    def __init__(self, reason: str, **facts: int | float | str) -> None:
        self.reason = reason
        self.facts = facts
        numbers = ", ".join(f"{name} {value}" for name, value in facts.items())
        super().__init__(f"{reason}: {numbers}" if numbers else reason)


class InvalidInput(ValueError):
    """A frame breaks the contract of the function that it was given to: a fault of the caller."""
