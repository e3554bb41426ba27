"""Who may call which URL: each stands here once, and one that does not fails the test.

A line says, for each method, who is let in (`tests.permissions.rules`); the other methods are 405. Positional are the
URL's arguments: "customer" is tried with the actor's own customer, a colleague's, another team's and nobody's. Django's
admin is tried as a whole (`test_admin_site`).
"""

from __future__ import annotations

from tests.permissions.rules import (
    Entry,
    admins,
    anybody,
    creators,
    edited,
    exporters,
    managers,
    members,
    only,
    removed,
    seen,
    unmasked,
    url,
)

jobs_of_managers = only("manager", known_from="manager")

MATRIX: dict[str, Entry] = {
    "healthz": url(get=anybody),
    "readyz": url(get=anybody),
    # --- accounts
    "accounts:login": url(get=anybody, post=anybody, is_foreign=True),
    "accounts:logout": url(post=members, is_foreign=True),
    "accounts:profile": url(get=members, post=members),
    "accounts:language": url(post=anybody, data={"language": "zh-hans"}),
    "accounts:theme": url(post=members, data={"theme": "dark"}),
    "accounts:session_end": url(post=members, data={"session": "0"}),
    "accounts:other_sessions_end": url(post=members),
    "account_login": url(get=anybody, post=anybody, is_foreign=True),
    "account_reauthenticate": url(get=members, post=members, is_foreign=True),
    "account_change_password": url(get=members, post=members, is_foreign=True),
    "account_reset_password": url(get=anybody, post=anybody, is_foreign=True),
    "account_reset_password_done": url(get=anybody, is_foreign=True),
    "account_reset_password_from_key": url("user_in_base36", "link_key", get=anybody, post=anybody, is_foreign=True),
    "account_reset_password_from_key_done": url(get=anybody, is_foreign=True),
    "mfa_index": url(get=members, is_foreign=True),
    "mfa_authenticate": url(get=members, is_foreign=True),
    "mfa_reauthenticate": url(get=members, is_foreign=True),
    "mfa_activate_totp": url(get=members, is_foreign=True),
    "mfa_deactivate_totp": url(get=members, is_foreign=True),
    "mfa_view_recovery_codes": url(get=members, is_foreign=True),
    "mfa_generate_recovery_codes": url(get=members, is_foreign=True),
    "accounts:users": url(get=admins),
    "accounts:user_create": url(get=admins, post=admins),
    "accounts:user_edit": url("user", get=admins, post=admins),
    "accounts:user_link": url("user", post=admins),
    "accounts:user_reset_second_factor": url("user", post=admins),
    "accounts:teams": url(get=admins, post=admins),
    "accounts:team_edit": url("team", get=admins, post=admins),
    "accounts:team_delete": url("team", post=admins),
    "accounts:access_rules": url(get=admins),
    "accounts:access_rule": url("role", get=admins, post=admins),
    # --- customers
    "customers:list": url(get=members),
    "customers:suggestions": url(get=members),
    "customers:bulk": url(get=creators, post=creators, data={"target": "archive", "customer": "{customer}"}),
    "customers:bulk_change": url("bulk_change", get=members),
    "customers:bulk_undo": url("bulk_change", post=creators),
    "customers:create": url(get=creators, post=creators),
    "customers:detail": url("customer", get=seen),
    "customers:orders": url("customer", get=seen),
    "customers:timeline": url("customer", get=seen),
    "customers:history": url("customer", get=seen),
    "customers:edit": url("customer", get=edited, post=edited),
    "customers:field": url("customer", "field", get=edited, post=edited, data={"name": "Ada L."}),
    "customers:unmask": url("customer", post=unmasked, data={"what": "customer.birth_date.{customer}"}),
    "customers:archive": url("customer", post=edited),
    "customers:delete": url("customer", post=removed),
    "customers:restore": url("customer", post=removed),
    # --- jobs
    "jobs:list": url(get=members),
    "jobs:detail": url("job", get=jobs_of_managers),
    "jobs:progress": url("job", get=jobs_of_managers),
    "jobs:cancel": url("job", post=only("admin", known_from="manager")),
    "jobs:retry": url("failed_job", post=admins),
    "jobs:schedules": url(get=admins, post=admins, data={"schedule": "{schedule}"}),
    # --- audit trail
    "protection:audit": url(get=admins),
    "protection:accesses": url(get=admins),
    # --- privacy
    "privacy:overview": url(get=admins),
    "privacy:erase": url("customer", get=removed, post=removed, data={"name": "Ada", "ground": "request"}),
    "privacy:package": url("customer", post=removed),
    "privacy:package_download": url("data_package", get=admins),
    "privacy:consents": url("customer", get=edited, post=edited, data={"purpose": "email", "is_given": "yes"}),
    "privacy:profiling": url("customer", post=edited),
    "privacy:suppression_lift": url(post=admins, data={"kind": "email", "value": "ada@example.org"}),
    "privacy:retention": url(get=admins, post=admins, data={"kind": "row_problems", "row_problems-days": "30"}),
    # --- the API's pages; what it answers itself is in api_matrix
    "api:docs": url(get=members),
    "api:tokens": url(get=members, post=members, data={"name": "shop", "days": "30", "scopes": "read"}),
    "api:token_revoke": url("token", post=only("admin", known_from="admin")),
    "api:webhooks": url(get=admins, post=admins),
    "api:webhook": url("webhook", get=admins, post=admins),
    "api:webhook_test": url("webhook", post=admins),
    "api:webhook_delete": url("webhook", post=admins),
    # --- analyses and reports
    "analytics:runs": url(get=managers),
    "analytics:run": url("run", get=managers),
    "analytics:recompute": url(post=admins),
    "analytics:settings": url(get=admins, post=admins),
    "analytics:roll_back": url("run", post=admins),
    "reports:home": url(get=members),
    "reports:chart": url("chart", get=members),
    "reports:table": url("chart", get=exporters),
}
