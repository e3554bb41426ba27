"""The drill: a database of an earlier version is backed up, lost, restored and brought up to date."""

from __future__ import annotations

import json

import pytest

from operations.backups import DUMP, MANIFEST, BackupError, back_up, restore

# Where version 0.1 stood: what an installation of it has applied.
VERSION_0_1 = [
    ("contenttypes", "0002_remove_content_type_name"),
    ("auth", "0012_alter_user_first_name_max_length"),
    ("sessions", "0001_initial"),
    ("core", "0002_initial"),
    ("accounts", "0001_initial"),
    ("jobs", "0002_leases_and_slots"),
    ("customers", "0001_initial"),
    ("surveys", "0001_initial"),
    ("imports", "0001_imports"),
    ("analytics", "0005_nightly_recompute"),
]
MIGRATE = """
from django.db import connection
from django.db.migrations.executor import MigrationExecutor
MigrationExecutor(connection).migrate({targets})
"""

ERASE = """
from customers.models import Customer
from jobs.execution import run_job
from privacy.erasing import request_erasure
assert run_job(request_erasure(customer=Customer.objects.get(emails__email="c1@example.org")).job_id).status == "done"
"""

FILLING = """
INSERT INTO accounts_team (name) SELECT 'Team ' || n FROM generate_series(1, 3) n;
INSERT INTO accounts_user (email, name, role, team_id, password, is_superuser, is_active, joined_at, language,
        time_zone, theme)
    SELECT 'user' || n || '@example.org', 'User ' || n, 'sales', 1 + n % 3, '!', false, true, now(), '', '', 'system'
    FROM generate_series(1, 9) n;
INSERT INTO customers_customer (kind, name, sex, education, profile_text, lifecycle, source, owner_id, created_at,
        updated_at, version)
    SELECT 'person', 'Ада Ürsula 王 ' || n, '', '', 'likes "quotes", \\ and ' || n, 'lead', 'fair', 1 + n % 9, now(),
        now(), 1
    FROM generate_series(1, 2000) n;
INSERT INTO customers_emailaddress (customer_id, email, is_primary)
    SELECT id, 'c' || id || '@example.org', true FROM customers_customer;
INSERT INTO customers_product (source, sku, name, currency, is_active, created_at, updated_at)
    SELECT '', 'P' || n, 'Product ' || n, 'EUR', true, now(), now() FROM generate_series(1, 50) n;
INSERT INTO customers_order (source, external_id, currency, exchange_rate, total_minor, total_base_minor, created_at,
        updated_at, kind, customer_id, ordered_at, ordered_date, channel)
    SELECT 'shop', 'O' || n, 'EUR', 1, n, n, now(), now(), 'sale', (SELECT min(id) FROM customers_customer) + n % 2000,
        now() - n * interval '1 hour', current_date - n / 24, 'web' FROM generate_series(1, 6000) n;
"""
KEPT = (
    "accounts_team",
    "accounts_user",
    "customers_customer",
    "customers_emailaddress",
    "customers_product",
    "customers_order",
)


@pytest.fixture
def filled(installation):
    """As version 0.1 left it: its tables, with rows in them."""
    installation.manage("shell", "--no-imports", "--command", MIGRATE.format(targets=VERSION_0_1))
    installation.execute(FILLING)
    return installation


@pytest.mark.slow
def test_an_upgrade_loses_nothing_and_a_backup_brings_everything_back(filled, tmp_path, settings, monkeypatch):
    monkeypatch.setenv("CRM_TOMBSTONE_FILE", str(tmp_path / "erased.jsonl"))
    columns = {table: filled.columns(table) for table in KEPT}
    before = filled.contents(columns)
    filled.manage("migrate", "--verbosity", "0")
    assert filled.contents(columns) == before

    backup = tmp_path / "backup"
    filled.manage("backup", str(backup))
    assert (backup.stat().st_mode & 0o777, (backup / DUMP).stat().st_mode & 0o777) == (0o700, 0o600)
    filled.execute("DELETE FROM customers_order WHERE id % 2 = 0; UPDATE customers_customer SET name = 'lost'")
    assert "--replace" in filled.manage("restore", str(backup), code=1)
    filled.manage("restore", str(backup), "--replace")
    assert filled.contents(columns) == before
    assert "No planned migration operations" in filled.manage("migrate", "--plan")

    filled.manage("shell", "--no-imports", "--command", ERASE)
    filled.manage("restore", str(backup), "--replace")
    assert filled.execute("SELECT count(*) FROM customers_customer WHERE name LIKE 'Erased%'") == [(1,)]
    assert filled.execute("SELECT count(*) FROM customers_emailaddress WHERE email = 'c1@example.org'") == [(0,)]
    after = filled.contents(columns)

    settings.DATABASE_URL = filled.url
    damage_in_turn(backup)
    assert filled.contents(columns) == after


def damage_in_turn(backup):
    """What can be wrong with the folder: each is named, and the database stays as it is."""
    with pytest.raises(BackupError, match="is there already"):
        back_up(backup)
    manifest = json.loads((backup / MANIFEST).read_text())
    wrong_rows = {**manifest, "rows": {**manifest["rows"], "customers_order": 6001}}
    for written, answer in (
        ({**manifest, "key_ids": ["gone"]}, "field keys that are missing here: gone"),
        (wrong_rows, "Rows are missing"),
        ({**manifest, "format": 99}, "format 99"),
    ):
        (backup / MANIFEST).write_text(json.dumps(written))
        with pytest.raises(BackupError, match=answer):
            restore(backup, replace=True)
    (backup / MANIFEST).write_text(json.dumps(manifest))
    with (backup / DUMP).open("r+b") as dump:
        dump.truncate(1000)
    with pytest.raises(BackupError, match="damaged or not whole"):
        restore(backup, replace=True)
