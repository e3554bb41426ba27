"""What the fields of this app's models hold; see `protection.classification`."""

from imports.models import Import, RowProblem
from protection.classification import classify, personal

classify(Import, none="job kind file_name digest source mapping summary created_at committed_at")
# Rows of people who may never have become customers: an erasure finds theirs by what is written in them.
classify(
    RowProblem,
    none="file_import row_number column reason is_rejected",
    value=personal(),
    cells=personal(),
)
