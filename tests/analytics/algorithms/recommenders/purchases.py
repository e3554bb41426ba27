"""Purchases for the tests of recommendations."""

from datetime import date

import numpy as np
import pandas as pd
from hypothesis import strategies as st

from analytics.algorithms.recommenders.content import product_vectors
from analytics.algorithms.recommenders.known import Known, checked_purchases, purchased_pairs
from analytics.algorithms.recommenders.matrices import catalogue_of, histories_of
from analytics.algorithms.recommenders.methods import Fitting, RecommenderParams

AS_OF = date(2026, 6, 30)


def purchase_frame(baskets, *, ordered_date=AS_OF):
    """One purchase per customer and product: `{customer: [products]}`."""
    rows = [(customer, product) for customer, products in baskets.items() for product in products]
    frame = pd.DataFrame(rows, columns=["customer_id", "product_id"]).astype("int64")
    return frame.assign(ordered_date=pd.Timestamp(ordered_date))


@st.composite
def purchase_histories(draw):
    """Some customers with some of nine products, bought on different days and in different quantities."""
    row = st.tuples(st.integers(1, 8), st.integers(1, 9), st.integers(0, 200), st.integers(1, 5))
    rows = draw(st.lists(row, min_size=1, max_size=40))
    frame = pd.DataFrame(rows, columns=["customer_id", "product_id", "days_ago", "quantity"])
    frame["ordered_date"] = pd.Timestamp(AS_OF) - pd.to_timedelta(frame.pop("days_ago"), unit="D")
    return frame


def bought_by(purchases, customer_id):
    return set(purchases.loc[purchases["customer_id"] == customer_id, "product_id"])


def tastes(*, customers=300, weeks=20, seed=5, groups=4, loyalty=0.9):
    """Customers of `groups` tastes with ten products each; a purchase is of the own taste with chance `loyalty`."""
    rng = np.random.default_rng(seed)
    n = customers * weeks // 2
    customer_ids = rng.integers(1, customers + 1, n)
    own = rng.random(n) < loyalty
    group = np.where(own, customer_ids % groups, rng.integers(0, groups, n))
    days_ago = rng.integers(0, 7 * weeks, n)
    return pd.DataFrame(
        {
            "customer_id": customer_ids,
            "product_id": 1 + 10 * group + rng.integers(0, 10, n),
            "ordered_date": pd.Timestamp(AS_OF) - pd.to_timedelta(days_ago, unit="D"),
        }
    )


def known_of(purchases, *, as_of=AS_OF, **fields):
    """What is known on a day of these purchases, later ones left out."""
    until = purchases[purchases["ordered_date"] <= pd.Timestamp(as_of)]
    return Known(as_of, purchased_pairs(checked_purchases(until)), **fields)


def fitting_of(known, *, popularity_days=90, **params):
    """All that recommenders are fitted on, of all customers who bought."""
    catalogue = catalogue_of(known.purchases, as_of=known.as_of, popularity_days=popularity_days)
    histories = histories_of(known, catalogue, known.purchases["customer_id"].unique())
    vectors = product_vectors(known.products, catalogue.product_ids)
    return Fitting(catalogue, histories, vectors, RecommenderParams(**params))
