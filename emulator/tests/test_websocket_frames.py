"""The relay between two raw sockets: frames as they were, rules of RFC 6455, limits, and every way to hang up."""

import socket
import struct
from collections.abc import Iterator

import pytest
from emulator_calls import admin, journal, wait_until
from websocket_calls import FrameAgent, FrameSocket, Received, raw_client, socket_path, tally
from websockets.frames import Opcode

from agentcore_emulator.agents.options import AttachedUrl
from agentcore_emulator.model import Lifecycle, Runtime
from agentcore_emulator.quotas import Quotas
from agentcore_emulator.server import Emulator
from agentcore_emulator.settings import Settings

TOO_BIG = "message size limit of 64 KB for a message frame is exceeded"


@pytest.fixture(scope="module")
def agent() -> Iterator[FrameAgent]:
    """The agent's end, in the hands of the test."""
    agent = FrameAgent()
    yield agent
    agent.close()


@pytest.fixture(scope="module")
def emulator(agent: FrameAgent) -> Iterator[Emulator]:
    """An emulator with that agent."""
    attached = (AttachedUrl("raw", agent.port), AttachedUrl("short", agent.port))
    lifecycles = {"short": Lifecycle(lifetime_s_max=1_000)}
    with Emulator(Settings(attached=attached, lifecycles=lifecycles, quotas=Quotas())) as emulator:
        yield emulator


@pytest.fixture
def raw(emulator: Emulator) -> Runtime:
    """The runtime of that agent."""
    return emulator.runtime("raw")


Pair = tuple[FrameSocket, FrameSocket]


@pytest.fixture
def pair(emulator: Emulator, raw: Runtime, agent: FrameAgent) -> Iterator[Pair]:
    """A client's end and the agent's end of one socket."""
    with raw_client(emulator.port, raw.arn, "pair") as client:
        end = agent.accepted()
        yield client, end
        end.connection.close()


def last(emulator: Emulator) -> tuple[object, ...]:
    """Who closed the latest socket, and with which code, once it is over."""
    wait_until(lambda: journal(emulator.port, "pair")[-1]["duration_ms"] is not None)
    return tally(journal(emulator.port, "pair")[-1])


@pytest.mark.parametrize("from_client", [True, False])
@pytest.mark.parametrize("size", [0, 1, 125, 126, 65_535, 65_536])
def test_a_frame_passes_as_it_is(pair: Pair, from_client: bool, size: int) -> None:
    """Up to 64 KB, in both directions."""
    sender, receiver = pair if from_client else reversed(pair)
    sender.send(Opcode.BINARY, b"\xff" * size)

    assert receiver.receive() == Received(Opcode.BINARY, b"\xff" * size)


@pytest.mark.parametrize("from_client", [True, False])
def test_fragments_pass_as_fragments_with_control_frames_between(pair: Pair, from_client: bool) -> None:
    """70 KB in two fragments is no breach of a limit; a ping between them arrives between them."""
    sender, receiver = pair if from_client else reversed(pair)
    sender.send(Opcode.TEXT, b"a" * 35_000, fin=False)
    sender.send(Opcode.PING, b"between")
    sender.send(Opcode.CONT, b"b" * 35_000)

    assert receiver.receive() == Received(Opcode.TEXT, b"a" * 35_000, fin=False)
    assert receiver.receive() == Received(Opcode.PING, b"between")
    assert receiver.receive() == Received(Opcode.CONT, b"b" * 35_000)


@pytest.mark.parametrize("from_client", [True, False])
def test_pings_and_pongs_are_the_business_of_the_ends(pair: Pair, from_client: bool) -> None:
    """The emulator answers no ping of its own."""
    sender, receiver = pair if from_client else reversed(pair)
    sender.send(Opcode.PING, b"1")
    assert receiver.receive() == Received(Opcode.PING, b"1")
    receiver.send(Opcode.PONG, b"1")

    assert sender.receive() == Received(Opcode.PONG, b"1")


def test_text_may_be_cut_anywhere(pair: Pair) -> None:
    """A character that two fragments share is one character."""
    client, agent = pair
    client.send(Opcode.TEXT, "ü".encode()[:1], fin=False)
    client.send(Opcode.CONT, "ü".encode()[1:])

    assert agent.receive() == Received(Opcode.TEXT, b"\xc3", fin=False)
    assert agent.receive() == Received(Opcode.CONT, b"\xbc")


@pytest.mark.parametrize("from_client", [True, False])
@pytest.mark.parametrize(("code", "reason"), [(1000, ""), (1001, "bye"), (3000, "x" * 123), (4999, "grüße")])
def test_codes_and_reasons_pass_both_ways(pair: Pair, from_client: bool, code: int, reason: str) -> None:
    """The other end gets the same close frame; the closing end gets its echo."""
    sender, receiver = pair if from_client else reversed(pair)
    sender.send_close(code, reason)
    passed, echoed = receiver.receive(), sender.receive()

    assert passed is not None
    assert (passed.close.code, passed.close.reason) == (code, reason)
    assert echoed is not None
    assert (echoed.close.code, echoed.close.reason) == (code, reason)


@pytest.mark.parametrize("from_client", [True, False])
def test_a_close_without_a_code_stays_one(pair: Pair, from_client: bool) -> None:
    """Nothing is made up."""
    sender, receiver = pair if from_client else reversed(pair)
    sender.send(Opcode.CLOSE)

    assert receiver.receive() == Received(Opcode.CLOSE, b"")


def masked(head: bytes, payload: bytes = b"") -> bytes:
    """A client's frame with that head; the mask is zero."""
    return head + b"\0\0\0\0" + payload


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"\x81\x02hi", 1002),
        (masked(b"\x83\x80"), 1002),
        (masked(b"\x8b\x80"), 1002),
        (masked(b"\xc1\x80"), 1002),
        (masked(b"\xa1\x80"), 1002),
        (masked(b"\x80\x80"), 1002),
        (masked(b"\x09\x80"), 1002),
        (masked(b"\x89\xfe\x00\x7e", b"x" * 126), 1002),
        (masked(b"\x01\x81", b"a") + masked(b"\x81\x81", b"b"), 1002),
        (masked(b"\x88\x81", b"\x03"), 1002),
        (masked(b"\x88\x82", struct.pack("!H", 1005)), 1002),
        (masked(b"\x88\x82", struct.pack("!H", 999)), 1002),
        (masked(b"\x88\x83", struct.pack("!H", 1000) + b"\xff"), 1007),
        (masked(b"\x81\x81", b"\xff"), 1007),
        (masked(b"\x81\x82", b"\xc3\x28"), 1007),
        (masked(b"\x81\x83", b"\xed\xa0\x80"), 1007),
        (masked(b"\x01\x81", b"\xc3") + masked(b"\x80\x81", b"\x28"), 1007),
        (masked(b"\x01\x81", b"\xc3") + masked(b"\x80\x80"), 1007),
        (masked(b"\x82\xff" + struct.pack("!Q", 65_537)), 1009),
        (masked(b"\x82\xff" + struct.pack("!Q", 2**63)), 1009),
    ],
)
def test_what_the_protocol_forbids_closes_both_ends(emulator: Emulator, pair: Pair, data: bytes, code: int) -> None:
    """The client is told why at once, and the agent gets the same code."""
    client, agent = pair
    client.connection.sendall(data)

    assert client.receive_until(Opcode.CLOSE).close.code == code
    assert agent.receive_until(Opcode.CLOSE).close.code == code
    assert client.ended()
    client.connection.close()
    assert last(emulator) == ("emulator", code)


@pytest.mark.parametrize("from_client", [True, False])
def test_a_frame_of_more_than_64_kb_closes_both_ends_with_1009(pair: Pair, from_client: bool) -> None:
    """In the service's own words, whoever sent it."""
    sender, receiver = pair if from_client else reversed(pair)
    sender.send(Opcode.BINARY, b"x" * 65_537)

    for end in (sender, receiver):
        close = end.receive_until(Opcode.CLOSE).close
        assert (close.code, close.reason) == (1009, TOO_BIG)


def test_an_agent_that_masks_its_frames_is_refused(pair: Pair) -> None:
    """The rules hold for the agent as for the client."""
    client, agent = pair
    agent.connection.sendall(masked(b"\x81\x81", b"a"))

    assert client.receive_until(Opcode.CLOSE).close.code == 1002
    assert agent.receive_until(Opcode.CLOSE).close.code == 1002


def test_251_frames_in_a_second_close_with_1008(emulator: Emulator, pair: Pair) -> None:
    """The agent has the 250 before it, and the same code."""
    client, agent = pair
    client.connection.sendall(masked(b"\x82\x80") * 251)

    assert client.receive_until(Opcode.CLOSE).close.code == 1008
    frames = [agent.receive() for _ in range(251)]
    assert [frame.opcode for frame in frames if frame] == [Opcode.BINARY] * 250 + [Opcode.CLOSE]
    assert client.ended()
    client.connection.close()
    assert last(emulator) == ("emulator", 1008)


def test_250_frames_in_each_second_pass(emulator: Emulator, pair: Pair) -> None:
    """The second is the emulator's own."""
    client, agent = pair
    for _ in range(3):
        client.connection.sendall(masked(b"\x82\x80") * 250)
        assert all(agent.receive() == Received(Opcode.BINARY, b"") for _ in range(250))
        admin(emulator.port, "clock", {"advance_s": 1})


def test_after_60_minutes_a_socket_is_closed_with_1008(emulator: Emulator, pair: Pair) -> None:
    """However busy it is: a ping each minute keeps the session, not the socket."""
    client, agent = pair
    for _ in range(6):
        client.send(Opcode.PING)
        assert agent.receive() == Received(Opcode.PING, b"")
        admin(emulator.port, "clock", {"advance_s": 599})
    admin(emulator.port, "clock", {"advance_s": 6})
    close = client.receive_until(Opcode.CLOSE).close

    assert (close.code, close.reason) == (1008, "Max connection duration of 1 hour is exceeded")
    assert agent.ended()


@pytest.mark.parametrize("kind", [Opcode.PING, Opcode.PONG, Opcode.TEXT])
@pytest.mark.parametrize("from_client", [True, False])
def test_every_frame_begins_idle_time_anew(emulator: Emulator, pair: Pair, kind: Opcode, from_client: bool) -> None:
    """Twice 800 seconds pass, with a frame between them."""
    sender, receiver = pair if from_client else reversed(pair)
    for _ in range(2):
        sender.send(kind)
        assert receiver.receive() == Received(kind, b"")
        admin(emulator.port, "clock", {"advance_s": 800})
    sender.send(kind)

    assert receiver.receive() == Received(kind, b"")


def test_an_idle_socket_does_not_keep_its_session(emulator: Emulator, pair: Pair) -> None:
    """Fifteen quiet minutes end the session, and the socket with it."""
    client, agent = pair
    admin(emulator.port, "clock", {"advance_s": 901})

    assert client.receive_until(Opcode.CLOSE).close.code == 1001
    assert agent.ended()


def test_a_session_s_lifetime_ends_its_socket(emulator: Emulator, agent: FrameAgent) -> None:
    """However busy it is; it can be opened anew at once."""
    short = emulator.runtime("short")
    with raw_client(emulator.port, short.arn, "life") as client:
        end = agent.accepted()
        for advance_s in (600, 401):
            client.send(Opcode.PING)
            assert end.receive() == Received(Opcode.PING, b"")
            admin(emulator.port, "clock", {"advance_s": advance_s})
        assert client.receive_until(Opcode.CLOSE).close.code == 1001
    with raw_client(emulator.port, short.arn, "life") as client:
        client.send(Opcode.PING, b"again")
        assert agent.accepted().receive() == Received(Opcode.PING, b"again")


def test_a_client_that_hangs_up_is_gone_for_the_agent(emulator: Emulator, pair: Pair) -> None:
    """Without a close frame, as it was."""
    client, agent = pair
    client.connection.close()

    assert agent.receive() is None
    assert last(emulator) == ("client", None)


def test_a_client_that_resets_is_gone_for_the_agent(emulator: Emulator, pair: Pair) -> None:
    """The same for a reset."""
    client, agent = pair
    client.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    client.connection.close()

    assert agent.receive() is None
    assert last(emulator) == ("client", None)


def test_a_client_that_only_sends_no_more_is_gone(emulator: Emulator, pair: Pair) -> None:
    """Half a connection cannot close in order."""
    client, agent = pair
    client.connection.shutdown(socket.SHUT_WR)

    assert client.ended()
    assert agent.receive() is None
    assert last(emulator) == ("client", None)


@pytest.mark.parametrize("reset", [True, False])
def test_an_agent_that_hangs_up_closes_with_1011(emulator: Emulator, pair: Pair, reset: bool) -> None:
    """The client is told, and the journal."""
    client, agent = pair
    if reset:
        agent.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    agent.connection.close()

    assert client.receive_until(Opcode.CLOSE).close.code == 1011
    client.connection.close()
    assert last(emulator) == ("agent", 1011)


def test_a_client_that_never_answers_the_close_is_dropped(emulator: Emulator, pair: Pair) -> None:
    """It gets the close frame, and two seconds."""
    client, agent = pair
    agent.send_close(1000)

    assert client.receive_until(Opcode.CLOSE).close.code == 1000
    assert last(emulator) == ("agent", 1000)


def test_frames_after_a_close_go_nowhere(emulator: Emulator, pair: Pair) -> None:
    """What a client still sends does not reach the agent."""
    client, agent = pair
    client.send_close(1000)
    client.send(Opcode.TEXT, b"late")

    assert agent.receive_until(Opcode.CLOSE).close.code == 1000
    agent.connection.close()
    assert client.ended()
    client.connection.close()
    assert last(emulator) == ("client", 1000)
    assert journal(emulator.port, "pair")[-1]["websocket"]["frames_received"] == 0


def test_what_an_agent_says_with_its_acceptance_is_not_lost(
    emulator: Emulator, raw: Runtime, agent: FrameAgent
) -> None:
    """Frames that come in one piece with the agent's handshake follow the client's."""
    agent.extra = b"\x81\x05hello"
    try:
        with raw_client(emulator.port, raw.arn, "early") as client:
            assert client.receive() == Received(Opcode.TEXT, b"hello")
            agent.accepted().connection.close()
    finally:
        agent.extra = b""


def writes_taken(end: FrameSocket, data: bytes) -> int:
    """How often `data` can be written until nobody takes it for half a second."""
    end.connection.settimeout(0.5)
    for taken in range(1_000):
        try:
            end.connection.sendall(data)
        except TimeoutError:
            return taken
    return 1_000


def test_a_client_that_does_not_read_holds_the_agent_back(emulator: Emulator, pair: Pair) -> None:
    """The agent's writes stop short of 64 MB; then all that it wrote arrives."""
    client, agent = pair
    frame = b"\x82\x7f" + struct.pack("!Q", 65_536) + b"x" * 65_536
    written = writes_taken(agent, frame)

    assert written < 500
    assert all(client.receive() == Received(Opcode.BINARY, b"x" * 65_536) for _ in range(written))


def test_frames_sent_before_the_answer_are_kept(emulator: Emulator, raw: Runtime, agent: FrameAgent) -> None:
    """A hasty client's first frames reach the agent."""
    with raw_client(emulator.port, raw.arn, "hasty", masked(b"\x81\x85", b"hasty")) as client:
        client.send(Opcode.TEXT, b"second")
        end = agent.accepted()
        assert end.receive() == Received(Opcode.TEXT, b"hasty")
        assert end.receive() == Received(Opcode.TEXT, b"second")


def test_the_path_that_the_agent_sees_is_the_contract_s(emulator: Emulator, pair: Pair) -> None:
    """`GET /ws`, whatever the client's own path was."""
    _, agent = pair

    assert agent.head.startswith(b"GET /ws HTTP/1.1\r\n")
    assert b"permessage-deflate" not in agent.head
    assert socket_path("x").encode() not in agent.head
