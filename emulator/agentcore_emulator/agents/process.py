"""One agent in a process of its own: started on a socket bound here, ended as a whole process group."""

import asyncio
import logging
import os
import signal
import socket
import sys
from collections.abc import Sequence
from pathlib import Path

from agentcore_emulator.settings import AgentFile

LOG_TAIL_SIZE = 8_192
LOG_TAIL_LINES = 20
STOP_GRACE_S = 1.0
_READ_SIZE = 65_536

log = logging.getLogger("agentcore_emulator.agents")


class Lifeline:
    """A pipe that this process alone keeps open: when it dies, however it dies, every agent notices."""

    def __init__(self) -> None:
        self.read_fd, self._write_fd = os.pipe()

    def close(self) -> None:
        """Tells every agent that still runs to end."""
        os.close(self.read_fd)
        os.close(self._write_fd)


def host_command(agent: AgentFile, *options: str) -> Sequence[str]:
    """The command line of the agent host for that agent; `-P` keeps the current folder off its import path."""
    return (sys.executable, "-P", "-m", "agentcore_emulator.agents.host", agent.target, *options)


class AgentProcess:
    """One running agent host, and the tail of what it wrote."""

    def __init__(self, process: asyncio.subprocess.Process, port: int, folder: Path, echo: str | None) -> None:
        self._process = process
        self.working_directory = folder
        self.port = port
        self._echo = echo
        self._tail = b""
        self._reader = asyncio.create_task(self._read_log(process.stdout or asyncio.StreamReader()))

    @classmethod
    async def start(cls, agent: AgentFile, lifeline: Lifeline, *, echo: str | None = None) -> "AgentProcess":
        """A new agent host; connecting to its port works at once, answering takes until the file is loaded.

        Args:
            echo: what every line of the agent's log is shown with; None keeps the log to the tail.
        """
        with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as listener:
            listener.bind(("127.0.0.1", 0))
            listener.listen(socket.SOMAXCONN)
            fds = (listener.fileno(), lifeline.read_fd)
            process = await asyncio.create_subprocess_exec(
                *host_command(agent, "--fd", str(fds[0]), "--lifeline-fd", str(fds[1])),
                stdin=asyncio.subprocess.DEVNULL,
                stdout=asyncio.subprocess.PIPE,
                stderr=asyncio.subprocess.STDOUT,
                pass_fds=fds,
                start_new_session=True,
                cwd=agent.file.parent,
                env=os.environ | {"PYTHONUNBUFFERED": "1"},
            )
            return cls(process, listener.getsockname()[1], agent.file.parent, echo)

    @property
    def pid(self) -> int:
        """The process id, which is the process group's id too."""
        return self._process.pid

    def log_tail(self) -> str:
        """The last lines the agent wrote."""
        lines = self._tail.decode("utf-8", "replace").splitlines()
        return "\n".join(lines[-LOG_TAIL_LINES:])

    async def wait(self) -> int:
        """The exit status, once it has ended."""
        return await self._process.wait()

    async def drain_log(self) -> None:
        """Returns when all the ended process wrote has been read, or soon after if a child of it holds on."""
        await asyncio.wait({self._reader}, timeout=STOP_GRACE_S)

    async def stop(self) -> None:
        """Ends the whole group: asked first, killed after a second; returns when the agent is gone."""
        self._signal(signal.SIGTERM)
        try:
            await asyncio.wait_for(self.wait(), STOP_GRACE_S)
        except TimeoutError:
            self._signal(signal.SIGKILL)
            await self.wait()
        finally:
            self._signal(signal.SIGKILL)
            self._reader.cancel()

    def _signal(self, number: int) -> None:
        try:
            os.killpg(self.pid, number)
        except (ProcessLookupError, PermissionError):
            return

    async def _read_log(self, output: asyncio.StreamReader) -> None:
        while chunk := await output.read(_READ_SIZE):
            self._tail = (self._tail + chunk)[-LOG_TAIL_SIZE:]
            if self._echo is not None:
                for line in chunk.decode("utf-8", "replace").splitlines():
                    log.info("%s %s", self._echo, line)
