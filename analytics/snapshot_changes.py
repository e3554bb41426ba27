"""Who is concerned by what changed between two snapshots: found by comparing the files that they do not share.

Nothing has to note it while it changes, so nothing is lost, whoever took the snapshots in between.
"""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from analytics.engine import Engine, facts_folder
from analytics.models import SnapshotManifest
from analytics.snapshot_tables import CUSTOMER_DIM, ORDERS, REFUNDS, Table

# What purchases are made of. Lines and events come with them, or say nothing of them.
TABLES_OF_PURCHASES = (ORDERS, REFUNDS, CUSTOMER_DIM)


def customers_between(engine: Engine, earlier: SnapshotManifest, later: SnapshotManifest) -> pd.DataFrame:
    """Whose purchases, or whose own row, the two say differently: a frame with the one column `customer_id`.

    engine: an empty one. The files of both must be there.
    """
    for table in TABLES_OF_PURCHASES:
        gone, come = _files(earlier, table), _files(later, table)
        engine.define_files("gone", sorted(gone - come), table.types)
        engine.define_files("come", sorted(come - gone), table.types)
        engine.define(
            f"changed_{table.name}",
            "(FROM come EXCEPT ALL FROM gone) UNION ALL (FROM gone EXCEPT ALL FROM come)",
        )
    # A refund may be noted with another customer than the order that it reduces.
    engine.define_files(ORDERS.name, sorted(_files(later, ORDERS)), ORDERS.types)
    return engine.frame(
        """
        SELECT customer_id FROM (
            SELECT customer_id FROM changed_orders
            UNION SELECT customer_id FROM changed_refunds
            UNION SELECT customer_id FROM changed_customer_dim
            UNION SELECT customer_id FROM orders WHERE order_id IN (SELECT order_id FROM changed_refunds)
        )
        WHERE customer_id IS NOT NULL
        ORDER BY customer_id
        """
    )


def _files(manifest: SnapshotManifest, table: Table) -> set[Path]:
    return {facts_folder() / name for names in manifest.files.get(table.name, {}).values() for name in names}
