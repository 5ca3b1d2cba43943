"""The largest payload in, a large answer out: the emulator holds next to nothing of either."""

import hashlib
import http.client
import threading
from collections.abc import Iterator
from typing import Self

import psutil
import pytest
from emulator_calls import AGENTS, TIMEOUT_S, admin, invocations_path
from emulator_program import Program, running

PAYLOAD_SIZE = 100_000_000
GROWTH_MAX = 16 * 1_048_576
PIECE = b"x" * 262_144


@pytest.fixture(scope="module")
def program() -> Iterator[Program]:
    """An emulator in a process of its own, with the agent that measures what it gets."""
    agent = f"probe={AGENTS / 'probe_agent.py'}:app"
    with running("--agent", agent, "--auth", "off", line_count=4) as program:
        yield program


class Peak:
    """The largest memory of a process while the block runs, beyond what it was before."""

    def __init__(self, pid: int) -> None:
        self._process = psutil.Process(pid)
        self._over = threading.Event()
        self._watching = threading.Thread(target=self._watch)
        self.growth = 0

    def __enter__(self) -> Self:
        self._before = self._process.memory_info().rss
        self._watching.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._watching.join()

    def _watch(self) -> None:
        while not self._over.wait(0.005):
            self.growth = max(self.growth, self._process.memory_info().rss - self._before)


def exchanged(program: Program, size: int, order: bytes = b"") -> tuple[int, bytes, int]:
    """Status, digest and size of the answer to a payload of that size, read piece by piece."""
    arn = admin(program.port, "runtimes")["runtimes"][0]["arn"]
    connection = http.client.HTTPConnection("127.0.0.1", program.port, timeout=TIMEOUT_S)
    connection.putrequest("POST", invocations_path(arn))
    connection.putheader("Content-Length", str(size))
    connection.endheaders()
    rest = size - len(order)
    connection.send(order)
    for start in range(0, rest, len(PIECE)):
        connection.send(PIECE[: min(len(PIECE), rest - start)])
    response = connection.getresponse()
    head, count = b"", 0
    while piece := response.read(1_048_576):
        head = (head + piece)[:4_096]
        count += len(piece)
    connection.close()
    return response.status, head, count


def test_a_payload_of_100_mb_passes(program: Program) -> None:
    """Every byte of it reaches the agent, in little memory."""
    exchanged(program, 10)
    with Peak(program.process.pid) as peak:
        status, told, _ = exchanged(program, PAYLOAD_SIZE)

    digest = hashlib.sha256(b"x" * PAYLOAD_SIZE).hexdigest()
    assert (status, digest.encode() in told) == (200, True)
    assert peak.growth <= GROWTH_MAX


def test_an_answer_of_100_mb_passes(program: Program) -> None:
    """Every byte of it reaches the client, in little memory."""
    order = b'{"do": "flood", "chunks": 1526}'
    exchanged(program, 10)
    with Peak(program.process.pid) as peak:
        status, _, count = exchanged(program, len(order), order)

    assert (status, count) == (200, 1_526 * 65_536)
    assert peak.growth <= GROWTH_MAX
