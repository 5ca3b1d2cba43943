"""The habits of this repository, checked: sizes, names, sentences, nothing left behind."""

import ast
import subprocess
import tomllib
from collections import Counter
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import pytest
from gate_runs import shell_environment

ROOT = Path(__file__).resolve().parents[2]
FOLDERS = ("contracts", "emulator", "integration", "load", "property_tests")
MODULE_LINES_MAX = 400
FUNCTION_LINES_MAX = 70
# words that mean "somebody should still do something here"
LEFTOVERS = ("TO" + "DO", "FIX" + "ME", "XX" + "X", "HA" + "CK")
SLEEPS = {("time", "sleep"), ("asyncio", "sleep"), ("anyio", "sleep"), ("gevent", "sleep")}


def tracked(*patterns: str) -> list[Path]:
    """Return the files git tracks or would track, so that a new file is held to the same rules."""
    command = ["git", "ls-files", "--cached", "--others", "--exclude-standard", *patterns]
    names = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout.splitlines()
    return [path for name in names if (path := ROOT / name).is_file()]


def modules() -> list[Path]:
    return [path for path in tracked("*.py") if path.relative_to(ROOT).parts[0] in FOLDERS]


def modules_of_tests() -> list[Path]:
    return [path for path in modules() if path.name.startswith("test_")]


def functions(path: Path) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield node


def name(path: Path) -> str:
    return str(path.relative_to(ROOT))


def test_modules_are_small_rooms() -> None:
    """No module is longer than 400 lines."""
    lengths = {name(path): len(path.read_text(encoding="utf-8").splitlines()) for path in modules()}
    assert {path: lines for path, lines in lengths.items() if lines > MODULE_LINES_MAX} == {}


def test_functions_are_short() -> None:
    """No function is longer than 70 lines, decorators and docstring included."""
    long = {
        f"{name(path)}:{node.lineno} {node.name}": node.end_lineno - node.lineno + 1
        for path in modules()
        for node in functions(path)
        if node.end_lineno is not None and node.end_lineno - node.lineno + 1 > FUNCTION_LINES_MAX
    }
    assert long == {}


def test_every_module_says_what_it_is() -> None:
    """Each module begins with a docstring."""
    silent = [name(path) for path in modules() if not ast.get_docstring(ast.parse(path.read_text(encoding="utf-8")))]
    assert silent == []


def test_every_test_is_a_sentence() -> None:
    """Each test has a docstring whose first line is one sentence that states what holds."""
    bad = []
    for path in modules_of_tests():
        for node in functions(path):
            if node.name.startswith("test_"):
                sentence = (ast.get_docstring(node) or "").partition("\n")[0]
                if not sentence.endswith(".") or sentence.startswith(("Test ", "Tests ", "Check that")):
                    bad.append(f"{name(path)}:{node.lineno} {node.name}")
    assert bad == []


def test_no_test_sleeps() -> None:
    """Readiness is a socket that accepts and time is the clock's: no test calls a sleep."""
    sleeping = [
        f"{name(path)}:{node.lineno}"
        for path in modules_of_tests()
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and isinstance(node.func.value, ast.Name)
        and (node.func.value.id, node.func.attr) in SLEEPS
        # sleep(0) only lets other tasks have their turn
        and not (len(node.args) == 1 and isinstance(node.args[0], ast.Constant) and node.args[0].value == 0)
    ]
    assert sleeping == []


def test_module_names_beside_tests_are_unique() -> None:
    """A test or helper module is imported by its bare name, so each name exists once."""
    counted = Counter(path.stem for path in modules() if path.parent.name in {"tests", "bench"})
    assert [stem for stem, count in counted.items() if count > 1] == []


def test_nothing_is_left_to_do() -> None:
    """No marker of unfinished work stands in the code."""
    found = [
        f"{name(path)}: {word}"
        for path in [*modules(), *tracked("Makefile", "*.toml", "*.mjs", ".ci/*")]
        for word in LEFTOVERS
        if word in path.read_text(encoding="utf-8")
    ]
    assert found == []


def test_there_is_one_conftest() -> None:
    """The only conftest is at the root."""
    assert [name(path) for path in tracked("*conftest.py")] == ["conftest.py"]


def test_no_utils() -> None:
    """No module is a drawer for everything."""
    assert [name(path) for path in modules() if path.stem in {"utils", "helpers", "misc", "common"}] == []


def test_no_registry_is_named() -> None:
    """The lock files say versions and hashes, never an address to fetch from."""
    text = "".join(path.read_text(encoding="utf-8") for path in tracked("*.lock", "*package-lock.json"))
    assert "://" not in text


def test_changelog_begins_with_this_version() -> None:
    """The newest heading of the changelog is the version of the package."""
    version = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["version"]
    headings = [
        line for line in (ROOT / "CHANGELOG.md").read_text(encoding="utf-8").splitlines() if line.startswith("## ")
    ]
    assert version in headings[0]


@pytest.mark.parametrize("folder", FOLDERS)
def test_every_folder_has_its_readme(folder: str) -> None:
    """Each folder says what it is, in a page."""
    readme = ROOT / folder / "README.md"
    assert 10 <= len(readme.read_text(encoding="utf-8").splitlines()) <= 140


def test_make_help_names_every_target() -> None:
    """make help lists each target of the Makefile, with what it does."""
    lines = (ROOT / "Makefile").read_text(encoding="utf-8").splitlines()
    targets = {line.split(":")[0] for line in lines if line and line[0].isalpha() and ":=" not in line and ":" in line}
    command = ["make", "help"]
    printed = subprocess.run(
        command, cwd=ROOT, env=shell_environment(), capture_output=True, text=True, check=True
    ).stdout
    assert targets == {line.split()[1] for line in printed.splitlines()}


def test_recipes_hold_no_logic() -> None:
    """A Makefile recipe has at most four lines and no shell conditions or loops."""
    lines = (ROOT / "Makefile").read_text(encoding="utf-8").splitlines()
    recipes = [line.strip() for line in lines if line.startswith("\t")]
    assert [line for line in recipes if line.startswith(("@if ", "@for ", "@while ")) or line.endswith("\\")] == []
    runs = [0]
    for before, line in pairwise(["", *lines]):
        runs.append(runs[-1] + 1 if line.startswith("\t") and (before.startswith("\t") or runs[-1] == 0) else 0)
    assert max(runs) <= 4
