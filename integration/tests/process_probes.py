"""What tests of processes ask the machine: who is alive, who listens."""

import os
import signal
import socket
from collections.abc import Iterable

import psutil


def alive(pids: Iterable[int]) -> list[int]:
    """Return those of the processes that are still running (a zombie is not)."""
    return [pid for pid in pids if psutil.pid_exists(pid) and psutil.Process(pid).status() != psutil.STATUS_ZOMBIE]


def tree(pid: int) -> list[psutil.Process]:
    """Return a process with all its descendants."""
    root = psutil.Process(pid)
    return [root, *root.children(recursive=True)]


def wait_gone(processes: Iterable[psutil.Process], timeout_s: float) -> list[psutil.Process]:
    """Wait until the processes have ended; return those that have not within ``timeout_s``."""
    _, left = psutil.wait_procs(list(processes), timeout=timeout_s)
    return [process for process in left if process.status() != psutil.STATUS_ZOMBIE]


def kill_hard(pid: int) -> None:
    """SIGKILL one process."""
    os.kill(pid, signal.SIGKILL)


def accepts(port: int) -> bool:
    """Return whether a connection to the port is accepted."""
    with socket.socket() as client:
        client.settimeout(2)
        return client.connect_ex(("127.0.0.1", port)) == 0
