"""Scripted agents at the other side of a socket."""

import json
from collections.abc import Iterator

import pytest
from emulator_calls import admin, invoke, script, wait_until
from websocket_calls import Received, opened, raw_client
from websockets.frames import Opcode

from agentcore_emulator.server import Emulator
from agentcore_emulator.settings import Settings


@pytest.fixture(scope="module")
def emulator() -> Iterator[Emulator]:
    """An emulator with a quick script and a slow one."""
    scenarios = (script("quick", 0, 0, 0), script("slow", 60_000, 60_000))
    with Emulator(Settings(scenarios=scenarios)) as emulator:
        yield emulator


def test_each_message_is_answered_with_every_event(emulator: Emulator) -> None:
    """As text messages of JSON, without the framing of an event stream, in order."""
    with opened(emulator.port, emulator.runtime("quick").arn, "a") as client:
        for message in ("one", b"two", ["in ", "pieces"]):
            client.send(message)
            assert [json.loads(client.recv()) for _ in range(3)] == [0, 1, 2]


def test_delays_go_by_the_clock(emulator: Emulator) -> None:
    """Advancing it by two minutes brings both events."""
    with opened(emulator.port, emulator.runtime("slow").arn, "a") as client:
        client.send("go")
        client.ping().wait()
        admin(emulator.port, "clock", {"advance_s": 120})
        assert [json.loads(client.recv()) for _ in range(2)] == [0, 1]


def test_pings_are_answered(emulator: Emulator) -> None:
    """With their own payload; a pong is not."""
    with raw_client(emulator.port, emulator.runtime("quick").arn, "a") as client:
        client.send(Opcode.PONG, b"unasked")
        client.send(Opcode.PING, b"1")
        assert client.receive() == Received(Opcode.PONG, b"1")


def test_a_client_that_leaves_ends_its_answer(emulator: Emulator) -> None:
    """Nothing is left that waits."""
    with raw_client(emulator.port, emulator.runtime("slow").arn, "gone") as client:
        client.send(Opcode.TEXT, b"go")
    path = "journal?runtime=slow"
    wait_until(lambda: admin(emulator.port, path)["invocations"][-1]["closed_by"] == "client")


def test_sockets_and_invocations_use_one_script(emulator: Emulator) -> None:
    """The same events over HTTP."""
    body = invoke(emulator.port, emulator.runtime("quick").arn, {}, "a").body

    assert body == b"data: 0\n\ndata: 1\n\ndata: 2\n\n"
