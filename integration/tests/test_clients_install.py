"""Clients of other versions are installed once, each apart; one that cannot be had is said and left out."""

import hashlib
import os
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest
from client_runs import PROGRAMS


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A project with the installer alone, and a folder with one wheel to install from."""
    (tmp_path / "integration" / "clients").mkdir(parents=True)
    shutil.copy(PROGRAMS / "install.py", tmp_path / "integration" / "clients")
    (tmp_path / "wheels").mkdir()
    with zipfile.ZipFile(tmp_path / "wheels" / "tiny-1-py3-none-any.whl", "w") as wheel:
        wheel.writestr("tiny.py", '"""A client."""\n')
        wheel.writestr("tiny-1.dist-info/METADATA", "Metadata-Version: 2.1\nName: tiny\nVersion: 1\n")
        wheel.writestr("tiny-1.dist-info/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n")
        wheel.writestr("tiny-1.dist-info/RECORD", "")
    return tmp_path


def lock(project: Path, name: str, digest: str) -> None:
    """A lock file for the wheel with that hash."""
    (project / "integration" / "clients" / f"{name}.lock").write_text(f"tiny==1 --hash=sha256:{digest}\n")


def digest_of_wheel(project: Path) -> str:
    """The hash of the wheel."""
    return hashlib.sha256((project / "wheels" / "tiny-1-py3-none-any.whl").read_bytes()).hexdigest()


def install(project: Path) -> str:
    """Run the installer; what it said."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("PIP_")}
    only_these = {"PIP_NO_INDEX": "1", "PIP_FIND_LINKS": str(project / "wheels"), "PIP_CONFIG_FILE": os.devnull}
    ended = subprocess.run(
        [sys.executable, str(project / "integration" / "clients" / "install.py")],
        env=kept | only_these,
        capture_output=True,
        text=True,
        check=True,
    )
    return ended.stderr


def test_installed_once(project: Path) -> None:
    """The first run installs, the second says nothing and does nothing; a changed lock file is installed again."""
    lock(project, "one", digest_of_wheel(project))
    folder = project / ".venv" / "clients" / "one"

    assert install(project) == "clients: installing one\n"
    assert (folder / "tiny.py").is_file()
    assert install(project) == ""
    (folder / "tiny.py").unlink()
    lock(project, "one", f"{digest_of_wheel(project)} ")
    assert install(project) == "clients: installing one\n"
    assert (folder / "tiny.py").is_file()


def test_one_that_cannot_be_had(project: Path) -> None:
    """A client whose package has another hash is said and left out, and the next one is installed."""
    lock(project, "first", "0" * 64)
    lock(project, "second", digest_of_wheel(project))

    said = install(project)

    assert "clients: first cannot be had, its tests will be skipped: " in said
    clients = project / ".venv" / "clients"
    assert [path.name for path in clients.iterdir()] == ["second"]
