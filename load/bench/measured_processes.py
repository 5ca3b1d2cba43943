"""The emulator and the bare server as processes on a core of their own, and what they cost.

Where there are two cores, what is measured has the first one and this process, with the agents behind the emulator,
the last; real-time priority where that is permitted. The emulator's quotas hold, but are too large to be met.
"""

import gc
import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final
from urllib.parse import quote
from urllib.request import urlopen

from stream_client import once, post

BARE_AGENT: Final = Path(__file__).parent / "bare_agent.py"
_CORES: Final = sorted(os.sched_getaffinity(0))
_QUOTAS: Final = ("calls_per_s", "new_sessions_per_s", "active_sessions")
_ENDED_S: Final = 5


@dataclass(frozen=True, slots=True)
class Server:
    """One process that is measured."""

    pid: int
    port: int

    def cpu_s(self) -> float:
        """Seconds on a CPU so far, all threads together."""
        stats = [path.read_text("ascii") for path in Path(f"/proc/{self.pid}/task").glob("*/schedstat")]
        return sum(int(stat.split()[0]) for stat in stats) / 1e9

    def memory_kb(self) -> int:
        """Its proportional share of memory."""
        return _kb(Path(f"/proc/{self.pid}/smaps_rollup"), "Pss:")

    def peak_begins(self) -> int:
        """Forgets the peak so far; resident memory now, in KB."""
        Path(f"/proc/{self.pid}/clear_refs").write_text("5", "ascii")
        return _kb(Path(f"/proc/{self.pid}/status"), "VmRSS:")

    def peak_kb(self) -> int:
        """The greatest resident memory since `peak_begins`."""
        return _kb(Path(f"/proc/{self.pid}/status"), "VmHWM:")

    def invocations(self, runtime: str) -> str:
        """The path that invokes the emulator's runtime of that name."""
        with urlopen(f"http://127.0.0.1:{self.port}/_emulator/runtimes") as answer:
            runtimes = json.load(answer)["runtimes"]
        arns = {one["name"]: one["arn"] for one in runtimes}
        return f"/runtimes/{quote(arns[runtime], safe='')}/invocations"


def undisturbed(pid: int, *, beside: bool = False) -> None:
    """Gives a process its core (`beside`: that of this process) and real-time priority, where permitted."""
    for task in Path(f"/proc/{pid}/task").iterdir():
        os.sched_setaffinity(int(task.name), {_CORES[-1 if beside else 0]})
        with suppress(PermissionError):
            os.sched_setscheduler(int(task.name), os.SCHED_FIFO, os.sched_param(1))


def measure_from_here() -> None:
    """This process has the last core from here on, and collects no garbage."""
    undisturbed(os.getpid(), beside=True)
    gc.collect()
    gc.disable()


@contextmanager
def emulator(*options: str) -> Iterator[Server]:
    """The emulator with those options."""
    quotas = [part for name in _QUOTAS for part in ("--quota", f"{name}=1000000000")]
    with _serving(sys.executable, "-m", "agentcore_emulator", "--auth", "off", *quotas, *options) as server:
        yield server


@contextmanager
def bare() -> Iterator[Server]:
    """The bare server."""
    with _serving(sys.executable, str(BARE_AGENT)) as server:
        yield server


@contextmanager
def _serving(*command: str) -> Iterator[Server]:
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as listening:
        listening.bind(("127.0.0.1", 0))
        listening.listen(4096)
        port: int = listening.getsockname()[1]
        with subprocess.Popen(
            (*command, "--fd", str(listening.fileno())),
            pass_fds=(listening.fileno(),),
            stdout=subprocess.DEVNULL,
        ) as process:
            try:
                with urlopen(f"http://127.0.0.1:{port}/_emulator/health"):
                    undisturbed(process.pid)
                yield Server(process.pid, port)
            finally:
                process.terminate()
                with suppress(subprocess.TimeoutExpired):
                    process.wait(_ENDED_S)
                process.kill()


def agent_of(server: Server, path: str, session: str) -> Server:
    """The agent process behind that session, moved to the core of this process: it is to be met directly too."""
    answer = once(server.port, post(path, b'{"pid": 1}', session))
    pid = int(answer.rpartition(b"data: ")[2].split()[0])
    undisturbed(pid, beside=True)
    return Server(pid, _listening_port(pid))


def scenario(directory: str, name: str, events: int, gap_ms: float, data: object) -> str:
    """A scenario file of so many events, the first at once, the others `gap_ms` apart."""
    lines = ["seed = 1"]
    for n in range(events):
        lines += ["[[events]]", f"data = {{text = {json.dumps(data)}}}", f"delay_ms = {gap_ms if n else 0}"]
    path = Path(directory) / f"{name}.toml"
    path.write_text("\n".join(lines), "utf-8")
    return str(path)


def _listening_port(pid: int) -> int:
    links = {os.readlink(fd) for fd in Path(f"/proc/{pid}/fd").glob("*")}  # noqa: PTH115 - these links name no files
    sockets = {link.removeprefix("socket:[").removesuffix("]") for link in links if link.startswith("socket:")}
    for line in Path(f"/proc/{pid}/net/tcp").read_text("ascii").splitlines()[1:]:
        fields = line.split()
        if fields[3] == "0A" and fields[9] in sockets:
            return int(fields[1].rpartition(":")[2], 16)
    raise SystemExit(f"process {pid} listens on no port")


def _kb(path: Path, name: str) -> int:
    for line in path.read_text("ascii").splitlines():
        if line.startswith(name):
            return int(line.split()[1])
    raise SystemExit(f"{path} says nothing of {name}")


def settled(server: Server) -> None:
    """Returns when the process has had nothing to do for a moment."""
    before = -1.0
    while (now := server.cpu_s()) - before > 0.001:
        before = now
        time.sleep(0.05)
