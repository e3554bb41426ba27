"""The embedded servers as many processes share them, and as they come back after a `kill -9`."""

import os
import secrets
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
import redis

from core.embedded import Services, embedded_database_url, ensure_services, remove_services, stop_services
from core.embedded.postgres import postmaster_pid
from core.embedded.processes import is_running, wait_until_gone

REPOSITORY = Path(__file__).resolve().parents[2]
# Takes a lease, says which servers it found, and gives the lease back when its input is closed.
USER = """
import sys
from pathlib import Path
import psycopg, redis
from core.embedded import ensure_services
services = ensure_services(Path(sys.argv[1]), durable=False)
with psycopg.connect(services.database_url) as link:
    started = link.execute("SELECT pg_postmaster_start_time()").fetchone()[0]
print(started, redis.Redis.from_url(services.redis_url).info()["run_id"], flush=True)
sys.stdin.read()
services.release()
"""


@pytest.fixture(scope="module")
def shared() -> Iterator[Services]:
    """Servers that stand for a whole module; each test leaves them running."""
    root = Path(tempfile.gettempdir()) / f"meridian-tests-{secrets.token_hex(6)}"
    with ensure_services(root) as services:
        yield services
    remove_services(root)


def start_user(root: Path) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", USER, str(root)],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, cwd=REPOSITORY,
    )  # fmt: skip


def servers_seen(user: subprocess.Popen[str]) -> str:
    assert user.stdout is not None
    return user.stdout.readline()


def answers(root: Path) -> bool:
    try:
        psycopg.connect(embedded_database_url(root)).close()
    except psycopg.OperationalError:
        return False
    return True


def server_pid(services: Services) -> int:
    with psycopg.connect(str(services.database_url)) as link:
        row = link.execute("SELECT current_setting('data_directory')").fetchone()
    assert row is not None
    pid = postmaster_pid(Path(row[0]))
    assert pid is not None
    return pid


def test_processes_that_race_from_cold_meet_at_one_server_and_the_last_one_out_stops_it(services_root):
    users = [start_user(services_root) for _ in range(4)]
    seen = {servers_seen(user) for user in users}
    assert len(seen) == 1
    assert seen != {""}

    for user in users[:-1]:
        user.communicate(timeout=30)
    assert answers(services_root)
    users[-1].communicate(timeout=30)
    assert not answers(services_root)
    assert [user.returncode for user in users] == [0] * 4


def test_a_process_that_is_terminated_stops_the_servers_it_used_alone(services_root):
    user = start_user(services_root)
    assert servers_seen(user)
    user.terminate()
    user.communicate(timeout=30)
    assert user.returncode == 128 + signal.SIGTERM
    assert not answers(services_root)


def test_a_process_that_is_killed_leaves_no_lease_behind(services_root):
    user = start_user(services_root)
    before = servers_seen(user)
    user.kill()
    user.communicate(timeout=30)
    assert answers(services_root)

    heir = start_user(services_root)
    assert servers_seen(heir) == before
    heir.communicate(timeout=30)
    assert not answers(services_root)


def test_a_forked_child_does_not_give_back_the_lease_of_its_parent(shared):
    child = os.fork()
    if child == 0:
        shared.release()
        os._exit(0)
    os.waitpid(child, 0)
    user = start_user(shared.root)
    assert servers_seen(user)
    user.communicate(timeout=30)  # would stop the servers if the lease of this process were gone
    assert answers(shared.root)


def test_killed_postgres_comes_back_with_its_data_while_a_backend_is_still_busy(shared):
    with psycopg.connect(str(shared.database_url), autocommit=True) as link:
        link.execute("CREATE TABLE kept AS SELECT 42 AS answer")
        busy = psycopg.connect(str(shared.database_url))
        busy_pid = busy.info.backend_pid
        # Needs no lock, no read and no write for minutes: it does not notice that the server is gone.
        busy.pgconn.send_query(b"SELECT count(*) FROM generate_series(1, 10000) a, generate_series(1, 1000000) b")
        time.sleep(0.2)
        killed = server_pid(shared)
        os.kill(killed, signal.SIGKILL)
        wait_until_gone(killed, seconds=10)

    assert shared.revive() == ["Postgres"]
    with psycopg.connect(str(shared.database_url)) as link:
        assert link.execute("SELECT answer FROM kept").fetchone() == (42,)
    assert server_pid(shared) != killed
    assert not is_running(busy_pid)
    busy.close()


def test_killed_valkey_comes_back(shared):
    client = redis.Redis.from_url(str(shared.redis_url))
    pid = client.info()["process_id"]
    os.kill(pid, signal.SIGKILL)
    wait_until_gone(pid, seconds=10)
    assert shared.revive() == ["Valkey"]
    assert client.ping()
    assert shared.revive() == []


def test_a_pid_file_that_names_somebody_elses_process_does_not_hinder_a_start(services_root):
    ensure_services(services_root, durable=False, valkey=False).release()
    (data,) = services_root.glob("pg*")
    stranger = subprocess.Popen(["/bin/sleep", "60"])
    (data / "postmaster.pid").write_text(f"{stranger.pid}\n{data}\n")
    with ensure_services(services_root, durable=False, valkey=False):
        assert answers(services_root)
    assert stranger.poll() is None
    stranger.kill()
    stranger.wait()


def test_stop_ends_the_servers_whoever_uses_them(services_root):
    user = start_user(services_root)
    assert servers_seen(user)
    stop_services(services_root)
    assert not answers(services_root)
    user.communicate(timeout=30)
    assert user.returncode == 0


def test_a_folder_deleted_under_its_servers_starts_anew(services_root):
    before = ensure_services(services_root, durable=False)
    with psycopg.connect(str(before.database_url)) as link:
        link.execute("CREATE TABLE gone AS SELECT 1 AS one")
    redis.Redis.from_url(str(before.redis_url)).set("kept", "until the end of Valkey")
    shutil.rmtree(services_root)
    with ensure_services(services_root, durable=False) as after, psycopg.connect(str(after.database_url)) as link:
        assert link.execute("SELECT to_regclass('gone')").fetchone() == (None,)
        assert redis.Redis.from_url(str(after.redis_url)).ping()
    shutil.rmtree(services_root)
    before.release()
    services_root.mkdir(mode=0o711)


def test_letters_are_known_in_every_script(shared):
    with psycopg.connect(str(shared.database_url)) as link:
        link.execute("CREATE EXTENSION IF NOT EXISTS pg_trgm")
        for name in ("王小明", "Анна Каренина", "Zoë"):
            row = link.execute("SELECT show_trgm(%s), upper(%s)", [name, name]).fetchone()
            assert row is not None
            assert row[0] != []
            assert row[1] == name.upper()


def test_the_sockets_are_private_and_there_is_no_port(shared):
    for url in (shared.database_url, shared.redis_url):
        folder = Path(str(url).partition("host=")[2] or str(url).removeprefix("unix://"))
        folder = folder if folder.is_dir() else folder.parent
        assert folder.stat().st_mode & 0o077 == 0
    with psycopg.connect(str(shared.database_url)) as link:
        assert link.execute("SHOW listen_addresses").fetchone() == ("",)
    assert redis.Redis.from_url(str(shared.redis_url)).config_get("port") == {"port": "0"}
