"""Products that are like each other by their names and categories."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from scipy import sparse

from analytics.algorithms.recommenders.item_to_item import ItemToItem, PairTable
from analytics.algorithms.recommenders.matrices import entry_rows
from analytics.algorithms.top_n import top_entries

# What a category weighs beside all of a name.
CATEGORY_WEIGHT = 1.0
_PRODUCTS_AT_ONCE = 256


def product_vectors(products: pd.DataFrame, product_ids: np.ndarray[Any, Any]) -> Any:
    """Products × traits, sparse, each row of length 1, or empty where nothing is known.

    products: product_id, category_id or missing, name. Traits are runs of two to four characters within the words of
    the name, weighed by TF-IDF over `product_ids`, which serves languages without spaces too; and the category.

    Source: weights of Spärck Jones (1972).
    """
    if products.empty:
        return sparse.csr_array((len(product_ids), 0), dtype=np.float32)
    from sklearn.feature_extraction.text import TfidfVectorizer
    from sklearn.preprocessing import normalize

    known = products.set_index("product_id").reindex(product_ids)
    names = known["name"].astype(object).fillna("").astype(str)
    words = sparse.csr_array((len(known), 0))
    if names.str.strip().any():
        words = TfidfVectorizer(analyzer="char_wb", ngram_range=(2, 4), dtype=np.float32).fit_transform(names)
    codes, categories = pd.factorize(known["category_id"])
    within = np.flatnonzero(codes >= 0)
    entries = np.full(len(within), CATEGORY_WEIGHT, dtype=np.float32)
    kinds = sparse.csr_array((entries, (within, codes[within])), shape=(len(known), len(categories)))
    traits = sparse.csr_array(sparse.hstack([words, kinds], format="csr"))
    # It refuses a matrix without columns.
    return sparse.csr_array(normalize(traits)) if traits.nnz else traits


def fit_content(vectors: Any, *, neighbours: int) -> ItemToItem:
    """Cosine of the products' traits; only the `neighbours` most alike of each product are kept."""
    products = vectors.shape[0]
    across = sparse.csr_array(vectors.T)
    kept = []
    for start in range(0, products, _PRODUCTS_AT_ONCE):
        alike = sparse.csr_array(vectors[start : start + _PRODUCTS_AT_ONCE] @ across)
        rows, columns = entry_rows(alike), alike.indices
        others = np.flatnonzero(rows + start != columns)
        cosines = np.clip(alike.data[others].astype(np.float64), 0.0, 1.0)
        best, _ranks = top_entries(rows[others], columns[others], cosines, n=neighbours)
        kept.append((start + rows[others][best], columns[others][best], cosines[best]))
    owned, candidate, cosine = (np.concatenate(column) for column in zip(*kept, strict=True))
    return ItemToItem(PairTable.of(owned, candidate, cosine, products=products))


def diversity(lists: np.ndarray[Any, Any], vectors: Any) -> float:
    """Mean over lists of 1 − the mean cosine of two products on it; lists of one product do not count.

    lists: shape (c, n), positions of products, −1 where there is none. Returns nan where no list has two products.

    Source: intra-list similarity of Ziegler et al. (2005), section 4.
    """
    rows, places = np.nonzero(lists >= 0)
    on_list = sparse.csr_array((np.ones(len(rows)), (rows, lists[rows, places])), shape=(len(lists), vectors.shape[0]))
    length = np.bincount(rows, minlength=len(lists))
    own = np.asarray(on_list @ np.asarray(vectors.power(2).sum(axis=1)).ravel())
    together = np.asarray((on_list @ vectors).power(2).sum(axis=1)).ravel() - own
    counted = length > 1
    if not counted.any():
        return float("nan")
    return float(np.mean(1 - together[counted] / (length[counted] * (length[counted] - 1))))
