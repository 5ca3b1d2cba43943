"""One agent in a process of its own: forked on a socket bound here, with a folder, an environment and limits of its
own, ended as a whole process group."""

import asyncio
import itertools
import logging
import os
import shutil
import signal
import socket
import sys
import tempfile
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path

from agentcore_emulator.agents.environment import session_environment
from agentcore_emulator.agents.options import HostOptions
from agentcore_emulator.agents.relay import AgentPort
from agentcore_emulator.agents.spawner import Child, Spawner
from agentcore_emulator.model import Deployment
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


class Launcher:
    """Starts agent processes; everything of them lies in one temporary folder, which is removed at the end."""

    def __init__(self, options: HostOptions, lifeline: Lifeline) -> None:
        self.options = options
        self._lifeline = lifeline
        self._made: tuple[Path, Spawner] | None = None
        self._numbers = itertools.count(1)
        self._operator = dict(os.environ)

    async def launch(self, agent: AgentFile, deployment: Deployment, *, echo: str | None = None) -> "AgentProcess":
        """A new agent process; connecting to its port works at once, answering takes until the file is loaded.

        Args:
            echo: what every line of the agent's log is shown with; None keeps the log to the tail.

        Raises:
            SpawnError: the system has no room for another process.
        """
        base, spawner = self._base()
        folder = base / f"{agent.name}-{next(self._numbers)}"
        work, temporary = folder / "work", folder / "tmp"
        work.mkdir(parents=True)
        temporary.mkdir()
        environment = session_environment(self._operator, self.options.pass_env, deployment, work, temporary)
        job = {
            "target": agent.target,
            "environment": environment,
            "folder": str(work),
            "memory_bytes": self.options.memory_bytes,
            "files": self.options.files,
        }
        read_fd, write_fd = os.pipe()
        reading = os.fdopen(read_fd, "rb", buffering=0)
        try:
            with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as listener:
                listener.bind(("127.0.0.1", 0))
                listener.listen(socket.SOMAXCONN)
                child = await spawner.spawn(job, listener.fileno(), write_fd, self._lifeline.read_fd)
                port = listener.getsockname()[1]
        except BaseException:
            reading.close()
            shutil.rmtree(folder, ignore_errors=True)
            raise
        finally:
            os.close(write_fd)
        stream = asyncio.StreamReader()
        output, _ = await asyncio.get_running_loop().connect_read_pipe(
            lambda: asyncio.StreamReaderProtocol(stream), reading
        )
        return AgentProcess(spawner, child, port, folder, environment, stream, output, echo)

    async def close(self) -> None:
        """Ends every process that is left, and removes the folder."""
        if self._made is not None:
            folder, spawner = self._made
            await spawner.close()
            await asyncio.to_thread(shutil.rmtree, folder, ignore_errors=True)

    def _base(self) -> tuple[Path, Spawner]:
        """The common folder and the spawner, made when the first process is: the fork server then guards the folder."""
        if self._made is None:
            folder = Path(tempfile.mkdtemp(prefix="agentcore-emulator-"))
            self._made = folder, Spawner(folder)
        return self._made


class AgentProcess:
    """One running agent, and the tail of what it wrote."""

    def __init__(
        self,
        spawner: Spawner,
        child: Child,
        port: int,
        folder: Path,
        environment: Mapping[str, str],
        stream: asyncio.StreamReader,
        output: asyncio.BaseTransport,
        echo: str | None,
    ) -> None:
        self.port = port
        self.echo = echo
        self.made_from: object = None
        self.way = AgentPort(port)
        self.working_directory = folder / "work"
        self.environment = environment
        self._spawner = spawner
        self._child = child
        self._folder = folder
        self._output = output
        self._tail = b""
        self._reader = asyncio.create_task(self._read_log(stream))

    @property
    def pid(self) -> int:
        """The process id, which is the process group's id too."""
        return self._child.pid

    @property
    def running(self) -> bool:
        """Whether it has not ended yet, as far as is known."""
        return not self._child.exited.done()

    def log_tail(self) -> str:
        """The last lines the agent wrote."""
        lines = self._tail.decode("utf-8", "replace").splitlines()
        return "\n".join(lines[-LOG_TAIL_LINES:])

    async def wait(self) -> int:
        """The exit status, once it has ended."""
        return await asyncio.shield(self._child.exited)

    async def drain_log(self) -> None:
        """Returns when all the ended process wrote has been read, or soon after if a child of it holds on."""
        await asyncio.wait({self._reader}, timeout=STOP_GRACE_S)

    async def stop(self) -> None:
        """Ends the whole group: asked first, killed after a second; returns when nothing is left of it.

        Source: termination takes up to 15 s, read 2026-11-20 - documented; here it is quicker
        """
        self.way.close()
        self._spawner.signal(self._child, signal.SIGTERM)
        try:
            await asyncio.wait_for(self.wait(), STOP_GRACE_S)
        except TimeoutError:
            self._spawner.signal(self._child, signal.SIGKILL)
            await self.wait()
        finally:
            self._spawner.signal(self._child, signal.SIGKILL)
            self._reader.cancel()
            self._output.close()
            await _remove(self._folder)

    async def _read_log(self, output: asyncio.StreamReader) -> None:
        while chunk := await output.read(_READ_SIZE):
            self._tail = (self._tail + chunk)[-LOG_TAIL_SIZE:]
            if self.echo is not None:
                for line in chunk.decode("utf-8", "replace").splitlines():
                    log.info("%s %s", self.echo, line)


async def _remove(folder: Path) -> None:
    """Removes a session's folder; the common one, in which nothing was written, without a thread."""
    with suppress(OSError):
        for each in (folder / "work", folder / "tmp", folder):
            each.rmdir()
        return
    await asyncio.to_thread(shutil.rmtree, folder, ignore_errors=True)
