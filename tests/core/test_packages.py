"""How `.venv` is made, kept and mended, in a project that wants no packages: no network is needed."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).resolve().parents[2]
ENSURE = "from core.launcher.packages import ensure_packages; ensure_packages(development=False)"
NO_INDEX = {"PIP_NO_INDEX": "1", "PIP_CONFIG_FILE": os.devnull}


@pytest.fixture
def project(tmp_path: Path) -> Path:
    folder = tmp_path / "a project"
    for name in ("launcher", "embedded"):
        shutil.copytree(REPOSITORY / "core" / name, folder / "core" / name)
    shutil.copy(REPOSITORY / "core" / "__init__.py", folder / "core")
    shutil.copy(REPOSITORY / "run.py", folder)
    for name in ("requirements.txt", "requirements-dev.txt", "requirements-setup.txt"):
        (folder / name).write_text("# nothing\n")
    return folder


def environment(**more: str) -> dict[str, str]:
    return {**os.environ, **NO_INDEX, "PYTHONPATH": "", **more}


def start(project: Path, *command: str, **more: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, *command], cwd=project, env=environment(**more),
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
    )  # fmt: skip


def output(process: subprocess.Popen[str]) -> str:
    return process.communicate(timeout=120)[0]


@pytest.mark.slow
def test_an_environment_is_made_once_kept_and_mended(project):
    python = project / ".venv" / "bin" / "python"
    kept = project / ".venv" / "kept"

    both = [start(project, "-c", ENSURE) for _ in range(2)]
    first, second = sorted(map(output, both), key=len, reverse=True)
    assert [process.returncode for process in both] == [0, 0]
    assert "Making the Python environment" in first
    assert second.strip() == "Waiting for another run.py to finish installing …"
    assert output(start(project, "-c", ENSURE)) == ""

    kept.touch()
    (project / "requirements.txt").write_text("# another lock\n")
    again = output(start(project, "-c", ENSURE))
    assert "Installing the packages" in again
    assert "Making" not in again
    assert kept.exists()

    # As a kill in the middle leaves it.
    (project / ".venv" / "installing").touch()
    (project / ".venv" / "installed").unlink()
    assert "Making the Python environment" in output(start(project, "-c", ENSURE))
    assert not kept.exists()

    (project / "requirements.txt").write_text(f"no-such-package==1 --hash=sha256:{'0' * 64}\n")
    failed = start(project, "run.py", "manage", "check")
    assert "The packages can't be installed" in output(failed)
    assert failed.returncode == 1

    # As an update of the system leaves it.
    python.unlink()
    python.symlink_to("/nonexistent/python3")
    ask = "from core.launcher.packages import *; print(is_installed(development=False), is_usable())"
    assert output(start(project, "-c", ask)).strip() == "False False"


def test_a_python_without_venv_is_told_where_to_get_it(project, tmp_path):
    broken = tmp_path / "broken"
    broken.mkdir()
    (broken / "venv.py").write_text("import sys; sys.exit('ensurepip is not available')")
    process = start(project, "run.py", "up", PYTHONPATH=str(broken))
    text = output(process)
    assert process.returncode == 1
    assert "ensurepip is not available" in text
    assert "apt-get install python3-venv" in text
    assert not (project / ".venv").exists()
