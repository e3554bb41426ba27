"""What the fields of this app's models hold; see `protection.classification`."""

from imports.models import Export, Import, RowProblem
from protection.classification import Erase, classify, personal

classify(Import, none="job kind file_name digest source mapping summary created_at committed_at")
# Rows of people who may never have become customers: an erasure finds theirs by what is written in them.
classify(
    RowProblem,
    none="file_import row_number column reason is_rejected",
    value=personal(),
    cells=personal(),
)
# Of many customers at once: `imports.erasure` finds those of one, and withdraws their files.
classify(
    Export,
    none="by job subject file_format file_name rows size_bytes created_at expires_at withdrawn_at",
    selection=personal(erase=Erase.KEEP),
    customer_ids=personal(erase=Erase.KEEP),
)
