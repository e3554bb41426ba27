"""AirPassengers (Box and Jenkins 1976, series G), out of the results that statsmodels tests itself against."""

from __future__ import annotations

import numpy as np
import pytest

from analytics.evaluation import FloatArray


def air_passengers() -> FloatArray:
    """Monthly, 1949 to 1960. Skips the test where statsmodels came without its tests."""
    results = pytest.importorskip("statsmodels.tsa.statespace.tests.results.results_sarimax")
    return np.asarray(results.air2_stationary["data"], dtype=np.float64)
