"""What the fields of this app's models hold; see `protection.classification`."""

from api.models import Delivery, Outbox, Token, Webhook
from protection.classification import Erase, classify, personal, sensitive

classify(Token, none="user name beginning digest scopes created_at expires_at last_used_at revoked_at")
# A secret of the organisation's, and of no customer: encrypted, and kept by every erasure.
classify(
    Webhook,
    none="name url occasions owner is_active failures created_at",
    secret=sensitive(erase=Erase.KEEP),
)
# The content holds the numbers of rows and no more.
classify(
    Delivery,
    none="webhook uid change_id occasion created_at attempts next_attempt_at delivered_at given_up_at response_status",
    payload=personal(erase=Erase.KEEP),
    error=personal(erase=Erase.KEEP),
)
classify(Outbox, none="transaction_id change_id floor next_floor next_floor_xid")
