"""Running a suite: every requirement has a record afterwards, however the run ended, and nothing is left running."""

import os
import select
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from toy_suites import ToySuite

from agentcore_contracts.requirements import CatalogueError
from agentcore_contracts.run import run_suite
from agentcore_contracts.verdict import NotRun, Verdict, worst

RUN = """
import sys, pathlib
from agentcore_contracts.run import run_suite
run_suite(pathlib.Path(sys.argv[1]), pathlib.Path(sys.argv[2]), package=sys.argv[3], suite="toy")
"""

TWO = """
    @requirement("T1")
    def test_one(target): pass

    @requirement("T2")
    def test_two(target): {second}
"""


def test_all_passed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A run in which all passed has the exit code 0 and a pass for each requirement."""
    toy_run = ToySuite(tmp_path, monkeypatch, TWO.format(second="pass"), requirements=2).run()

    assert (toy_run.code, toy_run.outcomes) == (0, {"T1": "pass", "T2": "pass"})


def test_selection_leaves_the_rest_not_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What a selection leaves out is recorded as not run."""
    toy_run = ToySuite(tmp_path, monkeypatch, TWO.format(second="pass"), requirements=2).run(["-k", "test_one"])

    assert toy_run.outcomes == {"T1": "pass", "T2": "not run"}
    assert [record.reason for record in toy_run.records if isinstance(record, NotRun)] == ["not selected in this run"]


def test_nothing_selected_is_unknown(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A run of nothing at all is unknown, never green."""
    toy_run = ToySuite(tmp_path, monkeypatch, TWO.format(second="pass"), requirements=2).run(["-k", "no_such"])

    assert (toy_run.code, toy_run.outcomes) == (5, {"T1": "unknown", "T2": "unknown"})


def test_all_skipped_has_no_verdict(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A run that skipped all has no outcome to show, so that the worst of it is unknown."""
    source = '@requirement("T1")\ndef test_x(target): pytest.skip("never")'

    toy_run = ToySuite(tmp_path, monkeypatch, source, requirements=1).run()

    outcomes = [record.outcome for record in toy_run.records if isinstance(record, Verdict)]
    assert (toy_run.outcomes, worst(outcomes).value) == ({"T1": "not run"}, "unknown")


def test_suite_that_does_not_import(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A suite that does not import is unknown throughout, with the error as evidence."""
    toy_run = ToySuite(tmp_path, monkeypatch, "import no_such_module", requirements=1).run()

    assert (toy_run.code, toy_run.outcomes) == (2, {"T1": "unknown"})
    assert isinstance(toy_run.records[0], Verdict)
    assert "No module named 'no_such_module'" in toy_run.records[0].evidence


def test_suite_that_dies(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """When the process dies in the middle, what was recorded stays and the rest is unknown."""
    toy_run = ToySuite(tmp_path, monkeypatch, TWO.format(second="os._exit(7)"), requirements=3).run()

    assert (toy_run.code, toy_run.outcomes) == (7, {"T1": "pass", "T2": "unknown", "T3": "unknown"})


def test_suite_that_takes_too_long(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A run that exceeds its time is ended, its process group with it."""
    suite = ToySuite(tmp_path, monkeypatch, TWO.format(second="signal.pause()"), requirements=2)

    toy_run = suite.run(timeout_s=1.0)

    assert (toy_run.code, toy_run.outcomes["T2"]) == (-signal.SIGTERM, "unknown")
    assert toy_run.lines[-1] == "ended after 1.0 s, the time this suite was given"


def test_configuration_of_the_user_does_not_count(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither a conftest, nor a pytest.ini, nor PYTEST_ADDOPTS of the place it is started in touch the run."""
    suite = ToySuite(tmp_path, monkeypatch, TWO.format(second="pass"), requirements=2)
    (tmp_path / "conftest.py").write_text("raise RuntimeError('loaded')")
    (tmp_path / "pytest.ini").write_text("[pytest]\naddopts = --no-such-option\n")
    monkeypatch.setenv("PYTEST_ADDOPTS", "--no-such-option")
    monkeypatch.chdir(tmp_path)

    assert suite.run().code == 0


def test_package_without_catalogue(tmp_path: Path) -> None:
    """A package that has no catalogue is refused before anything starts."""
    with pytest.raises(CatalogueError):
        run_suite(tmp_path / "target.json", tmp_path / "verdicts.jsonl", package="json", suite="toy")


def test_run_ends_with_its_parent(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """When the program that runs a suite is killed, the suite's process is gone at once."""
    os.mkfifo(tmp_path / "alive")
    second = f"(open({str(tmp_path / 'alive')!r}, 'w', buffering=1).write('started'), signal.pause())"
    suite = ToySuite(tmp_path, monkeypatch, TWO.format(second=second), requirements=2)
    arguments = [sys.executable, "-c", RUN, str(suite.target_file()), str(suite.verdicts_file), suite.package]

    with subprocess.Popen(arguments, stdout=subprocess.DEVNULL) as parent, (tmp_path / "alive").open("rb", 0) as alive:
        assert alive.read(7) == b"started"
        parent.kill()
        readable, _, _ = select.select([alive], [], [], 5)

        assert (readable, alive.read()) == ([alive], b"")
