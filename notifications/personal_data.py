"""What the fields of this app's models hold; see `protection.classification`."""

from notifications.models import Digest, Notification
from protection.classification import Rows, classify, personal

classify(
    Notification,
    subject="customer_number",
    rows=Rows.DELETE,
    none="recipient kind customer_number key created_at read_at",
    params=personal(),
)
classify(Digest, none="hour sent_date")
