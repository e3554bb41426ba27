from datetime import date

import pandas as pd
import pytest

from analytics.algorithms.rfm import RfmParams, bucket_sizes, fit_rfm, score_with

LAST_DAY = date(1998, 6, 30)

pytestmark = pytest.mark.real_data


@pytest.fixture(scope="module")
def cdnow_customers(data_dir):
    purchases = pd.read_csv(
        data_dir / "cdnow" / "CDNOW_master.txt.xz",
        sep=r"\s+",
        names=["customer_id", "ordered_date", "discs", "dollars"],
        dtype={"dollars": str},
        skiprows=1,
    )
    purchases["ordered_date"] = pd.to_datetime(purchases["ordered_date"].astype(str), format="%Y%m%d")
    # Amounts have two decimals: read as text they become cents without a rounding.
    purchases["cents"] = purchases["dollars"].str.replace(".", "", regex=False).astype("int64")
    return purchases.groupby("customer_id", as_index=False).agg(
        first_purchase_date=("ordered_date", "min"),
        last_purchase_date=("ordered_date", "max"),
        frequency=("ordered_date", "nunique"),
        monetary=("cents", "sum"),
    )


@pytest.fixture(scope="module")
def cdnow_fit(cdnow_customers):
    return fit_rfm(cdnow_customers, as_of=LAST_DAY, params=RfmParams(window_days=None))


def test_customers_and_revenue_are_those_of_cdnow(cdnow_customers):
    assert len(cdnow_customers) == 23_570
    assert cdnow_customers["monetary"].sum() == 250_031_563


def test_frequency_cut_points_of_cdnow_are_1_1_2_4(cdnow_fit):
    assert cdnow_fit.frequency_cuts == (1, 1, 2, 4)


def test_frequency_of_cdnow_leaves_the_second_score_empty(cdnow_customers, cdnow_fit):
    sizes = bucket_sizes(score_with(cdnow_fit, cdnow_customers)).set_index(["dimension", "score"])

    frequency = sizes.loc["frequency"]
    assert frequency["lowest"].dropna().to_dict() == {1: 1, 3: 2, 4: 3, 5: 5}
    assert frequency.loc[2, "customers"] == 0
    assert frequency["customers"].sum() == 23_570


def test_scores_of_cdnow_follow_from_ranks(cdnow_customers, cdnow_fit):
    scores = score_with(cdnow_fit, cdnow_customers)
    better = {"r_score": -scores["recency_days"], "f_score": scores["frequency"], "m_score": scores["monetary"]}

    for column, values in better.items():
        strictly_below = (values.rank(method="min") - 1).astype("int64")
        assert (scores[column] == 1 + 5 * strictly_below // len(scores)).all()
