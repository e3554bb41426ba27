"""Who may call which URL. Each URL of the product stands here once; one that does not fails the test.

`who` is the least role that is let in. `method` is what the URL is for; `path` its arguments, made from the objects of
the test; for roles below `seen_from` these are not there (404). Django's admin is one entry: it is open to admins
only, whatever page of it.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

ANONYMOUS, SALES, MANAGER, ADMIN = range(4)
ROLES = {ANONYMOUS: "", SALES: "sales", MANAGER: "manager", ADMIN: "admin"}


@dataclass(frozen=True)
class Entry:
    who: int
    method: str = "get"
    args: tuple[str, ...] = ()
    data: dict[str, Any] = field(default_factory=dict)
    seen_from: int = SALES


MATRIX: dict[str, Entry] = {
    "healthz": Entry(ANONYMOUS),
    "readyz": Entry(ANONYMOUS),
    "accounts:login": Entry(ANONYMOUS),
    "accounts:logout": Entry(SALES, "post"),
    "accounts:profile": Entry(SALES),
    "accounts:language": Entry(ANONYMOUS, "post", data={"language": "zh-hans"}),
    "account_login": Entry(ANONYMOUS),
    "account_reauthenticate": Entry(SALES),
    "account_change_password": Entry(SALES),
    "account_reset_password": Entry(ANONYMOUS),
    "account_reset_password_done": Entry(ANONYMOUS),
    "account_reset_password_from_key": Entry(ANONYMOUS, args=("user_in_base36", "link_key")),
    "account_reset_password_from_key_done": Entry(ANONYMOUS),
    "accounts:theme": Entry(SALES, "post", data={"theme": "dark"}),
    "customers:list": Entry(SALES),
    "customers:suggestions": Entry(SALES),
    "customers:create": Entry(SALES),
    "customers:detail": Entry(SALES, args=("customer",)),
    "customers:orders": Entry(SALES, args=("customer",)),
    "customers:edit": Entry(SALES, args=("customer",)),
    "customers:archive": Entry(SALES, "post", ("customer",)),
    "customers:delete": Entry(ADMIN, "post", ("customer",)),
    "customers:restore": Entry(ADMIN, "post", ("customer",)),
    "jobs:list": Entry(SALES),
    "jobs:detail": Entry(MANAGER, args=("job",), seen_from=MANAGER),
    "jobs:progress": Entry(MANAGER, args=("job",), seen_from=MANAGER),
    "jobs:cancel": Entry(ADMIN, "post", ("job",), seen_from=MANAGER),
    "jobs:retry": Entry(ADMIN, "post", ("failed_job",)),
    "jobs:schedules": Entry(ADMIN),
    "analytics:runs": Entry(MANAGER),
    "analytics:run": Entry(MANAGER, args=("run",)),
    "analytics:recompute": Entry(ADMIN, "post"),
    "analytics:settings": Entry(ADMIN),
    "analytics:roll_back": Entry(ADMIN, "post", ("run",)),
    "reports:home": Entry(SALES),
    "reports:chart": Entry(SALES, args=("chart",)),
    "reports:table": Entry(SALES, args=("chart",)),
}
