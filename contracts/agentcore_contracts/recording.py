"""From what happened to one suite function to its record: the table in `suite_plugin` as code."""

import shlex
from collections.abc import Sequence
from typing import Final

import pytest

from agentcore_contracts.requirements import Requirement
from agentcore_contracts.verdict import NotRun, Outcome, Verdict
from agentcore_contracts.verify import RequirementFailed

_OF_THIS_RUN_ONLY: Final = ("--verdicts", "--lifeline-fd")


def record_of(requirement: Requirement, call: pytest.CallInfo[None], *, suite: str, replay: str) -> Verdict | NotRun:
    """The record of one phase (setup, call, teardown) of a suite function."""
    error = call.excinfo.value if call.excinfo is not None else None
    if isinstance(error, pytest.skip.Exception):
        return NotRun(requirement, suite, str(error))
    outcome, expected, actual, evidence = _findings(error, call.when)
    return Verdict(requirement, suite, outcome, expected, actual, evidence, replay, round(call.duration, 3))


def _findings(error: BaseException | None, phase: str) -> tuple[Outcome, tuple[str, ...], str, str]:
    if error is None:
        return Outcome.PASS, (), "as required", ""
    failure = _failure_in(error)
    if isinstance(failure, RequirementFailed):
        return Outcome.FAIL, failure.expected, failure.actual, _with_notes(failure.evidence, error, failure)
    if failure is not None:
        return Outcome.FAIL, (), str(failure) or repr(failure), _with_notes("", error, failure)
    actual = f"could not tell, {phase} ended with {type(error).__name__}: {error}"
    return Outcome.UNKNOWN, (), actual, _with_notes(_place(error), error)


def _failure_in(error: BaseException) -> BaseException | None:
    """The finding about the target, also out of a group (Hypothesis raises one) when the group holds nothing else."""
    if isinstance(error, BaseExceptionGroup):
        found = [_failure_in(member) for member in error.exceptions]
        return None if None in found else found[0]
    return error if isinstance(error, AssertionError | pytest.fail.Exception) else None


def _with_notes(evidence: str, *errors: BaseException) -> str:
    """Evidence and the notes on the exceptions: Hypothesis writes the falsifying example there."""
    notes = dict.fromkeys(note for error in errors for note in getattr(error, "__notes__", ()))
    return "\n".join(part for part in (evidence, *notes) if part)


def _place(error: BaseException) -> str:
    trace = error.__traceback__
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    return "" if trace is None else f"raised in {trace.tb_frame.f_code.co_filename}:{trace.tb_lineno}"


def replay_command(arguments: Sequence[str], selected: Sequence[str], node: str) -> str:
    """The command that runs `node` (`package.module::function`) alone, with the options of this run.

    `arguments` are those pytest was started with, `selected` the ones among them that name what to run.
    """
    kept: list[str] = []
    skip_value = False
    for argument in arguments:
        name, _, value = argument.partition("=")
        if not skip_value and name not in _OF_THIS_RUN_ONLY and argument not in (*selected, "--pyargs"):
            kept.append(argument)
        skip_value = not skip_value and name in _OF_THIS_RUN_ONLY and not value
    return shlex.join(["python", "-m", "pytest", *kept, "--pyargs", node])
