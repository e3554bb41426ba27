"""Features out of a snapshot: what was known about customers, purchases and days as of a date, and nothing later.

The statements lie beside this file. They keep to SQL that DuckDB and Spark both speak (through sqlglot), divide nothing
by zero, and order their rows totally, so that equal facts give equal frames.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from analytics.engine import Engine
from core.models import OrganisationSettings
from core.money import minor_digits

FOLDER = Path(__file__).parent
BEGINNING = dt.date(1, 1, 1)
ANY_NUMBER = 2**31 - 1
_AMONG = "SELECT * FROM customer_dim WHERE customer_id IN (SELECT customer_id FROM among)"

# The columns of `customers`, in their units; all of them of the window, where nothing else is said.
CUSTOMER_COLUMNS = (
    "customer_id",
    "first_purchase_date",  # ever
    "last_purchase_date",  # ever
    "recency_days",  # since the last purchase ever
    "tenure_days",  # since the first purchase ever
    "frequency",  # days with a purchase
    "orders",  # purchases
    "monetary_minor",  # sales less refunds
    "gross_minor",
    "refunded_minor",
    "refunded_share",  # of the gross, 0–1
    "average_basket_minor",  # of the purchases, gross
    "distinct_products",
    "discounted_share",  # of the lines, 0–1; missing without a line
    "visits",
    "clicks",
    "views",
    "carts",
    "ratings",
    "mean_rating",
    "service_uses",
    "service_seconds",
)


# Which statement makes which columns: what nobody asks for is not computed.
_STATEMENT_OF = {
    **dict.fromkeys(CUSTOMER_COLUMNS, "customer_purchases"),
    **dict.fromkeys(CUSTOMER_COLUMNS[CUSTOMER_COLUMNS.index("visits") :], "customer_behaviour"),
    "distinct_products": "customer_assortment",
    "discounted_share": "customer_discounts",
}


class Facts:
    """A snapshot, looked at as of days up to `as_of`.

    Customers are those who may be analysed: alive, and without an objection to profiling. The daily figures are of all.
    """

    def __init__(self, engine: Engine, *, as_of: dt.date) -> None:
        self.as_of = as_of
        self._engine = engine
        self._sales_as_of: dt.date | None = None
        self._defined: dict[str, dt.date] = {}

    def customers(self, columns: Sequence[str], *, window_days: int | None) -> pd.DataFrame:
        """One row per customer, with or without a purchase, in the order of their ids.

        columns: some of CUSTOMER_COLUMNS. window_days: length of the window, which ends with `as_of`; None is all time.

        A purchase is a sale of which anything is left: refunds paid by `as_of` are taken off the order that they
        return. A refund that names no order is taken off the amount of the window in which it was paid.
        """
        self._need_sales(self.as_of)
        statements = sorted({_STATEMENT_OF[column] for column in columns}, reverse=True)
        for statement in statements:
            self._need_customers(statement, self._window_start(window_days))
        first, *others = statements
        joins = " ".join(f"INNER JOIN {other} USING (customer_id)" for other in others)
        return self._engine.frame(
            f"SELECT {', '.join(columns)} FROM {first} {joins} ORDER BY customer_id"  # noqa: S608 - names of ours
        )

    def category_lines(self, *, window_days: int | None) -> pd.DataFrame:
        """How many lines of each category customers bought: customer_id, category_id, order_lines."""
        self._need_sales(self.as_of)
        return self._frame("category_lines", as_of=self.as_of, window_start=self._window_start(window_days))

    def product_purchases(
        self,
        *,
        as_of: dt.date | None = None,
        start: dt.date = BEGINNING,
        among: NDArray[np.int64] | None = None,
    ) -> pd.DataFrame:
        """What customers bought, a row per customer and product: customer_id, product_id, ordered_date (the last day),
        quantity, is_again (whether on several days).

        as_of: an earlier day than that of the facts, for a backtest: refunds paid later are not known then.
        start: the first day on which purchases count. among: these customers alone.
        """
        until = as_of or self.as_of
        self._need_sales(until)
        found = self._frame("product_purchases", among=among, as_of=until, start=start)
        return found.iloc[_order(found["customer_id"], found["product_id"])].reset_index(drop=True)

    def product_interest(
        self, *, as_of: dt.date, recent_days: int, among: NDArray[np.int64] | None = None
    ) -> pd.DataFrame:
        """How much customers cared for products in the days up to a day by what they did other than buying, a row per
        customer and product: customer_id, product_id, interest (0 to below 1) by views, clicks and carts, rating (0–1)
        or missing."""
        start = as_of - dt.timedelta(days=recent_days - 1)
        found = self._frame("product_interest", among=among, as_of=as_of, start=start)
        return found.iloc[_order(found["customer_id"], found["product_id"])].reset_index(drop=True)

    def products(self) -> pd.DataFrame:
        """product_id, category_id or missing, name: as they are now."""
        return self._engine.frame(
            "SELECT product_id, category_id, product_name AS name FROM products ORDER BY product_id"
        )

    def purchase_histories(self, *, as_of: dt.date, recent_days: int) -> pd.DataFrame:
        """One row per buyer, in the order of their ids, as known on a day up to that of the facts: customer_id,
        first_purchase_date, last_purchase_date, frequency (purchase days ever), recent (those of the last days), year
        (of 365 days), season (of as many days as the last ones, from a year ago on), recent_spent_minor (in the last
        days) and mean_spend_minor of a purchase day, refunds deducted."""
        self._need_sales(as_of)
        year_ago = as_of - dt.timedelta(days=365)
        return self._frame(
            "purchase_histories",
            since=as_of - dt.timedelta(days=recent_days - 1),
            year_ago=year_ago,
            season_end=year_ago + dt.timedelta(days=recent_days),
        )

    def profile_texts(self, *, as_of: dt.date) -> pd.DataFrame:
        """What their profiles say of customers: customer_id, text; not of those edited after that day."""
        return self._frame("profile_texts", as_of=as_of)

    def recent_events(self, *, as_of: dt.date, recent_days: int) -> pd.DataFrame:
        """How often each customer visited, viewed, clicked or rated in the days up to a day: customer_id, events."""
        return self._frame("recent_events", since=as_of - dt.timedelta(days=recent_days - 1), as_of=as_of)

    def purchase_days(self, *, start: dt.date, until: dt.date) -> pd.DataFrame:
        """On how many days who has bought between two days did, and what was left of it by then: customer_id,
        purchase_days, spent_minor."""
        self._need_sales(until)
        return self._frame("purchase_days", since=start)

    def baskets(self, *, window_days: int | None, most: int) -> pd.DataFrame:
        """The different products of each purchase, of the newest `most` in the window: order_id, product_id,
        ordered_date, oldest first. What is wholly refunded by now is no purchase."""
        self._need_sales(self.as_of)
        return self._frame("baskets", as_of=self.as_of, start=self._window_start(window_days), most=most)

    def daily(self) -> pd.DataFrame:
        """One row per day with a sale or a refund, in their order; see `DailyFigure` for the columns."""
        self._need_sales(self.as_of)
        return self._frame("daily", as_of=self.as_of)

    def given_labels(self, target: str) -> pd.DataFrame:
        """customer_id and label of those whom the organisation has labelled itself, by now; see `given_labels`."""
        from analytics.given_labels import given

        return given(target)

    def demand_totals(self) -> pd.DataFrame:
        """Orders and revenue of each day with a sale or a refund: day, orders, net_minor."""
        return self._frame("demand_totals", as_of=self.as_of)

    def demand_of_categories(
        self, *, since: dt.date = BEGINNING, most: int = ANY_NUMBER, only: Sequence[int] | None = None
    ) -> pd.DataFrame:
        """Revenue of each day of the categories that sold most since a day: category_id, day, net_minor. only: of these
        alone."""
        minor_in_unit = 10 ** minor_digits(OrganisationSettings.current().currency)
        return self._demand(
            "demand_categories", "category_id", only, since=since, most=most, minor_in_unit=minor_in_unit
        )

    def demand_of_products(
        self, *, since: dt.date = BEGINNING, most: int = ANY_NUMBER, only: Sequence[int] | None = None
    ) -> pd.DataFrame:
        """Pieces ordered each day of the products that sold most since a day: product_id, day, quantity. only: of these
        alone."""
        return self._demand("demand_products", "product_id", only, since=since, most=most)

    def rule_segment_filters(self) -> dict[int, Any]:
        """By its id the filter of each segment that people have defined, by now."""
        from analytics.rule_segments import filters

        return filters()

    def rule_segments(self, filters: Mapping[int, Any]) -> dict[int, NDArray[np.int64]]:
        """By the id of a segment who is in it by its filter; see `analytics.rule_segments`."""
        from analytics.rule_segments import members

        return members(self._engine, filters, as_of=self.as_of)

    def referrals(self, *, window_days: int | None) -> pd.DataFrame:
        """Of who referred others: customer_id, referred (how many of those have bought by now) and referred_spend (what
        they spent in the window)."""
        self._need_sales(self.as_of)
        return self._frame("referrals", window_start=self._window_start(window_days))

    def satisfaction(self, *, window_days: int | None) -> pd.DataFrame:
        """Of who answered a scale in the window: customer_id, satisfaction and price_fairness, 0–1, missing where it
        was not asked."""
        return self._frame("satisfaction", window_start=self._window_start(window_days), as_of=self.as_of)

    def customer_ids(self) -> NDArray[np.int64]:
        found = self._engine.frame(
            "SELECT customer_id FROM customer_dim WHERE is_live AND may_be_profiled ORDER BY customer_id"
        )
        return found["customer_id"].to_numpy(dtype=np.int64)

    def products_not_offered(self) -> NDArray[np.int64]:
        """Not on sale, or sold out."""
        found = self._engine.frame("SELECT product_id FROM products WHERE NOT is_offered ORDER BY product_id")
        return found["product_id"].to_numpy(dtype=np.int64)

    def _window_start(self, window_days: int | None) -> dt.date:
        return BEGINNING if window_days is None else self.as_of - dt.timedelta(days=window_days - 1)

    def _need_sales(self, as_of: dt.date) -> None:
        """As views: ten million rows are joined anew in less time than it takes to find memory for them."""
        if self._sales_as_of != as_of:
            self._engine.define_view("sales", _statement("sales"), as_of=as_of)
            self._engine.define_view("no_purchases", _statement("no_purchases"))
            self._sales_as_of = as_of

    def _need_customers(self, statement: str, window_start: dt.date) -> None:
        if self._defined.get(statement) != window_start:
            sql = _statement(statement)
            params = {"as_of": self.as_of, "window_start": window_start}
            self._engine.define(statement, sql, _used(sql, params))
            self._defined[statement] = window_start

    def _demand(self, statement: str, column: str, only: Sequence[int] | None, **params: Any) -> pd.DataFrame:
        sql = _statement(statement)
        if only is not None:
            listed = ", ".join(str(int(pk)) for pk in only) or "NULL"
            sql = f"SELECT * FROM ({sql}) AS everything WHERE {column} IN ({listed})"  # noqa: S608 - numbers
        return self._engine.frame(sql, {"as_of": self.as_of, **params})

    def _frame(self, statement: str, *, among: NDArray[np.int64] | None = None, **params: Any) -> pd.DataFrame:
        sql = _statement(statement)
        used = _used(sql, params)
        if among is not None:
            self._engine.define_frame("among", pd.DataFrame({"customer_id": among}))
            # Before anything is summed up: the engine does not bring a condition there.
            sql = sql.replace("JOIN customer_dim AS", f"JOIN ({_AMONG}) AS")
        return self._engine.frame(sql, used)


def _order(customers: pd.Series[Any], products: pd.Series[Any]) -> NDArray[np.intp]:
    """By customer and product, which makes equal facts equal frames; faster than the engine sorts them."""
    if customers.empty:
        return np.array([], dtype=np.intp)
    keys = customers.to_numpy() * (int(products.max()) + 1) + products.to_numpy()
    return np.argsort(keys)


def _statement(name: str) -> str:
    return (FOLDER / f"{name}.sql").read_text()


def _used(sql: str, params: dict[str, Any]) -> dict[str, Any]:
    """The engine refuses a parameter that the statement does not name."""
    named = set(re.findall(r"\$(\w+)", sql))
    return {name: value for name, value in params.items() if name in named}
