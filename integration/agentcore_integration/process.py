"""Child processes: started on a port the parent holds, logged, watched, and never left behind.

The parent binds ``127.0.0.1:0`` and hands the *listening socket* to the child, so there is no port to race for and a
connection is accepted from the first moment on.
Every child holds the read end of a pipe whose write end only the parent has (its *lifeline*):
when the parent dies, however it dies, the child reads end-of-file and ends itself with all it started.
Programs that know nothing of lifelines are run under ``agentcore_integration.supervise``, which does it for them.
"""

import http.client
import os
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Self

from agentcore_integration.process_tree import end_tree

LOOPBACK = "127.0.0.1"
STOP_GRACE_S = 5.0
LOG_TAIL_LINES = 20


class ChildError(Exception):
    """A child did not start, did not become ready, or ended when it should not have.

    ``log_tail`` holds the last lines the child wrote, for the person who has to find out why.
    """

    def __init__(self, message: str, log_tail: Sequence[str] = ()) -> None:
        super().__init__(message)
        self.log_tail = tuple(log_tail)

    def __str__(self) -> str:
        lines = [str(self.args[0])]
        if self.log_tail:
            lines.append("last lines of its log:")
            lines.extend(f"  | {line}" for line in self.log_tail)
        return "\n".join(lines)


@dataclass
class Child:
    """A running child process; use it as a context manager, or call ``stop``."""

    name: str
    process: subprocess.Popen[bytes]
    log_path: Path
    port: int | None
    _lifeline: int = field(repr=False)

    @property
    def pid(self) -> int:
        return self.process.pid

    @property
    def bound_port(self) -> int:
        """The port the child serves. Raises ``ValueError`` when it serves none."""
        if self.port is None:
            raise ValueError(f"{self.name} serves no port")
        return self.port

    @property
    def url(self) -> str:
        """Base URL of the port the child serves."""
        return f"http://{LOOPBACK}:{self.bound_port}"

    def log_tail(self, lines: int = LOG_TAIL_LINES) -> list[str]:
        """Return the last lines the child wrote to stdout and stderr."""
        return self.log_path.read_text(encoding="utf-8", errors="replace").splitlines()[-lines:]

    def failed(self, message: str) -> ChildError:
        """Return an error that carries this child's log."""
        return ChildError(message, self.log_tail())

    def wait(self, timeout_s: float) -> int | None:
        """Return the exit code when the child ends within ``timeout_s``, else None."""
        try:
            return self.process.wait(timeout_s)
        except subprocess.TimeoutExpired:
            return None

    def stop(self, grace_s: float = STOP_GRACE_S) -> int:
        """End the child and all it started: SIGTERM, after ``grace_s`` SIGKILL. Returns the exit code."""
        exit_code = end_tree(self.process, grace_s)
        if self._lifeline >= 0:
            os.close(self._lifeline)
            self._lifeline = -1
        return exit_code

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc_info: object) -> None:
        self.stop()


def start_child(
    argv: Sequence[str],
    *,
    name: str,
    log_dir: Path,
    env: Mapping[str, str],
    cwd: Path | None = None,
    listen: bool = True,
    port: int = 0,
) -> Child:
    """Start ``argv`` in a process group of its own; stdout and stderr go to ``log_dir/name.log``.

    In ``argv`` and in the values of ``env``, ``{fd}`` stands for the listening socket (when ``listen``),
    ``{port}`` for its port number, and ``{lifeline_fd}`` for the lifeline.
    A command that names ``{port}`` and not ``{fd}`` binds the port itself: the parent's socket is closed first.
    A command that does not take ``{lifeline_fd}`` is run under the supervisor.

    Raises ``ChildError`` when the program cannot be started or the port is taken.
    """
    command = _supervised(argv) if not _names("{lifeline_fd}", argv, {}) else list(argv)
    reader, writer = os.pipe()
    listener = _listener(port, name) if listen else None
    try:
        bound_port = listener.getsockname()[1] if listener else None
        inherited = [reader]
        if listener is not None and _names("{fd}", command, env):
            inherited.append(listener.fileno())
        elif listener is not None:
            listener.close()
        words = {
            "{lifeline_fd}": str(reader),
            "{fd}": str(listener.fileno()) if listener else "",
            "{port}": str(bound_port),
        }
        log_path = log_dir / f"{name}.log"
        with log_path.open("wb") as log:
            process = subprocess.Popen(
                [_filled(word, words) for word in command],
                env={key: _filled(value, words) for key, value in env.items()},
                cwd=cwd,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                pass_fds=inherited,
                process_group=0,
            )
    except OSError as error:
        os.close(writer)
        raise ChildError(f"{name} cannot be started: {error}") from error
    finally:
        os.close(reader)
        if listener is not None:
            listener.close()
    return Child(name, process, log_path, bound_port, writer)


def wait_ready(
    child: Child, path: str, *, timeout_s: float, accept: Callable[[int], bool] = lambda s: s == 200
) -> None:
    """Return when ``GET path`` on the child's port answers with an accepted status.

    Raises ``ChildError``, with the end of the child's log, when the child ends first or ``timeout_s`` passes.
    """
    deadline = time.monotonic() + timeout_s
    seen = "no answer"
    while (left_s := deadline - time.monotonic()) > 0:
        if child.process.poll() is not None:
            raise child.failed(f"{child.name} ended with exit code {child.process.returncode} before it was ready")
        try:
            status = _get_status(child, path, left_s)
        except OSError as error:
            seen = str(error) or type(error).__name__
        except http.client.HTTPException as error:
            seen = f"{type(error).__name__} {error}"
        else:
            if accept(status):
                return
            seen = f"status {status}"
        child.wait(0.05)
    raise child.failed(f"{child.name} was not ready after {timeout_s:g} s: GET {child.url}{path} gave {seen}")


def _get_status(child: Child, path: str, timeout_s: float) -> int:
    connection = http.client.HTTPConnection(LOOPBACK, child.port, timeout=min(timeout_s, 5.0))
    try:
        connection.request("GET", path)
        return connection.getresponse().status
    finally:
        connection.close()


def _listener(port: int, name: str) -> socket.socket:
    # with the protocol named, servers turn Nagle's delay off on what they accept
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((LOOPBACK, port))
    except OSError as error:
        listener.close()
        raise ChildError(
            f"{name} cannot use port {port} of {LOOPBACK}: {error.strerror}; choose another, or 0 for a free one"
        ) from error
    listener.listen(1024)
    return listener


def _supervised(argv: Sequence[str]) -> list[str]:
    return [sys.executable, "-m", "agentcore_integration.supervise", "--lifeline-fd", "{lifeline_fd}", "--", *argv]


def _names(placeholder: str, argv: Sequence[str], env: Mapping[str, str]) -> bool:
    return any(placeholder in word for word in (*argv, *env.values()))


def _filled(text: str, words: Mapping[str, str]) -> str:
    for placeholder, value in words.items():
        text = text.replace(placeholder, value)
    return text
