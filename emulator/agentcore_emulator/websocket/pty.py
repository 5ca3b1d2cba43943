"""An interactive bash on a pseudo-terminal, without a line of the operator's own start-up files or history."""

import asyncio
import fcntl
import os
import signal
import struct
import termios
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Final

READ_SIZE: Final = 65_535
UNWRITTEN_SIZE_MAX: Final = 65_536

# A session leader without a terminal gets the first one that it opens.
_ON_TERMINAL: Final = 'exec bash --noprofile --norc -i <>"$0" >&0 2>&0'
_VARIABLES: Final = {"TERM": "xterm-256color", "HISTFILE": ""}


class Pty:
    """A running shell; output and end are told.

    Args:
        on_output: takes what it writes, at most `READ_SIZE` bytes at a time.
        on_exit: takes the exit status, negative for the signal that ended it; everything it wrote was told before.
        on_flow: takes whether it takes more input now.
    """

    def __init__(
        self,
        on_output: Callable[[bytes], None],
        on_exit: Callable[[int], None],
        on_flow: Callable[[bool], None],
    ) -> None:
        self._on_output = on_output
        self._on_exit = on_exit
        self._on_flow = on_flow
        self._loop = asyncio.get_running_loop()
        self._fd = -1
        self._pid = 0
        self._unwritten = bytearray()
        self._reading = False
        self._watch: asyncio.Task[None] | None = None

    async def start(self, folder: Path, environment: Mapping[str, str]) -> None:
        """Begins in that folder with that environment.

        Raises:
            OSError: there is no bash, or no terminal to be had, or the folder is gone.
        """
        self._fd, terminal = os.openpty()
        try:
            os.set_blocking(self._fd, False)
            self.resize(80, 24)
            process = await asyncio.create_subprocess_exec(
                "bash",
                "-c",
                _ON_TERMINAL,
                os.ttyname(terminal),
                stdin=terminal,
                stdout=terminal,
                stderr=terminal,
                start_new_session=True,
                cwd=folder,
                env={**environment, **_VARIABLES},
            )
        except BaseException:
            self._release()
            raise
        finally:
            os.close(terminal)
        self._pid = process.pid
        self.read(on=True)
        self._watch = asyncio.create_task(self._await_end(process))

    def write(self, data: bytes) -> None:
        """Types `data`."""
        if self._fd < 0:
            return
        if not self._unwritten:
            self._loop.add_writer(self._fd, self._write)
        was_full = len(self._unwritten) > UNWRITTEN_SIZE_MAX
        self._unwritten += data
        if len(self._unwritten) > UNWRITTEN_SIZE_MAX and not was_full:
            self._on_flow(False)

    def resize(self, width: int, height: int) -> None:
        """Tells programs the size of the terminal."""
        if self._fd >= 0:
            fcntl.ioctl(self._fd, termios.TIOCSWINSZ, struct.pack("HHHH", height, width, 0, 0))

    def read(self, *, on: bool) -> None:
        """Takes output, or leaves it with the program, which then waits."""
        if self._fd < 0 or on == self._reading:
            return
        self._reading = on
        if on:
            self._loop.add_reader(self._fd, self._take_output)
        else:
            self._loop.remove_reader(self._fd)

    def kill(self) -> None:
        """Ends the shell and everything that runs on its terminal, also in the background; nothing more is told."""
        if self._watch is not None:
            self._watch.cancel()
        kill_session(self._pid)
        self._release()

    async def _await_end(self, process: asyncio.subprocess.Process) -> None:
        status = await process.wait()
        while self._take_output():
            pass
        kill_session(self._pid)
        self._release()
        self._on_exit(status)

    def _take_output(self) -> bool:
        """Whether there was any."""
        if self._fd < 0:
            return False
        try:
            data = os.read(self._fd, READ_SIZE)
        except BlockingIOError:
            return False
        except OSError:  # nobody has the terminal open any more
            data = b""
        if not data:
            self.read(on=False)
            return False
        self._on_output(data)
        return True

    def _write(self) -> None:
        was_full = len(self._unwritten) > UNWRITTEN_SIZE_MAX
        try:
            written = os.write(self._fd, self._unwritten)
        except BlockingIOError:
            return
        except OSError:
            written = len(self._unwritten)
        del self._unwritten[:written]
        if was_full and len(self._unwritten) <= UNWRITTEN_SIZE_MAX:
            self._on_flow(True)
        if not self._unwritten:
            self._loop.remove_writer(self._fd)

    def _release(self) -> None:
        if self._fd >= 0:
            self._loop.remove_reader(self._fd)
            self._loop.remove_writer(self._fd)
            os.close(self._fd)
            self._fd = -1


def kill_session(leader: int) -> None:
    """Kills every process of that process group, and where the system lists them, of the whole session."""
    if not leader:
        return
    _kill(os.killpg, leader)
    try:
        pids = [int(name) for name in os.listdir("/proc") if name.isdigit()]  # noqa: PTH208 - names are all it takes
    except FileNotFoundError:
        return
    for pid in pids:
        try:
            of_session = os.getsid(pid) == leader
        except OSError:
            continue
        if of_session:
            _kill(os.kill, pid)


def _kill(how: Callable[[int, int], None], target: int) -> None:
    try:
        how(target, signal.SIGKILL)
    except (ProcessLookupError, PermissionError):
        return
