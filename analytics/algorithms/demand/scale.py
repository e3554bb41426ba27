"""The scale that a series is looked at on: logarithms where all values are above zero, else as it is."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from analytics.evaluation import FloatArray


@dataclass(frozen=True)
class Scale:
    """On logarithms a season is a share of the level, and no forecast is below zero. `floor`: what a forecast on the
    plain scale does not fall below; minus infinity for a series that was below zero before."""

    is_log: bool
    floor: float

    @classmethod
    def of(cls, values: FloatArray) -> Scale:
        return cls(bool((values > 0).all()), 0.0 if (values >= 0).all() else -np.inf)

    def there(self, values: FloatArray) -> FloatArray:
        scaled: FloatArray = np.log(values) if self.is_log else values
        return scaled

    def back(self, values: FloatArray) -> FloatArray:
        """Medians stay medians and quantiles quantiles, which means would not."""
        plain: FloatArray = np.exp(values) if self.is_log else np.maximum(values, self.floor)
        return plain
