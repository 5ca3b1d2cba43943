"""What is used is given back: memory, file descriptors, processes and folders, after thousands of good and bad turns.

`SOAK_S` makes it longer: so many seconds of rounds instead of a few. psutil looks at the emulator from outside.
"""

import contextlib
import os
import random
import socket
import time
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest
from emulator_calls import AGENTS, TIMEOUT_S, admin, invocations_path, session_id, wait_until
from emulator_program import Program, running

SOAK_S = float(os.environ.get("SOAK_S", "4"))
SESSIONS = 10_000
LIVE_SESSIONS = 4
GROWTH_KB_PER_SESSION_MAX = 4.0
GROWTH_MB_MAX = 12
COUNT = "seed = 1\n[[events]]\ndata = 1\n[[events]]\ndata = 2\ndelay_ms = 2\n"
MANY = "seed = 1\n[[events]]\ndata = 1\n"


@pytest.fixture
def program(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Program]:
    """The emulator as users run it, without quotas; its temporary files in a folder of the test's own."""
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    options = ["--no-quotas", "--auth", "off", "--agent", f"probe={AGENTS / 'probe_agent.py'}:app"]
    for name, text in (("count", COUNT), ("many", MANY)):
        scenario = tmp_path / f"{name}.toml"
        scenario.write_text(text)
        options += ["--scenario", str(scenario)]
    with running(*options) as program:
        yield program


class Use:
    """What the emulator holds at one moment."""

    def __init__(self, program: Program) -> None:
        process = psutil.Process(program.process.pid)
        self.memory_mb = process.memory_full_info().uss / 1e6
        self.descriptors = process.num_fds()
        self.threads = process.num_threads()
        self.processes = len(process.children(recursive=True))
        self.folders = len(list(Path(process.environ()["TMPDIR"]).glob("agentcore-emulator-*/*")))


def paths(program: Program) -> dict[str, str]:
    """The path that invokes each runtime."""
    return {one["name"]: invocations_path(one["arn"]) for one in admin(program.port, "runtimes")["runtimes"]}


def request(path: str, session: str, body: bytes = b"{}", size: int | None = None) -> bytes:
    """One invocation's bytes; `size` is what it says of its payload."""
    head = f"POST {path} HTTP/1.1\r\nHost: x\r\nX-Amzn-Bedrock-AgentCore-Runtime-Session-Id: {session_id(session)}"
    return f"{head}\r\nContent-Length: {len(body) if size is None else size}\r\n\r\n".encode() + body


def exchange(connection: socket.socket, data: bytes) -> None:
    """Sends, and takes what comes until the emulator hangs up."""
    with contextlib.suppress(OSError):
        connection.sendall(data.replace(b"Host: x\r\n", b"Host: x\r\nConnection: close\r\n"))
        while connection.recv(65_536):
            pass


def turn(program: Program, runtimes: dict[str, str], chance: random.Random) -> None:
    """One thing that clients do, most of it bad."""
    deeds = [
        request(runtimes["count"], f"soak-{chance.randrange(50)}"),
        request(runtimes["probe"], f"live-{chance.randrange(LIVE_SESSIONS)}"),
        request(runtimes["probe"], f"live-{chance.randrange(LIVE_SESSIONS)}", b'{"do": "status", "status": 500}'),
        request(runtimes["probe"], "flood", b'{"do": "flood", "chunks": 20}'),
        request(runtimes["count"], "broken", b"few", size=1_000),
        request(runtimes["probe"], "live-0", b"few", size=1_000),
        request("/runtimes/%zz/invocations", "bad"),
        b"\x16\x03garbage\r\n\r\n",
        b"GET / HTTP/1.1\r\nA: " + b"x" * 70_000,
        b"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
    ]
    with socket.create_connection(("127.0.0.1", program.port), timeout=TIMEOUT_S) as connection:
        data = chance.choice(deeds)
        if b"few" in data or chance.random() < 0.2:
            connection.sendall(data[: chance.randrange(1, len(data))])
        else:
            exchange(connection, data)


def dying_agents(program: Program, runtimes: dict[str, str]) -> None:
    """Agents that die before and in the middle of their answer, in sessions that live on."""
    for deed in ("drop", "cut"):
        with socket.create_connection(("127.0.0.1", program.port), timeout=TIMEOUT_S) as connection:
            exchange(connection, request(runtimes["probe"], "dying", b'{"do": "%s"}' % deed.encode()))


def at_rest(program: Program) -> Use:
    """What the emulator holds when all sessions are ended."""
    admin(program.port, "reset", {})
    process = psutil.Process(program.process.pid)
    wait_until(lambda: process.cpu_percent(interval=0.3) <= 5)
    return Use(program)


def test_rounds_of_good_and_bad_turns_leave_nothing(program: Program) -> None:
    """After every reset the emulator holds what it held before: descriptors, processes, threads, folders, memory."""
    runtimes = paths(program)
    chance = random.Random(7)
    for _ in range(300):
        turn(program, runtimes, chance)
    dying_agents(program, runtimes)
    before = at_rest(program)
    deadline = time.monotonic() + SOAK_S
    while time.monotonic() < deadline:
        for _ in range(300):
            turn(program, runtimes, chance)
        dying_agents(program, runtimes)
    after = at_rest(program)

    assert after.descriptors <= before.descriptors
    assert (after.processes, after.threads) == (before.processes, before.threads)
    assert after.folders <= before.folders
    assert after.memory_mb - before.memory_mb < GROWTH_MB_MAX


def test_ten_thousand_sessions_are_held_and_let_go(program: Program) -> None:
    """Each session costs some KB while it lives; when all have idled out, the next ten thousand need no more."""
    path = paths(program)["many"]
    before = at_rest(program).memory_mb
    grown = []
    for round_number in range(2):
        with socket.create_connection(("127.0.0.1", program.port), timeout=TIMEOUT_S) as connection:
            for first in range(0, SESSIONS, 100):
                names = range(first, first + 100)
                connection.sendall(b"".join(request(path, f"many-{round_number}-{n}") for n in names))
                received = b""
                while received.count(b"\r\n0\r\n\r\n") < len(names):
                    received += connection.recv(65_536)
        assert admin(program.port, "health")["sessions"] == SESSIONS
        grown.append(Use(program).memory_mb - before)
        admin(program.port, "clock", {"advance_s": 901})
        wait_until(lambda: admin(program.port, "health")["sessions"] == 0)

    assert grown[0] * 1_000 / SESSIONS < GROWTH_KB_PER_SESSION_MAX
    assert grown[1] - grown[0] < GROWTH_MB_MAX
