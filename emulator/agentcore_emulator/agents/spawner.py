"""The emulator's end of the fork server: starts it when it is first needed, asks for agents, hears of their ends."""

import asyncio
import json
import os
import signal
import socket
import sys
import tempfile
from collections import deque
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

from agentcore_emulator.agents.environment import interpreter_environment
from agentcore_emulator.agents.fork_server import EXITED, FORK, FORKED, MESSAGE, SIGNAL

END_S_MAX = 5.0


class SpawnError(Exception):
    """No process could be made."""


class Child:
    """One forked agent; `exited` holds its status once it is gone."""

    def __init__(self, pid: int) -> None:
        self.pid = pid
        self.exited: asyncio.Future[int] = asyncio.get_running_loop().create_future()


class Spawner:
    """Forks agents through one fork server."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._control: socket.socket | None = None
        self._server: asyncio.subprocess.Process | None = None
        self._starting = asyncio.Lock()
        self._waiting: deque[asyncio.Future[Child]] = deque()
        self._children: dict[int, Child] = {}
        self._unread = b""

    async def spawn(self, job: Mapping[str, object], listener_fd: int, log_fd: int, lifeline_fd: int) -> Child:
        """A new process that becomes what `job` says.

        Raises:
            SpawnError: the system has no room for another process, or the fork server died.
        """
        control = await self._ready_control()
        forked: asyncio.Future[Child] = asyncio.get_running_loop().create_future()
        with tempfile.TemporaryFile(dir=self._folder) as file:
            file.write(json.dumps(job).encode())
            file.flush()
            fds = [file.fileno(), listener_fd, log_fd, lifeline_fd]
            try:
                socket.send_fds(control, [MESSAGE.pack(FORK, 0, 0)], fds)
            except OSError as failure:
                raise SpawnError(f"the fork server cannot be reached: {failure}") from failure
        self._waiting.append(forked)
        try:
            return await asyncio.shield(forked)
        except asyncio.CancelledError:
            forked.add_done_callback(self._kill_unwanted)
            raise

    def signal(self, child: Child, number: signal.Signals) -> None:
        """Sends a signal to the whole group of that agent, if it still runs."""
        if self._control is not None and not child.exited.done():
            with suppress(OSError):
                self._control.send(MESSAGE.pack(SIGNAL, child.pid, number))

    async def close(self) -> None:
        """Ends the fork server, and with it every agent that is left."""
        server = self._server
        self._lose()
        if server is None:
            return
        try:
            await asyncio.wait_for(server.wait(), END_S_MAX)
        except TimeoutError:
            server.kill()
            await server.wait()

    async def _ready_control(self) -> socket.socket:
        async with self._starting:
            if self._control is None:
                ours, theirs = socket.socketpair()
                with theirs:
                    options = ("--control-fd", str(theirs.fileno()), "--folder", str(self._folder))
                    self._server = await asyncio.create_subprocess_exec(
                        *(sys.executable, "-P", "-m", "agentcore_emulator.agents.fork_server", *options),
                        stdin=asyncio.subprocess.DEVNULL,
                        stdout=asyncio.subprocess.DEVNULL,
                        pass_fds=(theirs.fileno(),),
                        start_new_session=True,
                        env=interpreter_environment(os.environ),
                    )
                ours.setblocking(False)
                self._control = ours
                asyncio.get_running_loop().add_reader(ours, self._read)
            return self._control

    def _read(self) -> None:
        try:
            data = b"" if self._control is None else self._control.recv(65_536)
        except BlockingIOError:
            return
        except OSError:
            data = b""
        if not data:
            self._lose()
            return
        self._unread += data
        while len(self._unread) >= MESSAGE.size:
            message, self._unread = self._unread[: MESSAGE.size], self._unread[MESSAGE.size :]
            self._hear(*MESSAGE.unpack(message))

    def _hear(self, what: bytes, first: int, second: int) -> None:
        if what == FORKED:
            child = self._children[first] = Child(first)
            self._waiting.popleft().set_result(child)
        elif what == EXITED:
            _settle(self._children.pop(first), second)
        else:
            self._waiting.popleft().set_exception(SpawnError(os.strerror(first)))

    def _lose(self) -> None:
        """The fork server is gone, or is to go: its agents end with it."""
        if self._control is not None:
            asyncio.get_running_loop().remove_reader(self._control)
            self._control.close()
        self._control, self._unread = None, b""
        for forked in self._waiting:
            forked.set_exception(SpawnError("the fork server ended"))
        self._waiting.clear()
        for child in self._children.values():
            with suppress(ProcessLookupError, PermissionError):
                os.killpg(child.pid, signal.SIGKILL)
            _settle(child, -signal.SIGKILL)
        self._children.clear()

    def _kill_unwanted(self, forked: "asyncio.Future[Child]") -> None:
        if forked.exception() is None:
            self.signal(forked.result(), signal.SIGKILL)


def _settle(child: Child, status: int) -> None:
    if not child.exited.done():
        child.exited.set_result(status)
