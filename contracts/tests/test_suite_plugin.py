"""The plugin turns each suite function into one record, and refuses a suite that its catalogue does not know."""

import shlex
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from toy_suites import ToyRun, ToySuite

from agentcore_contracts.verdict import NotRun, Verdict

ALL_ENDINGS = """
    from agentcore_contracts.verify import TargetUnavailable, verify_equal

    @pytest.fixture
    def unavailable():
        raise TargetUnavailable("refused")

    @pytest.fixture
    def messy():
        yield
        raise OSError("left open")

    @requirement("T1")
    def test_holds(target): assert target.name == "nobody"

    @requirement("T2")
    def test_broken(target): verify_equal("red", "blue", what="colour", evidence="seen")

    @requirement("T3")
    def test_assertion(target): assert 1 == 2

    @requirement("T4")
    def test_skipped(target): pytest.skip("no such runtime")

    @requirement("T5")
    def test_crashes(target): raise ZeroDivisionError

    @requirement("T6")
    def test_fixture_fails(target, unavailable): pass

    @requirement("T7")
    def test_teardown_fails(target, messy): pass

    @requirement("T8")
    def test_broken_and_messy(target, messy): assert 1 == 2

    @requirement("T9")
    @pytest.mark.skip(reason="marked")
    def test_marked(target): pass
"""


@pytest.fixture(scope="module")
def toy_run(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ToyRun]:
    """One run in which functions end in every way there is."""
    with pytest.MonkeyPatch.context() as patch:
        yield ToySuite(tmp_path_factory.mktemp("toy"), patch, ALL_ENDINGS, requirements=9).run()


def test_each_ending_has_its_outcome(toy_run: ToyRun) -> None:
    """Passed, failed, skipped and everything else become pass, fail, not run and unknown."""
    assert toy_run.code == 1
    assert toy_run.outcomes == {
        "T1": "pass",
        "T2": "fail",
        "T3": "fail",
        "T4": "not run",
        "T5": "unknown",
        "T6": "unknown",
        "T7": "unknown",
        "T8": "fail",
        "T9": "not run",
    }


def test_failure_is_recorded_whole(toy_run: ToyRun) -> None:
    """The record of a failure has suite, expected, actual, evidence and the command that repeats it."""
    record = toy_run.records[1]

    assert isinstance(record, Verdict)
    assert (record.suite, record.expected, record.actual) == ("toy", ("colour 'blue'",), "colour 'red'")
    assert record.evidence == "seen"
    assert record.replay.endswith(".suite.test_toy::test_broken")


def test_reason_of_a_skip_is_recorded(toy_run: ToyRun) -> None:
    """A skip keeps its reason."""
    reasons = [record.reason for record in toy_run.records if isinstance(record, NotRun)]

    assert reasons == ["no such runtime", "marked"]


def test_progress_is_one_line_per_record(toy_run: ToyRun) -> None:
    """A quiet run says outcome, id and sentence as they come."""
    assert "pass     T1    T1 holds." in toy_run.lines
    assert "not run  T4    T4 holds." in toy_run.lines


@pytest.mark.parametrize(
    ("source", "complaint"),
    [
        ('@requirement("T9")\ndef test_x(target): pass', "'T9' is not in the catalogue"),
        ("def test_x(target): pass", "no @pytest.mark.requirement(id)"),
        ("@requirement\ndef test_x(target): pass", "no @pytest.mark.requirement(id)"),
    ],
)
def test_function_outside_the_catalogue(
    source: str, complaint: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A function without a known requirement id is a usage error: nothing runs, everything is unknown."""
    toy_run = ToySuite(tmp_path, monkeypatch, source, requirements=1).run()

    assert (toy_run.code, toy_run.outcomes) == (4, {"T1": "unknown"})
    assert complaint in "\n".join(toy_run.lines)


def test_bad_target_file(tmp_path: Path) -> None:
    """A target file that cannot be used is a usage error of one line."""
    (tmp_path / "target.json").write_text("{}")
    command = [sys.executable, "-m", "pytest", "-p", "agentcore_contracts.suite_plugin", "--target", "target.json"]

    ended = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)

    assert ended.returncode == 4
    assert ended.stderr.strip() == "ERROR: target file target.json: name must be a text that is not empty, not None"


def test_replay_repeats_the_check(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The command in a record runs that function alone, and it ends as it did."""
    source = '@requirement("T1")\ndef test_x(target): assert 1 == 2\n@requirement("T2")\ndef test_y(target): pass'
    record = ToySuite(tmp_path, monkeypatch, source, requirements=2).run().records[0]
    assert isinstance(record, Verdict)

    words = [sys.executable, *shlex.split(record.replay)[1:]]
    ended = subprocess.run(words, cwd=tmp_path, capture_output=True, text=True, check=False)

    assert (ended.returncode, ended.stdout.splitlines()[-1].partition(" in ")[0]) == (1, "1 failed")
