"""Ending a process with everything it started, whether or not the descendants stayed in its group."""

import contextlib
import os
import signal
import subprocess
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import psutil


def end_tree(process: "subprocess.Popen[bytes]", grace_s: float) -> int:
    """SIGTERM the process's group, after ``grace_s`` SIGKILL whatever is left of the tree; return the exit code."""
    descendants = _descendants(process.pid)
    if process.poll() is None:
        _signal_group(process.pid, signal.SIGTERM)
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(grace_s)
    _signal_group(process.pid, signal.SIGKILL)
    for descendant in descendants:
        _kill(descendant)
    return process.wait()


def _descendants(pid: int) -> "list[psutil.Process]":
    import psutil

    try:
        return psutil.Process(pid).children(recursive=True)
    except psutil.NoSuchProcess:
        return []


def _kill(process: "psutil.Process") -> None:
    import psutil

    # psutil compares the start time too, so a reused process id is never hit
    with contextlib.suppress(psutil.NoSuchProcess):
        process.kill()


def _signal_group(pgid: int, number: signal.Signals) -> None:
    with contextlib.suppress(ProcessLookupError):
        os.killpg(pgid, number)
