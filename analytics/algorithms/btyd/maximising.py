"""The one way in which these models are fitted: maximum likelihood over positive parameters."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize
from threadpoolctl import threadpool_limits

from analytics.algorithms.errors import NotEnoughData

FloatArray = NDArray[np.float64]
# Parameters, shape (p,), to the mean log-likelihood of a customer and its gradient, shape (p,).
LogLikelihood = Callable[[FloatArray], tuple[float, FloatArray]]

# Parameters are sought between these. A maximum on the edge is none: the data do not tell the customers apart.
_LOG_BOUNDS = (-9.0, 12.0)


def maximum(log_likelihood: LogLikelihood, *, start: Sequence[float]) -> FloatArray:
    """The positive parameters, shape (p,), that make `log_likelihood` largest.

    Raises `NotEnoughData` ("no_maximum") where the likelihood grows towards the edge of all sensible values.
    """

    def fallen(logs: FloatArray) -> tuple[float, FloatArray]:
        params = np.exp(logs)
        value, gradient = log_likelihood(params)
        return -value, -gradient * params

    options = {"maxiter": 1000, "ftol": 1e-14, "gtol": 1e-9}
    bounds = [_LOG_BOUNDS] * len(start)
    # Sums over some 100,000 rows: threads would wait for each other longer than they add up.
    with threadpool_limits(1):
        found = minimize(fallen, np.log(start), jac=True, method="L-BFGS-B", bounds=bounds, options=options)
    logs = np.asarray(found.x, dtype=np.float64)
    if (
        not np.isfinite(found.fun)
        or (np.abs(logs - np.clip(logs, _LOG_BOUNDS[0] + 0.01, _LOG_BOUNDS[1] - 0.01)) > 0).any()
    ):
        raise NotEnoughData("no_maximum")
    return np.exp(logs)
