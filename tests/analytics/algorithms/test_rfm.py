import json
from datetime import date, timedelta

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from analytics.algorithms.errors import InvalidInput
from analytics.algorithms.rfm import (
    SCORE_COLUMNS,
    InvalidWeights,
    LifecycleClass,
    RfmFit,
    RfmParams,
    RfmWeights,
    Status,
    bucket_sizes,
    fit_rfm,
    score_with,
)
from analytics.algorithms.segments_map import SCORES, SecondAxis, Segment, SegmentMap

AS_OF = date(2026, 6, 30)
SCORES_OF_A_ROW = [*SCORE_COLUMNS.values(), "weighted_score"]


def customer_row(customer_id, *, recency_days=None, tenure_days=None, frequency=0, monetary=0):
    last = None if recency_days is None else AS_OF - timedelta(days=recency_days)
    first = last if tenure_days is None else AS_OF - timedelta(days=tenure_days)
    return {
        "customer_id": customer_id,
        "first_purchase_date": first,
        "last_purchase_date": last,
        "frequency": frequency,
        "monetary": monetary,
    }


def customer_frame(*rows):
    frame = pd.DataFrame(list(rows), columns=list(customer_row(1)))
    for column in ("first_purchase_date", "last_purchase_date"):
        frame[column] = pd.to_datetime(frame[column])
    return frame.astype({"frequency": "int64", "monetary": "int64"})


def five_customers(**changes):
    """One customer per fifth, the first the worst in all respects."""
    rows = [
        customer_row(i, recency_days=100 - 10 * i, tenure_days=500, frequency=i, monetary=1000 * i) for i in range(1, 6)
    ]
    return customer_frame(*rows).assign(**changes)


def scored(customers, *, params=None):
    return score_with(fit_rfm(customers, as_of=AS_OF, params=params or RfmParams()), customers)


@st.composite
def populations(draw, *, min_buyers=1):
    """Buyers with many ties, and some customers who bought before the window only or never."""
    days = st.integers(0, 12)
    buyers = draw(
        st.lists(st.tuples(days, days, st.integers(1, 5), st.integers(-50, 50)), min_size=min_buyers, max_size=40)
    )
    rows = [
        customer_row(i, recency_days=30 * r, tenure_days=30 * (r + t), frequency=f, monetary=m)
        for i, (r, t, f, m) in enumerate(buyers, start=1)
    ]
    rows += [customer_row(1000 + i, recency_days=500 + i) for i in range(draw(st.integers(0, 3)))]
    rows += [customer_row(2000 + i) for i in range(draw(st.integers(0, 3)))]
    return customer_frame(*draw(st.permutations(rows)))


# What a score is


@given(populations())
def test_score_is_one_plus_fifths_of_the_population_strictly_below(customers):
    result = scored(customers)
    buyers = result[result["status"] == Status.BUYER]

    better = {"r_score": -buyers["recency_days"], "f_score": buyers["frequency"], "m_score": buyers["monetary"]}
    for column, values in better.items():
        expected = [1 + 5 * int((values < value).sum()) // len(values) for value in values]
        assert buyers[column].tolist() == expected


def test_five_different_customers_get_the_five_scores():
    result = scored(five_customers())

    for column in SCORE_COLUMNS.values():
        assert result[column].tolist() == [1, 2, 3, 4, 5]
    assert result["segment"].tolist() == ["lost", "hibernating", "need_attention", "loyal", "champions"]


def test_equal_customers_all_get_the_lowest_score():
    result = scored(five_customers(frequency=3))

    assert result["f_score"].tolist() == [1, 1, 1, 1, 1]
    assert result["r_score"].tolist() == [1, 2, 3, 4, 5]


def test_one_buyer_alone_is_the_lowest_group():
    result = scored(customer_frame(customer_row(7, recency_days=1, frequency=2, monetary=500)))

    assert result.loc[0, SCORES_OF_A_ROW].tolist() == [1, 1, 1, 1.0]


def test_customers_outside_the_window_have_a_status_and_no_score():
    lapsed, prospect = customer_row(8, recency_days=800), customer_row(9)

    result = scored(customer_frame(*five_customers().to_dict("records"), lapsed, prospect)).set_index("customer_id")

    assert result.loc[[8, 9], SCORES_OF_A_ROW].isna().all(axis=None)
    assert result.loc[[8, 9], "status"].tolist() == [Status.LAPSED_BEFORE_WINDOW, Status.PROSPECT]
    assert result.loc[[8, 9], "segment"].tolist() == [Status.LAPSED_BEFORE_WINDOW, Status.PROSPECT]
    assert result.loc[8, "recency_days"] == 800
    assert pd.isna(result.loc[9, "recency_days"])


def test_customers_outside_the_window_do_not_move_the_scores_of_buyers():
    others = [customer_row(100 + i, recency_days=800 + i) for i in range(20)]

    result = scored(customer_frame(*five_customers().to_dict("records"), *others))

    assert result.loc[:4, "r_score"].tolist() == [1, 2, 3, 4, 5]


def test_nobody_at_all_gives_empty_scores_of_the_same_types():
    result = scored(customer_frame())

    assert result.empty
    assert result["r_score"].dtype == scored(five_customers())["r_score"].dtype
    assert bucket_sizes(result)["customers"].tolist() == [0] * 15


# Properties


@given(populations(), st.randoms(use_true_random=False))
def test_order_of_rows_does_not_matter(customers, random):
    order = list(range(len(customers)))
    random.shuffle(order)

    result = scored(customers.iloc[order].reset_index(drop=True))

    pd.testing.assert_frame_equal(result, scored(customers).iloc[order].reset_index(drop=True))


@given(populations(), st.integers(1, 10_000))
def test_currency_scale_does_not_matter(customers, scale):
    result = scored(customers.assign(monetary=customers["monetary"] * scale))

    pd.testing.assert_frame_equal(result.drop(columns="monetary"), scored(customers).drop(columns="monetary"))


@given(populations())
def test_labels_do_not_matter(customers):
    labels = "customer " + customers["customer_id"].astype(str)

    result = scored(customers.assign(customer_id=labels))

    assert result["customer_id"].tolist() == labels.tolist()
    pd.testing.assert_frame_equal(result.drop(columns="customer_id"), scored(customers).drop(columns="customer_id"))


@given(populations(min_buyers=2))
def test_no_better_customer_has_a_lower_score(customers):
    result = scored(customers)
    buyers = result[result["status"] == Status.BUYER]
    pairs = buyers.merge(buyers, how="cross", suffixes=("", "_other"))

    for better, score in (
        (pairs["recency_days"] <= pairs["recency_days_other"], "r_score"),
        (pairs["frequency"] >= pairs["frequency_other"], "f_score"),
        (pairs["monetary"] >= pairs["monetary_other"], "m_score"),
    ):
        assert (pairs.loc[better, score] >= pairs.loc[better, f"{score}_other"]).all()


@given(populations())
def test_every_customer_is_placed(customers):
    result = scored(customers)
    buyers = result[result["status"] == Status.BUYER]

    assert buyers[list(SCORE_COLUMNS.values())].isin(SCORES).all(axis=None)
    assert buyers["weighted_score"].between(1, 5).all()
    assert set(buyers["segment"]) <= set(Segment)
    assert set(result["lifecycle_class"]) <= set(LifecycleClass)
    assert len(result) == len(customers)


@given(populations(), st.data())
def test_one_customer_scored_alone_equals_the_full_run(customers, data):
    fit = RfmFit.from_json(json.loads(json.dumps(fit_rfm(customers, as_of=AS_OF, params=RfmParams()).to_json())))
    position = data.draw(st.integers(0, len(customers) - 1))

    alone = score_with(fit, customers.iloc[[position]])

    expected = scored(customers).iloc[[position]].reset_index(drop=True)
    pd.testing.assert_frame_equal(alone, expected, check_dtype=False)
    assert alone["weighted_score"].isna().tolist() == expected["weighted_score"].isna().tolist()


@given(populations(), st.integers(0, 400), st.integers(1, 9), st.integers(-99, 99))
def test_a_customer_the_fit_never_saw_gets_scores(customers, recency_days, frequency, monetary):
    fit = fit_rfm(customers, as_of=AS_OF, params=RfmParams())
    stranger = customer_row(1, recency_days=recency_days, frequency=frequency, monetary=monetary)

    result = score_with(fit, customer_frame(stranger))

    assert result[list(SCORE_COLUMNS.values())].isin(SCORES).all(axis=None)


# Refresh between full runs


def test_a_purchase_after_the_full_run_is_scored_by_its_cut_points():
    fit = fit_rfm(five_customers(), as_of=AS_OF, params=RfmParams())
    back_again = {
        **customer_row(1, frequency=2, monetary=1500, tenure_days=500),
        "last_purchase_date": date(2026, 7, 2),
    }

    result = score_with(fit, customer_frame(back_again), as_of=date(2026, 7, 3))

    assert result.iloc[0][["recency_days", "r_score", "f_score", "m_score"]].tolist() == [1, 5, 2, 2]


def test_time_passing_does_not_change_recency_scores_between_full_runs():
    fit = fit_rfm(five_customers(), as_of=AS_OF, params=RfmParams())

    later = score_with(fit, five_customers(), as_of=AS_OF + timedelta(days=25))

    assert later["r_score"].tolist() == [1, 2, 3, 4, 5]
    assert later["recency_days"].tolist() == [115, 105, 95, 85, 75]


def test_first_buyer_after_a_run_without_buyers_is_scored():
    fit = fit_rfm(customer_frame(customer_row(1)), as_of=AS_OF, params=RfmParams())

    result = score_with(fit, customer_frame(customer_row(1, recency_days=0, frequency=1, monetary=10)))

    assert result.loc[0, "r_score"] == 1


# Weights, maps, classes


def test_weighted_score_uses_the_default_weights():
    customers = five_customers(monetary=[5, 4, 3, 2, 1])

    assert scored(customers)["weighted_score"].tolist() == pytest.approx([1.8, 2.4, 3.0, 3.6, 4.2])


def test_only_the_proportions_of_weights_count():
    params = RfmParams(weights=RfmWeights(recency=5, frequency=3, monetary=2))

    assert scored(five_customers(), params=params)["weighted_score"].tolist() == pytest.approx(
        scored(five_customers())["weighted_score"].tolist()
    )


@pytest.mark.parametrize("weights", [(0, 0, 0), (-1, 1, 1), (float("nan"), 1, 1), (float("inf"), 1, 1)])
def test_impossible_weights_are_refused(weights):
    with pytest.raises(InvalidWeights):
        RfmWeights(*weights)


def test_alternative_map_sets_monetary_beside_frequency():
    rich_one_time_buyers = five_customers(frequency=1)
    params = RfmParams(segment_map=SegmentMap(second_axis=SecondAxis.FREQUENCY_MONETARY))

    # F is 1 throughout and M is 1–5, so the second score is 1, 2, 2, 3, 3: halves go up.
    assert scored(rich_one_time_buyers, params=params)["segment"].tolist() == [
        "lost",
        "hibernating",
        "about_to_sleep",
        "potential_loyalist",
        "potential_loyalist",
    ]


def test_lifecycle_classes():
    customers = customer_frame(
        customer_row("worst", recency_days=300, tenure_days=700, frequency=1, monetary=1),
        customer_row("asleep", recency_days=200, tenure_days=700, frequency=2, monetary=2),
        customer_row("regular", recency_days=100, tenure_days=364, frequency=3, monetary=3),
        customer_row("old friend", recency_days=50, tenure_days=365, frequency=4, monetary=4),
        customer_row("newcomer", recency_days=10, tenure_days=89, frequency=5, monetary=5),
        customer_row("lapsed", recency_days=900, tenure_days=1000),
        customer_row("never"),
    )

    classes = scored(customers).set_index("customer_id")["lifecycle_class"].to_dict()

    assert classes == {
        "worst": "lost",
        "asleep": "dormant",
        "regular": "active",
        "old friend": "established",
        "newcomer": "new",
        "lapsed": "lost",
        "never": "prospect",
    }


def test_a_newcomer_is_new_even_in_the_lowest_fifth():
    result = scored(customer_frame(customer_row(1, recency_days=3, tenure_days=3, frequency=1, monetary=10)))

    assert result.loc[0, "lifecycle_class"] == LifecycleClass.NEW


# Sizes and contract


def test_bucket_sizes_show_ties_and_empty_buckets():
    sizes = bucket_sizes(scored(five_customers(frequency=[1, 1, 1, 2, 9])))

    frequency = sizes[sizes["dimension"] == "frequency"].set_index("score")
    assert frequency["customers"].to_dict() == {1: 3, 2: 0, 3: 0, 4: 1, 5: 1}
    assert sizes.query("dimension == 'frequency' and score == 5")[["lowest", "highest"]].values.tolist() == [[9, 9]]
    assert frequency.loc[2, ["lowest", "highest"]].isna().all()


@given(populations())
def test_buckets_hold_every_buyer_once(customers):
    sizes = bucket_sizes(scored(customers)).groupby("dimension")["customers"].sum()

    assert sizes.tolist() == [int((customers["frequency"] > 0).sum())] * 3


def test_window_has_as_many_days_as_it_says_and_ends_with_as_of():
    assert RfmParams(window_days=30).window_start(date(2026, 6, 30)) == date(2026, 6, 1)
    assert RfmParams(window_days=None).window_start(AS_OF) is None


def test_amounts_as_doubles_pass_while_they_are_whole():
    customers = five_customers()

    pd.testing.assert_frame_equal(scored(customers.astype({"monetary": float})), scored(customers))


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"monetary": 1.5}, "monetary: not whole numbers"),
        ({"monetary": float(2**53)}, "monetary: not whole numbers"),
        ({"frequency": np.nan}, "frequency: missing values"),
        ({"frequency": -1}, "negative frequency: 5 rows"),
        ({"customer_id": [1, 1, 2, 3, 4]}, "customer_id occurs twice: 1 rows"),
        ({"last_purchase_date": pd.Timestamp("2026-07-01")}, "last purchase after as_of: 5 rows"),
        ({"first_purchase_date": pd.Timestamp("2026-06-30")}, "first purchase after the last: 5 rows"),
        ({"last_purchase_date": pd.NaT, "first_purchase_date": pd.NaT}, "frequency without a purchase date: 5 rows"),
        ({"first_purchase_date": pd.NaT}, "only one of first and last purchase: 5 rows"),
    ],
)
def test_input_that_breaks_the_contract_is_refused(changes, message):
    with pytest.raises(InvalidInput, match=message):
        fit_rfm(five_customers(**changes), as_of=AS_OF, params=RfmParams())


def test_missing_columns_are_named():
    with pytest.raises(InvalidInput, match="missing columns: frequency, monetary"):
        fit_rfm(five_customers().drop(columns=["frequency", "monetary"]), as_of=AS_OF, params=RfmParams())


@pytest.mark.parametrize("params", [{"window_days": 0}, {"new_days": 400}, {"new_days": -1}])
def test_impossible_params_are_refused(params):
    with pytest.raises(ValueError, match="days"):
        RfmParams(**params)
