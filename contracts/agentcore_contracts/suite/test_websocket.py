"""WebSockets to the contract agent: who is let in, what reaches the agent, and the limits of frames."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final

import pytest

from agentcore_contracts.data_plane import SESSION_HEADER
from agentcore_contracts.http_client import Request
from agentcore_contracts.suite import asking, authorizing
from agentcore_contracts.target import Target
from agentcore_contracts.verify import verify, verify_equal, verify_status
from agentcore_contracts.websocket_client import CONTINUATION, TEXT, WebSocket

CUSTOM: Final = "X-Amzn-Bedrock-AgentCore-Runtime-Custom-Contract"
FRAGMENT: Final = b"x" * 35_000
TOO_LARGE: Final = b"x" * 66_000
SILENCE_S = 20.0
"""How long an answer or a close frame is waited for."""
FRAMES_IN_A_BURST: Final = 1_000
"""More than 250 in any second, unless it takes four seconds to send them."""


@pytest.mark.requirement("A21")
def test_ways_to_open(target: Target) -> None:
    """A21: A WebSocket opens with a signature, presigned or with a token as subprotocol; the agent gets its session."""
    asking.needs(target, "websocket")
    arn = asking.runtime(target)
    session_id = asking.new_session_id()
    with opened(authorizing.signed_handshake(target, arn, session_id)) as by_header:
        verify_session(by_header, session_id)
    with opened(authorizing.handshake(target, arn, 0, session_id=session_id)) as by_query:
        verify_session(by_query, session_id)

    if "jwt" not in target.capabilities:
        return
    oauth = authorizing.OAuth.of(target)
    with authorizing.runtime_with_tokens(target, oauth) as with_tokens:
        asking_with_token = authorizing.token_handshake(target, with_tokens, oauth.token, session_id)
        with opened(asking_with_token) as by_subprotocol:
            selected = by_subprotocol.response.header("Sec-WebSocket-Protocol")
            evidence = by_subprotocol.response.describe()
            verify_equal(selected, authorizing.SUBPROTOCOL, what="the selected subprotocol", evidence=evidence)
            verify_session(by_subprotocol, session_id)


@pytest.mark.requirement("A22")
def test_limits_of_frames(target: Target) -> None:
    """A22: A frame above 64 KB closes with 1009, 70 KB in two pass; too many close with 1008; custom queries arrive."""
    asking.needs(target, "websocket")
    arn = asking.runtime(target)
    session_id = asking.new_session_id()

    def new_socket() -> Request:
        return authorizing.handshake(target, arn, 0, session_id=session_id, query={CUSTOM: "from the query"})

    with opened(new_socket()) as socket:
        headers = ask(socket, asking.WHOAMI)["headers"]
        verify_equal(headers.get(CUSTOM.lower()), "from the query", what=f"{CUSTOM.lower()} at the agent")
        socket.send((TEXT, FRAGMENT, False), (CONTINUATION, FRAGMENT, True))
        verify_equal(answer(socket)["size"], 2 * len(FRAGMENT), what="bytes that the agent got in two fragments")
        socket.send((TEXT, TOO_LARGE, True))
        verify_closed(socket, 1009)
    with opened(new_socket()) as socket:
        socket.send(*[(TEXT, b"x", True)] * FRAMES_IN_A_BURST)
        verify_closed(socket, 1008)


@contextmanager
def opened(handshake: Request) -> Iterator[WebSocket]:
    """The socket of a handshake that is accepted."""
    with WebSocket(handshake, silence_s=SILENCE_S) as socket:
        verify_status(socket.response, 101)
        yield socket


def verify_session(socket: WebSocket, session_id: str) -> None:
    """The session id is in the answer, and at the agent."""
    evidence = socket.response.describe()
    told = ask(socket, asking.WHOAMI)["session_id"]
    verify_equal(socket.response.header(SESSION_HEADER), session_id, what=f"{SESSION_HEADER} of the answer")
    verify_equal(told, session_id, what="the session id at the agent", evidence=evidence)


def verify_closed(socket: WebSocket, code: int) -> None:
    """The socket is closed with that code."""
    frame = socket.receive_close()
    found = "no close frame" if frame is None else f"close frame {frame.payload!r}"
    verify(frame is not None and frame.close_code == code, expected=f"a close frame with code {code}", actual=found)


def ask(socket: WebSocket, message: bytes) -> dict[str, Any]:
    """Send one text message and return the agent's answer."""
    socket.send((TEXT, message, True))
    return answer(socket)


def answer(socket: WebSocket) -> dict[str, Any]:
    """The agent's next message, which is a JSON object."""
    text = b""
    while (frame := socket.receive()) is not None and frame.opcode in (TEXT, CONTINUATION):
        text += frame.payload
        if frame.final:
            break
    try:
        content = json.loads(text)
    except ValueError:
        content = None
    found = f"{text[:200]!r}, then {frame}"
    verify(isinstance(content, dict), expected="an answer of the contract agent in JSON", actual=found)
    return dict(content or {})
