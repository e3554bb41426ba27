"""What the fields of this app's models hold; see `protection.classification`."""

from privacy.models import DataPackage, ErasureRequest, RetentionRule, Tombstone
from protection.classification import Rows, classify

classify(
    ErasureRequest,
    subject="customer",
    none="customer ground keeps_out requested_by job status counts created_at erased_at settled_at done_at",
)
# Of the hashes nobody without the key can tell whose they are; with it, only whether somebody is meant.
classify(Tombstone, none="customer_id customer_created_at erased_at digests filed_at")
# Their files go with them: `privacy.erasing`.
classify(
    DataPackage,
    subject="customer",
    rows=Rows.DELETE,
    none="customer requested_by job created_at file_name size_bytes expires_at downloads",
)
classify(RetentionRule, none="days is_active changed_at changed_by")
