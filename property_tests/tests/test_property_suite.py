"""The suite as a gate runs it: in a process of its own, with a seed."""

import ast
import inspect
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest
from defective_data_plane import DataPlaneImitation

import agentcore_property_tests.suite
from agentcore_contracts.requirements import load_catalogue
from agentcore_contracts.run import run_suite
from agentcore_contracts.target import Target
from agentcore_contracts.verdict import NotRun, Outcome, Verdict, read_verdicts

PACKAGE = "agentcore_property_tests"


def run(folder: Path, target: Target, *arguments: str) -> tuple[list[Verdict | NotRun], list[str]]:
    """The records of a run with these arguments, and its output."""
    target.dump(folder / "target.json")
    said: list[str] = []
    run_suite(
        folder / "target.json",
        folder / "verdicts.jsonl",
        package=PACKAGE,
        suite="properties",
        extra_args=["-p", f"{PACKAGE}.suite_plugin", *arguments],
        on_line=said.append,
        timeout_s=60,
    )
    return read_verdicts(folder / "verdicts.jsonl"), said


def verdicts(records: Sequence[Verdict | NotRun]) -> dict[str, Verdict]:
    return {record.requirement.id: record for record in records if isinstance(record, Verdict)}


def test_suite_and_catalogue_agree() -> None:
    """There is one check for each requirement, and its docstring is the sentence of the catalogue."""
    said = {}
    for file in sorted(Path(inspect.getfile(agentcore_property_tests.suite)).parent.glob("test_*.py")):
        functions = [node for node in ast.parse(file.read_text("utf-8")).body if isinstance(node, ast.FunctionDef)]
        for function in (node for node in functions if node.name.startswith("test_")):
            id_, _, sentence = (ast.get_docstring(function) or "").partition(": ")
            assert f"requirement('{id_}')" in ast.unparse(function.decorator_list[0])
            said[id_] = sentence

    assert said == {id_: requirement.sentence for id_, requirement in load_catalogue(PACKAGE).items()}


def test_right_target_passes_and_what_cannot_be_asked_is_left_out(tmp_path: Path) -> None:
    """Every requirement has its record; only the backend is missing here."""
    with DataPlaneImitation() as plane:
        records, _ = run(tmp_path, plane.target, "--examples", "20")

    assert {id_ for id_, verdict in verdicts(records).items() if verdict.outcome is Outcome.PASS} == {
        id_ for id_ in load_catalogue(PACKAGE) if id_ != "P13"
    }
    assert [record.requirement.id for record in records if isinstance(record, NotRun)] == ["P13"]


@pytest.mark.parametrize("given", [["--seed", "7"], []])
def test_seed_is_said_and_replayed(tmp_path: Path, given: list[str]) -> None:
    """The seed stands in the output and in the replay command, also when nobody chose one."""
    with DataPlaneImitation() as plane:
        records, said = run(tmp_path, plane.target, "--examples", "1", "-k", "prompt", *given)

    line = next(line for line in said if line.startswith("properties: --seed "))
    seed = line.split()[2]
    assert seed == (given or ["", seed])[1]
    assert f"--seed {seed}" in verdicts(records)["P5"].replay.replace("--seed=", "--seed ")


def test_suite_leaves_nothing_where_it_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No cache of examples in the current directory: a run depends on its seed alone."""
    (tmp_path / "here").mkdir()
    monkeypatch.chdir(tmp_path / "here")
    with DataPlaneImitation() as plane:
        run(tmp_path, plane.target, "--examples", "5", "-k", "idempotent or read_back")

    assert list(Path.cwd().iterdir()) == []


FAILING = """
from hypothesis import Phase, given, settings
from agentcore_property_tests import strategies

@settings(phases=[Phase.generate])
@given(strategies.cut_streams())
def test_streams(drawn):
    print("drew", drawn)
    assert len(drawn[0]) < 30
"""


def said_with_seed(folder: Path, seed: int) -> list[str]:
    """What a run of a property that fails says of its examples when it is given that seed."""
    (folder / "test_failing.py").write_text(FAILING)
    options = ["-q", "-p", f"{PACKAGE}.suite_plugin", "--seed", str(seed), "--examples=20", "-p", "no:cacheprovider"]
    command = [sys.executable, "-m", "pytest", *options, "test_failing.py"]
    finished = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    return [line for line in finished.stdout.splitlines() if "drew" in line or "Failing test case" in line]


def test_same_seed_same_examples(tmp_path: Path) -> None:
    """The same seed gives the same examples, another seed others; a failure shows its example."""
    first, again, other = (said_with_seed(tmp_path, seed) for seed in (7, 7, 8))

    assert first == again != other
    assert any("Failing test case" in line for line in first)
    assert not (tmp_path / ".hypothesis").exists()
