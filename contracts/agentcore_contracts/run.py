"""Runs a suite as a process of its own, and leaves a record for every requirement of its catalogue.

A process of its own, because a suite must neither inherit the patches, plugins and configuration of the program that
asks for it, nor take that program down. It ends with its parent, however the parent ends.
"""

import math
import os
import signal
import subprocess
import sys
import threading
import time
from collections import deque
from collections.abc import Callable, Sequence
from contextlib import suppress
from importlib.resources import files
from pathlib import Path
from typing import Final

from agentcore_contracts.requirements import load_catalogue
from agentcore_contracts.verdict import NotRun, Outcome, Verdict, append_record, read_verdicts

__all__ = ["read_verdicts", "run_suite"]

RAN_TO_ITS_END: Final = (0, 1)
"""Exit codes of pytest for a run that was not broken off: all passed, some did not."""

_GRACE_S: Final = 3.0
_STOP_POLL_S: Final = 0.1
_KEPT_LINES: Final = 30


def run_suite(
    target_file: Path,
    verdicts_file: Path,
    *,
    package: str,
    suite: str,
    extra_args: Sequence[str] = (),
    on_line: Callable[[str], None] | None = None,
    timeout_s: float | None = None,
    stop: threading.Event | None = None,
) -> int:
    """Run `<package>.suite` against a target; append its records to `verdicts_file`, return pytest's exit code.

    When it returns, each requirement of the package's catalogue has a record under the name `suite`. One that the run
    did not select is *not run*. One that is missing because the run was broken off (or ran nothing) is *unknown*.

    Args:
        extra_args: further arguments for pytest: a selection (`-k`), more plugins (`-p`) and their options.
            Installed pytest plugins are not loaded by themselves.
        on_line: gets each line of the run's output as it comes, without its line end, from another thread.
        timeout_s: the run is ended after this time.
        stop: the run is ended soon after this is set, from whatever thread.

    Raises `CatalogueError` when the package has no usable catalogue.
    """
    catalogue = load_catalogue(package)
    target_file, verdicts_file = target_file.resolve(), verdicts_file.resolve()
    last_lines: deque[str] = deque(maxlen=_KEPT_LINES)
    taking = _keeping(last_lines, on_line)
    arguments = [*_pytest_arguments(package), "--target", str(target_file), "--verdicts", str(verdicts_file)]
    code = _run([*arguments, "--suite", suite, *extra_args, "--pyargs", f"{package}.suite"], taking, timeout_s, stop)

    recorded = {record.requirement.id for record in read_verdicts(verdicts_file) if record.suite == suite}
    missing = [requirement for requirement in catalogue.values() if requirement.id not in recorded]
    if recorded and code in RAN_TO_ITS_END:
        for requirement in missing:
            append_record(verdicts_file, NotRun(requirement, suite, "not selected in this run"))
    else:
        actual = f"the suite was broken off before it got there (exit code {code})"
        evidence = "\n".join(last_lines)
        replay = f"python -m pytest -p agentcore_contracts.suite_plugin --target {target_file} --pyargs {package}.suite"
        for requirement in missing:
            unknown = Verdict(requirement, suite, Outcome.UNKNOWN, (), actual, evidence, replay, 0.0)
            append_record(verdicts_file, unknown)
    return code


def _keeping(last_lines: deque[str], on_line: Callable[[str], None] | None) -> Callable[[str], None]:
    def take(line: str) -> None:
        last_lines.append(line)
        if on_line is not None:
            on_line(line)

    return take


def _pytest_arguments(package: str) -> list[str]:
    configuration = files("agentcore_contracts").joinpath("suite.ini")
    return [
        "-p", "agentcore_contracts.suite_plugin", "-p", "no:cacheprovider",
        "-c", str(configuration), "--rootdir", str(files(package)), "--noconftest", "--import-mode=importlib",
        "-q", "--tb=short",
    ]  # fmt: skip


def _run(
    arguments: Sequence[str], take: Callable[[str], None], timeout_s: float | None, stop: threading.Event | None
) -> int:
    lifeline, held = os.pipe()
    try:
        process = subprocess.Popen(
            # -P: what lies in the current directory must not be taken for a module
            [sys.executable, "-P", "-m", "pytest", "--lifeline-fd", str(lifeline), *arguments],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            encoding="utf-8",
            errors="replace",
            env=_environment(),
            pass_fds=(lifeline,),
            process_group=0,
        )
        reader = threading.Thread(
            target=_pass_lines, args=(process, take), daemon=True, name=f"output of {process.pid}"
        )
        reader.start()
        try:
            return _wait(process, timeout_s, stop)
        except subprocess.TimeoutExpired:
            take(f"ended after {timeout_s} s, the time this suite was given")
            return _end(process)
        finally:
            _end(process)
            reader.join(_GRACE_S)
    finally:
        os.close(lifeline)
        os.close(held)


def _wait(process: "subprocess.Popen[str]", timeout_s: float | None, stop: threading.Event | None) -> int:
    """The exit code; a process that is to stop is ended first. Raises `TimeoutExpired` when the time is over."""
    if stop is None:
        return process.wait(timeout_s)
    deadline_s = math.inf if timeout_s is None else time.monotonic() + timeout_s
    while not stop.is_set():
        with suppress(subprocess.TimeoutExpired):
            return process.wait(_STOP_POLL_S)
        if time.monotonic() > deadline_s:
            raise subprocess.TimeoutExpired(process.args, timeout_s or 0)
    return _end(process)


def _environment() -> dict[str, str]:
    of_the_user = ("PYTEST_ADDOPTS", "PYTEST_PLUGINS")
    kept = {name: value for name, value in os.environ.items() if name not in of_the_user}
    return {**kept, "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1", "PYTHONUNBUFFERED": "1"}


def _pass_lines(process: "subprocess.Popen[str]", take: Callable[[str], None]) -> None:
    if process.stdout is not None:
        with process.stdout as lines:
            for line in lines:
                take(line.rstrip("\n"))


def _end(process: "subprocess.Popen[str]") -> int:
    """End the process and whatever is left of its group."""
    if process.poll() is None:
        _signal_group(process.pid, signal.SIGTERM)
        with suppress(subprocess.TimeoutExpired):
            process.wait(_GRACE_S)
    _signal_group(process.pid, signal.SIGKILL)
    return process.wait()


def _signal_group(group: int, number: signal.Signals) -> None:
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(group, number)
