"""One command in a session's compute: `bash -c` in a process group of its own, killed whole when it is over."""

import asyncio
import os
import signal
from asyncio.subprocess import DEVNULL, PIPE, Process, SubprocessStreamProtocol
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from agentcore_emulator.agents.process import Lifeline

BUFFER_SIZE: Final = 65_536

# A watcher in the command's own group ends it when the emulator is gone, however that died. It is this outer shell's
# child and ends with it, so that the command meets no child that is not its own, and nothing is left to be reaped.
_WATCHED: Final = (
    "( read -r _ <&{fd}; kill -KILL -- -$$ ) >/dev/null 2>&1 & watcher=$!; "
    "exec {fd}<&- 9>&2 2>/dev/null; "
    '"$BASH" -c "$1" 2>&9 9>&-; status=$?; '
    "kill -KILL $watcher; wait $watcher; exit $status"
)


class Shell:
    """A running command, with the two streams it writes to."""

    def __init__(self, transport: asyncio.SubprocessTransport, output: SubprocessStreamProtocol) -> None:
        self._transport = transport
        self._process = Process(transport, output, asyncio.get_running_loop())
        self.stdout = output.stdout or asyncio.StreamReader()
        self.stderr = output.stderr or asyncio.StreamReader()

    @classmethod
    async def start(cls, command: str, folder: Path, environment: Mapping[str, str], lifeline: Lifeline) -> "Shell":
        """The command, begun in that folder with that environment and no input.

        Raises:
            OSError: there is no bash, or the folder is gone.
        """
        loop = asyncio.get_running_loop()
        transport, output = await loop.subprocess_exec(
            lambda: SubprocessStreamProtocol(limit=BUFFER_SIZE, loop=loop),
            "bash",
            "-c",
            _WATCHED.format(fd=lifeline.read_fd),
            "bash",
            command,
            stdin=DEVNULL,
            stdout=PIPE,
            stderr=PIPE,
            pass_fds=(lifeline.read_fd,),
            start_new_session=True,
            cwd=folder,
            env=dict(environment),
        )
        return cls(transport, output)

    async def wait(self) -> int:
        """The exit code as a shell tells it: 128 and the signal's number for a command that a signal ended."""
        code = await self._process.wait()
        return code if code >= 0 else 128 - code

    def kill(self) -> None:
        """Ends the whole group at once, also what the command left behind."""
        try:
            os.killpg(self._process.pid, signal.SIGKILL)
        except (ProcessLookupError, PermissionError):
            return

    async def close(self) -> None:
        """Ends what is left of it and hangs up on its output, which a process that left the group may still hold."""
        self.kill()
        try:
            await self._process.wait()
        finally:
            self._transport.close()
