"""What happened to a suite function becomes the right record."""

import pytest

from agentcore_contracts.recording import record_of, replay_command
from agentcore_contracts.requirements import Requirement
from agentcore_contracts.verdict import NotRun, Outcome, Verdict
from agentcore_contracts.verify import RequirementFailed, TargetUnavailable

REQUIREMENT = Requirement("X1", "It holds.", "MUST", "a page", "assumed")
FAILURE = RequirementFailed(expected="blue", actual="red", evidence="seen")


def _record(error: BaseException | None) -> Verdict | NotRun:
    def phase() -> None:
        if error is not None:
            raise error

    call = pytest.CallInfo.from_call(phase, "call")
    return record_of(REQUIREMENT, call, suite="suite", replay="again")


@pytest.mark.parametrize(
    ("error", "expected"),
    [
        (None, Outcome.PASS),
        (FAILURE, Outcome.FAIL),
        (AssertionError("assert 1 == 2"), Outcome.FAIL),
        (pytest.fail.Exception("DID NOT RAISE"), Outcome.FAIL),
        (ExceptionGroup("several", [FAILURE, AssertionError()]), Outcome.FAIL),
        (ExceptionGroup("several", [FAILURE, OSError()]), Outcome.UNKNOWN),
        (TargetUnavailable("refused"), Outcome.UNKNOWN),
        (ZeroDivisionError(), Outcome.UNKNOWN),
    ],
)
def test_outcome(error: BaseException | None, expected: Outcome) -> None:
    """A finding about the target is a failure, trouble with asking is unknown."""
    record = _record(error)

    assert isinstance(record, Verdict)
    assert record.outcome is expected


def test_failure_is_kept_whole() -> None:
    """The record of a failure has its expected answers, its actual one, its evidence and notes made on the way."""
    failure = RequirementFailed(expected=("blue", "green"), actual="red", evidence="seen")
    failure.add_note("Falsifying example: x=1")

    record = _record(failure)

    assert isinstance(record, Verdict)
    assert (record.expected, record.actual) == (("blue", "green"), "red")
    assert record.evidence == "seen\nFalsifying example: x=1"


def test_unknown_says_where() -> None:
    """A check that could not tell names the exception and the place it came from."""
    record = _record(TargetUnavailable("refused"))

    assert isinstance(record, Verdict)
    assert record.actual == "could not tell, call ended with TargetUnavailable: refused"
    assert f"raised in {__file__}" in record.evidence


def test_skip_is_not_run() -> None:
    """A skip becomes a record of its own, with the reason."""
    assert _record(pytest.skip.Exception("no such runtime")) == NotRun(REQUIREMENT, "suite", "no such runtime")


def test_replay_keeps_the_options() -> None:
    """The replay runs one function with the options of the run, but not into its verdict file or on its lifeline."""
    arguments = ["--lifeline-fd", "7", "-p", "plugin", "--target", "a b.json", "--verdicts=v", "--pyargs", "pkg.suite"]

    replay = replay_command(arguments, ["pkg.suite"], "pkg.suite.test_x::test_y[1]")

    assert replay == ("python -m pytest -p plugin --target 'a b.json' --pyargs 'pkg.suite.test_x::test_y[1]'")
