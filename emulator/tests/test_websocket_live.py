"""Sockets to a real app of the AgentCore SDK: who reaches whom, with which headers, and how they part."""

import json
from collections.abc import Iterator

import pytest
from emulator_calls import SESSION_HEADER, admin, call, invocations_path, invoke, journal, live, session_id, wait_until
from websocket_calls import opened, socket_path, tally
from websockets.exceptions import ConnectionClosedError, ConnectionClosedOK, InvalidStatus
from websockets.sync.client import connect

from agentcore_emulator.model import Runtime
from agentcore_emulator.server import Emulator
from agentcore_emulator.settings import Settings

CUSTOM = "X-Amzn-Bedrock-AgentCore-Runtime-Custom-"


@pytest.fixture(scope="module")
def emulator() -> Iterator[Emulator]:
    """An emulator with two apps of the SDK, one of them without a WebSocket handler."""
    agents = (live("socket", "socket_agent.py"), live("socketless", "socketless_agent.py"))
    with Emulator(Settings(agents=agents)) as emulator:
        yield emulator


@pytest.fixture
def agent(emulator: Emulator) -> Runtime:
    """The app whose socket does what it is told."""
    return emulator.runtime("socket")


def test_text_and_bytes_go_both_ways(emulator: Emulator, agent: Runtime) -> None:
    """What is sent arrives as it was, as text or as bytes."""
    with opened(emulator.port, agent.arn, "a") as client:
        client.send("grüße")
        assert client.recv() == "grüße"
        client.send(b"\x00\xff")
        assert json.loads(client.recv())["size"] == 2


def test_a_socket_reaches_the_process_of_its_session(emulator: Emulator, agent: Runtime) -> None:
    """Invocations and sockets of one session meet the same process."""
    with opened(emulator.port, agent.arn, "a") as client:
        client.send("tell")
        told = json.loads(client.recv())

    assert told["pid"] == invoke(emulator.port, agent.arn, {}, "a").json()["pid"]
    assert told["session"] == session_id("a")


@pytest.mark.parametrize("encoded", [True, False])
def test_the_arn_may_stand_in_the_path_encoded_or_not(emulator: Emulator, agent: Runtime, encoded: bool) -> None:
    """Both forms reach the same runtime."""
    path = socket_path(agent.arn) if encoded else f"/runtimes/{agent.arn}/ws"
    with connect(f"ws://127.0.0.1:{emulator.port}{path}") as client:
        client.send("hello")
        assert client.recv() == "hello"


def test_the_session_id_may_stand_in_the_query(emulator: Emulator, agent: Runtime) -> None:
    """The agent and the answer have the same id."""
    path = socket_path(agent.arn, **{SESSION_HEADER: session_id("query")})
    with connect(f"ws://127.0.0.1:{emulator.port}{path}") as client:
        client.send("tell")
        told = json.loads(client.recv())

    assert client.response is not None
    assert told["session"] == client.response.headers[SESSION_HEADER] == session_id("query")


def test_a_session_id_is_made_when_there_is_none(emulator: Emulator, agent: Runtime) -> None:
    """The answer tells which; the agent has it too."""
    with connect(f"ws://127.0.0.1:{emulator.port}{socket_path(agent.arn)}") as client:
        client.send("tell")
        told = json.loads(client.recv())

    assert client.response is not None
    assert len(told["session"]) >= 33
    assert told["session"] == client.response.headers[SESSION_HEADER]


def test_custom_headers_may_stand_in_the_query(emulator: Emulator, agent: Runtime) -> None:
    """They reach the agent as headers with lower-case names; the handshake's own and the rest of the query do not."""
    path = socket_path(agent.arn, **{f"{CUSTOM}Tenant": "grün", "X-Own": "no", "qualifier": "DEFAULT"})
    with connect(
        f"ws://127.0.0.1:{emulator.port}{path}",
        additional_headers={f"{CUSTOM}User": "u", "Authorization": "x", "traceparent": "t"},
        subprotocols=["chat"],  # type: ignore[list-item]
    ) as client:
        client.send("tell")
        headers = json.loads(client.recv())["headers"]

    assert {name: value for name, value in headers.items() if name.startswith("x-") or name == "traceparent"} == {
        f"{CUSTOM}tenant".lower(): "grün",
        f"{CUSTOM}user".lower(): "u",
        "traceparent": "t",
        SESSION_HEADER.lower(): client.response.headers[SESSION_HEADER],  # type: ignore[union-attr]
        "x-amzn-bedrock-agentcore-runtime-request-id": headers["x-amzn-bedrock-agentcore-runtime-request-id"],
    }
    assert "authorization" not in headers
    assert "sec-websocket-protocol" not in headers
    assert client.subprotocol is None


def test_the_agent_s_close_reaches_the_client(emulator: Emulator, agent: Runtime) -> None:
    """Code and reason are the agent's own."""
    with opened(emulator.port, agent.arn, "closing") as client:
        client.send("close")
        with pytest.raises(ConnectionClosedError) as caught:
            client.recv()

    assert caught.value.rcvd is not None
    assert (caught.value.rcvd.code, caught.value.rcvd.reason) == (4321, "enough")
    wait_until(lambda: tally(journal(emulator.port, "closing")[-1]) == ("agent", 4321))


@pytest.mark.parametrize("code", [1000, 1001, 3000, 4999])
def test_the_client_s_close_reaches_the_agent(emulator: Emulator, agent: Runtime, code: int) -> None:
    """The agent sees the client's own code."""
    with opened(emulator.port, agent.arn, "left") as client:
        client.close(code, "done")
    wait_until(lambda: invoke(emulator.port, agent.arn, {}, "left").json()["left"][-1:] == [code])

    sockets = [entry for entry in journal(emulator.port, "left") if entry["websocket"]]
    assert tally(sockets[-1]) == ("client", code)


def test_a_handler_that_raises_closes_with_1011(emulator: Emulator, agent: Runtime) -> None:
    """After it accepted, as the SDK does it."""
    with opened(emulator.port, agent.arn, "a") as client:
        client.send("fail")
        with pytest.raises(ConnectionClosedError, match="1011"):
            client.recv()


@pytest.mark.parametrize("name", ["socket", "socketless"])
def test_an_agent_that_does_not_accept_closes_with_1011(emulator: Emulator, name: str) -> None:
    """Without a handler, or when it raises first."""
    arn = emulator.runtime(name).arn
    with (
        opened(emulator.port, arn, "a", **{f"{CUSTOM}Do": "raise"}) as client,
        pytest.raises(ConnectionClosedError, match="1011"),
    ):
        client.recv()


def test_an_agent_that_dies_closes_with_1011_and_the_session_begins_anew(emulator: Emulator, agent: Runtime) -> None:
    """The next socket of the same session finds another process."""
    before = invoke(emulator.port, agent.arn, {}, "dying").json()["pid"]
    with opened(emulator.port, agent.arn, "dying") as client:
        client.send("die")
        with pytest.raises(ConnectionClosedError, match="1011"):
            client.recv()
    with opened(emulator.port, agent.arn, "dying") as client:
        client.send("tell")
        assert json.loads(client.recv())["pid"] != before


def test_stopping_the_session_closes_its_sockets_and_the_id_lives_on(emulator: Emulator, agent: Runtime) -> None:
    """All of them, with 1001; the same id connects again at once."""
    with opened(emulator.port, agent.arn, "stop") as one, opened(emulator.port, agent.arn, "stop") as other:
        stop = invocations_path(agent.arn).replace("invocations", "stopruntimesession")
        assert call(emulator.port, "POST", stop, headers={SESSION_HEADER: session_id("stop")}).status == 200
        for client in (one, other):
            with pytest.raises(ConnectionClosedOK, match="1001"):
                client.recv()
    with opened(emulator.port, agent.arn, "stop") as client:
        client.send("hello")
        assert client.recv() == "hello"


def test_an_unknown_runtime_is_told_before_the_upgrade(emulator: Emulator) -> None:
    """As plain HTTP with the error's type."""
    with pytest.raises(InvalidStatus) as caught:
        connect(f"ws://127.0.0.1:{emulator.port}{socket_path('arn:aws:bedrock-agentcore:x:1:runtime/none')}")

    assert caught.value.response.status_code == 404
    assert caught.value.response.headers["x-amzn-ErrorType"] == "ResourceNotFoundException"


def test_the_journal_counts_what_went_through(emulator: Emulator, agent: Runtime) -> None:
    """Frames and bytes of both directions; never what they said."""
    with opened(emulator.port, agent.arn, "counted") as client:
        client.send("four")
        client.recv()
        client.send("five5")
        client.recv()
    wait_until(lambda: journal(emulator.port, "counted")[0]["duration_ms"] is not None)
    (entry,) = journal(emulator.port, "counted")

    assert entry["websocket"] == {
        "frames_received": 2,
        "bytes_received": 9,
        "frames_sent": 2,
        "bytes_sent": 9,
        "close_code": 1000,
        "close_reason": "",
    }
    assert (entry["status"], entry["closed_by"], entry["request"]["method"]) == (101, "client", "GET")
    assert [event["size"] for event in entry["events"]] == [4, 5]
    assert "five5" not in json.dumps(admin(emulator.port, "journal"))
