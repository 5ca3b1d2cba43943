"""Clients that take their time: each is given a bounded amount of it, by the emulator's clock, and then cut."""

import socket
from collections.abc import Iterator

import pytest
from emulator_calls import (
    TIMEOUT_S,
    admin,
    call,
    invocations_path,
    invoke,
    journal,
    live,
    script,
    session_id,
    wait_until,
)

from agentcore_emulator.server import Emulator
from agentcore_emulator.settings import Settings

LIMIT_S = 40.0
JSON = {"Content-Type": "application/json"}


@pytest.fixture(scope="module")
def emulator() -> Iterator[Emulator]:
    """An emulator that waits forty seconds."""
    settings = Settings(
        scenarios=(script("count", 0), script("slow", 0, 3_000_000)),
        agents=(live("probe", "probe_agent.py", "app"),),
        request_timeout_s=LIMIT_S,
    )
    with Emulator(settings) as emulator:
        yield emulator


def connected(emulator: Emulator, data: bytes = b"") -> socket.socket:
    """A connection on which that has been sent."""
    connection = socket.create_connection(("127.0.0.1", emulator.port), timeout=TIMEOUT_S)
    connection.sendall(data)
    return connection


def head_of(emulator: Emulator, runtime: str, session: str, size: int) -> bytes:
    """The head of an invocation whose payload has that size."""
    path = invocations_path(emulator.runtime(runtime).arn)
    session_header = f"X-Amzn-Bedrock-AgentCore-Runtime-Session-Id: {session_id(session)}"
    return f"POST {path} HTTP/1.1\r\nHost: x\r\n{session_header}\r\nContent-Length: {size}\r\n\r\n".encode()


def pass_time(emulator: Emulator, seconds: float) -> None:
    """Moves the emulator's clock; what came before has been seen."""
    call(emulator.port, "GET", "/_emulator/health")
    admin(emulator.port, "clock", {"advance_s": seconds})


def rest(connection: socket.socket) -> bytes:
    """Everything until the emulator hangs up."""
    received = b""
    try:
        while chunk := connection.recv(65_536):
            received += chunk
    except ConnectionResetError:
        pass
    return received


@pytest.mark.parametrize("data", [b"", b"G", b"POST / HTTP/1.1\r\nHost: x\r\nA: b"])
def test_a_head_that_does_not_come_is_a_408(emulator: Emulator, data: bytes) -> None:
    """Also a connection on which nothing ever comes."""
    with connected(emulator, data) as connection:
        pass_time(emulator, 2 * LIMIT_S)

        assert rest(connection).startswith(b"HTTP/1.1 408 ")


def test_a_head_in_drops_has_one_limit_as_a_whole(emulator: Emulator) -> None:
    """A byte now and then buys no time."""
    with connected(emulator, b"GET / HTTP/1.1\r\n") as connection:
        for _ in range(4):
            connection.sendall(b"A")
            pass_time(emulator, LIMIT_S / 4)
        pass_time(emulator, LIMIT_S / 2)

        assert rest(connection).startswith(b"HTTP/1.1 408 ")


@pytest.mark.parametrize("runtime", ["count", "probe"])
def test_a_payload_that_stops_coming_is_cut(emulator: Emulator, runtime: str) -> None:
    """The client is hung up on, the invocation has ended, the session goes on."""
    session = f"stops-{runtime}"
    assert invoke(emulator.port, emulator.runtime(runtime).arn, session=session).status == 200
    with connected(emulator, head_of(emulator, runtime, session, 100) + b"few") as connection:
        wait_until(lambda: len(journal(emulator.port, session)) == 2)
        pass_time(emulator, 2 * LIMIT_S)

        assert rest(connection) == b""
    wait_until(lambda: journal(emulator.port, session)[1]["closed_by"] == "client")
    assert invoke(emulator.port, emulator.runtime(runtime).arn, session=session).status == 200


def test_a_payload_in_drops_is_bounded_by_the_invocation_s_own_limit(emulator: Emulator) -> None:
    """Each drop buys time, and fifteen minutes are the end of it."""
    put = call(emulator.port, "PUT", "/_emulator/quotas", b'{"enabled": true, "new_sessions_per_s": null}', JSON)
    assert put.status == 200
    with connected(emulator, head_of(emulator, "count", "drops", 100_000)) as connection:
        wait_until(lambda: len(journal(emulator.port, "drops")) == 1)
        for _ in range(40):
            connection.sendall(b"x")
            pass_time(emulator, LIMIT_S * 0.6)

        assert journal(emulator.port, "drops")[0]["closed_by"] is not None


def test_a_slow_answer_is_no_slow_client(emulator: Emulator) -> None:
    """Who has sent all of its request may wait for the answer as long as it takes."""
    with connected(emulator, head_of(emulator, "slow", "patient", 2) + b"{}") as connection:
        assert b"data: 0" in connection.recv(65_536)
        pass_time(emulator, 10 * LIMIT_S)

        assert journal(emulator.port, "patient")[0]["closed_by"] is None


def test_a_payload_that_goes_on_is_taken(emulator: Emulator) -> None:
    """A pause shorter than the limit costs nothing."""
    with connected(emulator, head_of(emulator, "probe", "pause", 200_000)) as connection:
        for _ in range(4):
            connection.sendall(b"x" * 50_000)
            pass_time(emulator, LIMIT_S / 2)

        assert b"HTTP/1.1 200 " in connection.recv(65_536)


def test_three_hundred_idle_connections_are_no_burden(emulator: Emulator) -> None:
    """Others are served meanwhile, and all of the idle ones are let go."""
    idle = [connected(emulator) for _ in range(300)]
    assert invoke(emulator.port, emulator.runtime("count").arn, session="busy").status == 200
    pass_time(emulator, 2 * LIMIT_S)

    assert {rest(connection)[:12] for connection in idle} == {b"HTTP/1.1 408"}
    for connection in idle:
        connection.close()
