"""Nothing is left of sockets and shells, however they ended."""

import gc
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest
from emulator_calls import SESSION_HEADER, admin, live, session_id, wait_until
from websocket_calls import opened, raw_client, socket_path
from websockets.frames import Opcode
from websockets.sync.client import connect

from agentcore_emulator.model import Runtime
from agentcore_emulator.server import Emulator
from agentcore_emulator.settings import Settings
from agentcore_emulator.websocket.relay import Relay

SOCKETS = 200


@pytest.fixture(scope="module")
def emulator() -> Iterator[Emulator]:
    """An emulator with a live agent."""
    with Emulator(Settings(agents=(live("socket", "socket_agent.py"),))) as emulator:
        yield emulator


@pytest.fixture
def agent(emulator: Emulator) -> Runtime:
    """The live agent."""
    return emulator.runtime("socket")


def descriptors() -> int:
    """How many files this process, and with it the emulator, has open."""
    return len(list(Path("/proc/self/fd").iterdir()))


def children() -> set[int]:
    """The processes that the emulator started."""
    return {child.pid for child in psutil.Process().children(recursive=True)}


def terminals() -> list[str]:
    """The terminals that this process holds."""
    return [str(link) for fd in Path("/proc/self/fd").iterdir() if (link := target(fd)) == Path("/dev/ptmx")]


def target(fd: Path) -> Path | None:
    """What a descriptor is; None when it was closed meanwhile."""
    try:
        return fd.readlink()
    except OSError:
        return None


def relays() -> int:
    """How many relays there are."""
    gc.collect()
    return sum(1 for thing in gc.get_objects() if type(thing) is Relay)


def open_and_leave(emulator: Emulator, agent: Runtime, n: int) -> None:
    """One socket; it ends in one of four ways."""
    with raw_client(emulator.port, agent.arn, "leak") as client:
        client.send(Opcode.TEXT, b"hello")
        client.receive()
        if n % 4 == 1:
            client.send_close(1000)
        elif n % 4 == 2:
            client.send(Opcode.TEXT, b"close")
            client.receive()
        elif n % 4 == 3:
            client.send(Opcode.TEXT, b"\xff")


def test_200_sockets_leave_nothing(emulator: Emulator, agent: Runtime) -> None:
    """No descriptor, no relay, no task; the agent is the one it was."""
    open_and_leave(emulator, agent, 0)
    before = descriptors()
    pids = children()
    for n in range(SOCKETS):
        open_and_leave(emulator, agent, n)

    wait_until(lambda: descriptors() <= before)
    wait_until(lambda: relays() == 0)
    assert children() == pids
    wait_until(lambda: all(entry["closed_by"] for entry in admin(emulator.port, "journal")["invocations"]))


def test_20_shells_leave_nothing(emulator: Emulator, agent: Runtime) -> None:
    """No process, no terminal."""
    with opened(emulator.port, agent.arn, "shells"):
        for n in range(20):
            path = socket_path(agent.arn, "ws/shells", shellId=f"s{n}")
            headers = {SESSION_HEADER: session_id("shells")}
            with connect(f"ws://127.0.0.1:{emulator.port}{path}", additional_headers=headers) as client:
                client.recv()
                client.send(b"\xff" if n % 2 else b"\x00sleep 100 & exit\n")
                for _ in client:
                    pass

        wait_until(lambda: not terminals())
        wait_until(lambda: not {"bash", "sleep"} & {psutil.Process(pid).name() for pid in children()})


def test_the_end_of_the_emulator_ends_sockets_and_shells() -> None:
    """At once, and with them every process."""
    before = children()
    with Emulator(Settings(agents=(live("socket", "socket_agent.py"),))) as emulator:
        arn = emulator.runtime("socket").arn
        path = socket_path(arn, "ws/shells", shellId="s")
        with raw_client(emulator.port, arn, "end") as client, connect(f"ws://127.0.0.1:{emulator.port}{path}") as shell:
            shell.recv()
            emulator.__exit__(None, None, None)
            assert client.receive_until(Opcode.CLOSE).close.code == 1001
    wait_until(lambda: children() <= before)
