"""`agentcore-emulator` as a child process of a test."""

import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

PROGRAM = (sys.executable, "-m", "agentcore_emulator")
TIMEOUT_S = 20.0


@dataclass(frozen=True)
class Program:
    """A running emulator: its process, its port, how long it took to be ready, what it printed then."""

    process: "subprocess.Popen[str]"
    port: int
    ready_s: float
    lines: list[str]


def run_to_end(*arguments: str) -> "subprocess.CompletedProcess[str]":
    """Runs the program until it leaves on its own."""
    return subprocess.run((*PROGRAM, *arguments), capture_output=True, text=True, timeout=TIMEOUT_S, check=False)


@contextmanager
def running(*arguments: str, pass_fds: Sequence[int] = (), line_count: int = 3) -> Iterator[Program]:
    """Runs the program until the block ends; entered when it has printed that it is ready.

    Signatures are not looked at, unless the arguments say how.
    """
    auth = () if "--auth" in arguments else ("--auth", "off")
    started = time.monotonic()
    with subprocess.Popen(
        (*PROGRAM, "--port", "0", *auth, *arguments),
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        pass_fds=pass_fds,
    ) as process:
        try:
            assert process.stdout is not None
            first = process.stdout.readline()
            ready_s = time.monotonic() - started
            lines = [first, *(process.stdout.readline() for _ in range(line_count - 1))]
            port = int(first.rpartition(":")[2])
            yield Program(process, port, ready_s, [line.strip() for line in lines])
        finally:
            process.kill()


def end(program: Program, number: signal.Signals) -> int:
    """Sends the signal; the exit status."""
    program.process.send_signal(number)
    return program.process.wait(TIMEOUT_S)
