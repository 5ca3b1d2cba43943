"""The built wheel works without the tree it was built from."""

import subprocess
import sys
import sysconfig
import venv
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PACKAGES = {
    "agentcore_backend",
    "agentcore_contracts",
    "agentcore_emulator",
    "agentcore_integration",
    "agentcore_load",
    "agentcore_property_tests",
}


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel, built from this tree."""
    folder = tmp_path_factory.mktemp("dist")
    command = [sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", str(folder), str(ROOT)]
    subprocess.run(command, check=True, capture_output=True)
    return next(folder.glob("*.whl"))


@pytest.fixture(scope="module")
def bare_python(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An interpreter that has the wheel, the locked packages, and nothing of the tree."""
    folder = tmp_path_factory.mktemp("bare")
    venv.create(folder, with_pip=True)
    python = folder / "bin" / "python"
    paths = sysconfig.get_paths(vars={"base": str(folder), "platbase": str(folder)})
    # .pth files of a folder that is added by a .pth file are not read: the editable install stays outside
    (Path(paths["purelib"]) / "locked.pth").write_text(sysconfig.get_path("purelib"))
    subprocess.run([python, "-m", "pip", "install", "-qq", "--no-deps", "--no-index", str(wheel)], check=True)
    return python


def test_wheel_holds_the_packages_and_nothing_else(wheel: Path) -> None:
    """No test, no folder with a generic name, no file of the repository's root is shipped."""
    names = zipfile.ZipFile(wheel).namelist()
    assert {name.split("/")[0] for name in names if ".dist-info/" not in name} == PACKAGES
    assert [name for name in names if "/tests/" in name] == []


def test_wheel_carries_its_data_files(wheel: Path) -> None:
    """Catalogues, templates, profiles, scenarios and type markers are in the wheel."""
    names = set(zipfile.ZipFile(wheel).namelist())
    wanted = {f"{package}/py.typed" for package in PACKAGES}
    wanted |= {
        "agentcore_contracts/requirements.toml",
        "agentcore_contracts/report/templates/report.html.jinja",
        "agentcore_integration/profiles/reference.toml",
        "agentcore_integration/profiles/reference-websocket.toml",
        "agentcore_integration/agents/coordinator.toml",
        "agentcore_integration/agents/coordinator_websocket.toml",
    }
    assert wanted - names == set()


def test_gate_runs_from_the_wheel(bare_python: Path, tmp_path: Path) -> None:
    """Outside the tree, the installed gate judges the reference backend."""
    where = [str(bare_python), "-c", "import agentcore_integration as m; print(m.__file__)"]
    assert str(ROOT) not in subprocess.run(where, capture_output=True, text=True, check=True).stdout
    command = [str(bare_python.with_name("agentcore-harness")), "gate", "reference"]
    only = ["--only", "G1", "--only", "A1", "--only", "P1", "--only", "I1"]
    done = subprocess.run([*command, *only], cwd=tmp_path, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
