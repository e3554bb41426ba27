"""What the trail follows of this app's tables; see `protection.audit.trail`."""

from privacy.models import DataPackage, ErasureRequest, RetentionRule, Tombstone
from protection.audit.trail import audit, exempt

audit(RetentionRule)

exempt(
    ErasureRequest, because="The row is its own record: who asked, when, and what came of it; the log of accesses too."
)
exempt(Tombstone, because="The row is its own record, and stands in a file outside the database too.")
exempt(DataPackage, because="Who asked for it and who took it is in the log of accesses.")
