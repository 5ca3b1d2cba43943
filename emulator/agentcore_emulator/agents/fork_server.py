"""The program that agents are forked from: `python -m agentcore_emulator.agents.fork_server --control-fd N`.

Loads what every agent needs once (the AgentCore SDK, uvicorn), stays without threads, and forks a process for each
session. The agent's own file is loaded after the fork, so that no session shares anything of it. Measured on two
cores: 0.8 ms and no processor time for the fork, against 270 ms of processor time to start an interpreter and import
the same; that is why a pool of started interpreters alone was not chosen.

Messages in both directions are `MESSAGE`: what, and two numbers.

    to it:    s  0  0     fork; comes with four descriptors: the job (JSON), listening socket, log, lifeline
              k  pid n    signal n to the whole group of that agent
    from it:  p  pid 0    forked, in the order in which it was asked
              e  errno 0  could not fork
              x  pid n    that agent ended with status n; what was left of its group has been killed

Only this process waits for agents, and it signals none that it has waited for: a signal cannot meet a stranger. When
the emulator is gone, however it went, every group is killed and the folder of the sessions removed.
"""

import argparse
import contextlib
import errno
import gc
import importlib
import json
import os
import resource
import select
import shutil
import signal
import socket
import struct
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass

from agentcore_emulator.agents import host

MESSAGE = struct.Struct("!cii")
FORK, SIGNAL, FORKED, FAILED, EXITED = b"s", b"k", b"p", b"e", b"x"
RECEIVE = socket.MSG_WAITALL | getattr(socket, "MSG_CMSG_CLOEXEC", 0)
PRELOADED = (
    "uvicorn.lifespan.on",
    "uvicorn.loops.uvloop",
    "uvicorn.protocols.http.httptools_impl",
    "uvicorn.protocols.websockets.auto",
    "bedrock_agentcore",
)


@dataclass(frozen=True, slots=True)
class Job:
    """What a forked process is to become."""

    target: str
    environment: dict[str, str]
    folder: str
    memory_bytes: int | None
    files: int | None
    listener_fd: int
    log_fd: int
    lifeline_fd: int

    @classmethod
    def read(cls, fds: Sequence[int]) -> "Job":
        """The job that the first of the descriptors holds."""
        job_fd, listener_fd, log_fd, lifeline_fd = fds
        with os.fdopen(job_fd, "rb") as file:
            file.seek(0)
            told = json.load(file)
        return cls(**told, listener_fd=listener_fd, log_fd=log_fd, lifeline_fd=lifeline_fd)


class ForkServer:
    """Forks, signals and waits; nothing else happens in this process."""

    def __init__(self, control: socket.socket, folder: str) -> None:
        self._control = control
        self._folder = folder
        self._agents: set[int] = set()
        self._wakeup, self._woken = socket.socketpair()
        for end in (self._wakeup, self._woken):
            end.setblocking(False)
        signal.signal(signal.SIGCHLD, lambda *_: None)
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        signal.set_wakeup_fd(self._woken.fileno(), warn_on_full_buffer=False)

    def serve(self) -> Job | None:
        """Serves until the emulator is gone; in a forked process it returns what that is to become."""
        while True:
            ready, _, _ = select.select([self._control, self._wakeup], [], [])
            if self._wakeup in ready:
                self._wakeup.recv(4_096)
                self._reap()
            if self._control in ready:
                message, fds, _, _ = socket.recv_fds(self._control, MESSAGE.size, 4, RECEIVE)
                if len(message) < MESSAGE.size:
                    self._end()
                    return None
                what, pid, number = MESSAGE.unpack(message)
                if what == SIGNAL:
                    self._signal(pid, number)
                elif (job := self._fork(fds)) is not None:
                    return job

    def _fork(self, fds: Sequence[int]) -> Job | None:
        try:
            pid = os.fork()
        except OSError as failure:
            self._tell(FAILED, failure.errno or errno.EAGAIN, 0)
            return None
        if pid == 0:
            self._leave()
            return Job.read(fds)
        for fd in fds:
            os.close(fd)
        self._agents.add(pid)
        self._tell(FORKED, pid, 0)
        return None

    def _leave(self) -> None:
        """Right after the fork: a group of its own, and nothing kept of this server."""
        os.setsid()
        signal.set_wakeup_fd(-1)
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        signal.signal(signal.SIGINT, signal.default_int_handler)
        for end in (self._control, self._wakeup, self._woken):
            end.close()

    def _signal(self, pid: int, number: int) -> None:
        if pid not in self._agents:
            return
        try:
            os.killpg(pid, number)
        except ProcessLookupError:
            os.kill(pid, number)

    def _reap(self) -> None:
        for pid in list(self._agents):
            if _has_ended(pid):
                with contextlib.suppress(ProcessLookupError, PermissionError):
                    os.killpg(pid, signal.SIGKILL)
                _, status = os.waitpid(pid, 0)
                self._agents.discard(pid)
                self._tell(EXITED, pid, os.waitstatus_to_exitcode(status))

    def _tell(self, what: bytes, first: int, second: int) -> None:
        with contextlib.suppress(OSError):
            self._control.sendall(MESSAGE.pack(what, first, second))

    def _end(self) -> None:
        for pid in self._agents:
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(pid, signal.SIGKILL)
        for pid in self._agents:
            os.waitpid(pid, 0)
        shutil.rmtree(self._folder, ignore_errors=True)


def _has_ended(pid: int) -> bool:
    """Whether that child has ended; it stays a zombie, which keeps its number and its group's from others."""
    return os.waitid(os.P_PID, pid, os.WEXITED | os.WNOHANG | os.WNOWAIT) is not None


def become(job: Job) -> None:
    """Turns this process into the agent: its own folder, environment and limits; returns when it is done."""
    null = os.open(os.devnull, os.O_RDWR)
    for fd, number in ((null, 0), (job.log_fd, 1), (job.log_fd, 2)):
        os.dup2(fd, number)
    os.close(null)
    os.close(job.log_fd)
    os.environ.clear()
    os.environ.update(job.environment)
    time.tzset()
    _limit(resource.RLIMIT_CORE, 0)
    _limit(resource.RLIMIT_NOFILE, job.files)
    _limit(resource.RLIMIT_AS, job.memory_bytes)
    os.chdir(job.folder)
    gc.enable()
    host.run(job.target, job.listener_fd, job.lifeline_fd)


def _limit(kind: int, value: int | None) -> None:
    if value is not None:
        _, hard = resource.getrlimit(kind)
        bound = value if hard == resource.RLIM_INFINITY else min(value, hard)
        resource.setrlimit(kind, (bound, bound))


def main() -> None:
    """Serves the emulator that holds the other end of the control socket."""
    parser = argparse.ArgumentParser(prog="agentcore_emulator.agents.fork_server")
    parser.add_argument("--control-fd", type=int, required=True)
    parser.add_argument("--folder", required=True, help="holds the sessions' folders; removed at the end")
    options = parser.parse_args()
    for module in PRELOADED:
        with contextlib.suppress(ImportError):
            importlib.import_module(module)
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(line_buffering=True, write_through=True)
    gc.collect()
    gc.disable()
    gc.freeze()
    job = ForkServer(socket.socket(fileno=options.control_fd), options.folder).serve()
    if job is not None:
        become(job)


if __name__ == "__main__":
    main()
