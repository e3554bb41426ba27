"""Where the embedded servers put their data and sockets, and what they refuse to touch."""

import os
import stat
from pathlib import Path

import psycopg
import pytest

from core.embedded import ServiceError, ensure_services, remove_services
from core.embedded.folders import SYSTEM_FOLDER, own_account, private_folder

as_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root drops to another account")
DEBIANS_PROGRAMS = sorted(Path("/usr/lib/postgresql").glob("*/bin/postgres"))


def one_value(url: str | None, query: str) -> object:
    with psycopg.connect(str(url)) as link:
        row = link.execute(query.encode()).fetchone()
    assert row is not None
    return row[0]


def test_a_project_in_a_deep_folder_works(services_root):
    deep = services_root / "/".join(["a folder with a long name"] * 8)
    with ensure_services(deep, durable=False, valkey=False) as services:
        assert one_value(services.database_url, "SELECT 1") == 1
    remove_services(deep)


@as_root
def test_root_below_a_closed_home_keeps_it_closed(services_root):
    home = services_root / "home"
    home.mkdir(mode=0o700)
    project = home / "project"
    with ensure_services(project, durable=False, valkey=False) as services:
        data = Path(str(one_value(services.database_url, "SHOW data_directory")))
    assert stat.S_IMODE(home.stat().st_mode) == 0o700
    assert data.is_relative_to(SYSTEM_FOLDER)
    with ensure_services(project, durable=False, valkey=False) as services:
        assert one_value(services.database_url, "SHOW data_directory") == str(data)
    remove_services(project)
    assert not data.exists()


@as_root
def test_a_new_project_at_the_place_of_an_old_one_below_a_closed_home_starts_empty(services_root):
    home = services_root / "home"
    home.mkdir(mode=0o700)
    folders = []
    for _ in range(2):
        project = home / "project"
        with ensure_services(project, durable=False, valkey=False) as services:
            folders.append(Path(str(one_value(services.database_url, "SHOW data_directory"))))
        (project / "instance").rename(home / f"instance-{len(folders)}")
    assert folders[0] != folders[1]
    for number in (1, 2):
        (home / f"instance-{number}").rename(project / "instance")
        remove_services(project)
        project.mkdir()


@as_root
def test_data_whose_way_was_closed_is_not_replaced_by_an_empty_database(services_root):
    project = services_root / "project"
    ensure_services(project, durable=False, valkey=False).release()
    services_root.chmod(0o700)
    with pytest.raises(ServiceError, match="can't be reached"):
        ensure_services(project, durable=False, valkey=False)
    remove_services(project)


def test_a_start_that_was_interrupted_is_made_good(services_root):
    (services_root / "initdb-halfmade").mkdir()
    (services_root / "initdb-halfmade" / "PG_VERSION").write_text("18\n")
    with ensure_services(services_root, durable=False, valkey=False) as services:
        assert one_value(services.database_url, "SELECT 1") == 1
    assert not (services_root / "initdb-halfmade").exists()


def test_data_of_another_version_is_not_passed_over(services_root):
    (services_root / "pg12").mkdir()
    with pytest.raises(ServiceError, match="another PostgreSQL version"):
        ensure_services(services_root, durable=False, valkey=False)


@pytest.mark.skipif(not DEBIANS_PROGRAMS, reason="no PostgreSQL of the system is installed")
def test_the_systems_own_programs_are_a_second_provider(services_root, monkeypatch):
    monkeypatch.setenv("CRM_PG_BIN", str(DEBIANS_PROGRAMS[-1].parent))
    with ensure_services(services_root, durable=False, valkey=False) as services:
        major = int(str(one_value(services.database_url, "SHOW server_version_num"))) // 10000
        assert str(major) == DEBIANS_PROGRAMS[-1].parents[1].name
        assert one_value(services.database_url, "SELECT upper('жук')") == "ЖУК"


def test_a_missing_program_is_explained(services_root, monkeypatch):
    monkeypatch.setenv("CRM_PG_BIN", "/nowhere")
    with pytest.raises(ServiceError, match="CRM_PG_BIN"):
        ensure_services(services_root, durable=False, valkey=False)


def test_a_socket_folder_prepared_by_somebody_else_is_not_trusted(tmp_path):
    folder = tmp_path / "sockets"
    folder.mkdir(mode=0o777)
    folder.chmod(0o777)
    (folder / ".s.PGSQL.5432").touch()
    if os.geteuid() == 0:
        private_folder(folder, own_account())
        assert list(folder.iterdir()) == []
        assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    else:
        with pytest.raises(ServiceError, match="not yours alone"):
            private_folder(folder, own_account())


def test_a_link_in_place_of_the_socket_folder_is_not_followed(tmp_path):
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir(mode=0o700)
    (elsewhere / "kept").touch()
    link = tmp_path / "sockets"
    link.symlink_to(elsewhere)
    if os.geteuid() == 0:
        private_folder(link, own_account())
        assert not link.is_symlink()
    else:
        with pytest.raises(ServiceError, match="not yours alone"):
            private_folder(link, own_account())
    assert (elsewhere / "kept").exists()
