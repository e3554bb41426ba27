"""What the models of this app hold about people."""

from protection.classification import Erase, classify, personal
from reports.models import Dashboard, DashboardCard, PinnedDashboard, Report, StartPage, Subscription

# Its filter may name whom it looks for, and it is about no one customer.
classify(Report, none="name owner sharing team created_at updated_at", question=personal(erase=Erase.KEEP))
classify(
    Subscription,
    none="user report dashboard page every weekday monthday at_time origin paused changed_at sent_for tried_at tries",
    scope=personal(erase=Erase.KEEP),
)
classify(Dashboard, none="name owner sharing team created_at updated_at version", filter=personal(erase=Erase.KEEP))
classify(DashboardCard, none="dashboard position is_wide chart report")
classify(PinnedDashboard, none="user dashboard position")
classify(StartPage, none="role user dashboard")
