"""An AgentCore whose WebSockets do what a test says, on the test's own event loop, and the transport that asks it."""

import http
import json
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable, Sequence
from contextlib import aclosing, asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from botocore.credentials import Credentials
from websockets.asyncio.server import ServerConnection, serve
from websockets.http11 import Request, Response

from agentcore_backend.failures import AgentFailure
from agentcore_backend.transports.handshake import Handshake
from agentcore_backend.transports.sockets import Sockets
from agentcore_backend.transports.websocket import WebSocketTransport

ARN = "arn:aws:bedrock-agentcore:ap-southeast-2:123456789012:runtime/onboarding-a1B2c3D4e5"
SESSION_ID = "chat-4f3c1f0e-0f0a-4b9e-9a64-0d5f6c0c1b2a"
CREDENTIALS = Credentials("AKIDEXAMPLE", "not-a-secret", "a-token")
WAIT_S = 5.0
END = {"end": True}

Script = Callable[[ServerConnection], Awaitable[None]]
Refusal = tuple[int, dict[str, str]]


@dataclass
class SocketUpstream:
    """Where it answers, the handshakes it got, the sockets it has had, and the handshakes it is going to refuse."""

    refusals: list[Refusal] = field(default_factory=list)
    url: str = ""
    handshakes: list[Request] = field(default_factory=list)
    sockets: list[ServerConnection] = field(default_factory=list)

    def answer_handshake(self, connection: ServerConnection, request: Request) -> Response | None:
        """Refuse as long as refusals are left."""
        self.handshakes.append(request)
        if not self.refusals:
            return None
        status, headers = self.refusals.pop(0)
        response = connection.respond(http.HTTPStatus(status), "account 123456789012 is not happy")
        response.headers.update(headers)
        return response


@asynccontextmanager
async def scripted_sockets(script: Script, refusals: Sequence[Refusal] = ()) -> AsyncIterator[SocketUpstream]:
    """Serve the script, one run of it for each socket, on a free port of loopback."""
    upstream = SocketUpstream(list(refusals))

    async def run(connection: ServerConnection) -> None:
        upstream.sockets.append(connection)
        await script(connection)

    limits: dict[str, Any] = {"close_timeout": 1, "max_size": 16 * 1024 * 1024}
    async with serve(run, "127.0.0.1", 0, process_request=upstream.answer_handshake, **limits) as server:
        upstream.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
        yield upstream


@asynccontextmanager
async def asking(
    url: str,
    *,
    read_timeout_s: float = WAIT_S,
    streams_max: int = 4,
    clock: Callable[[], float] = lambda: 0.0,
    sweep_s: float = 60.0,
) -> AsyncIterator[tuple[WebSocketTransport, Sockets]]:
    """A transport, and its sockets, that asks the agents behind this endpoint."""
    handshake = Handshake(lambda: CREDENTIALS, url, read_timeout_s, retry_delays_s=(0, 0, 0))
    sockets = Sockets(handshake.open, clock, idle_max=3, sweep_s=sweep_s)
    transport = WebSocketTransport(sockets, streams_max, read_timeout_s)
    try:
        yield transport, sockets
    finally:
        await transport.close()


async def say(connection: ServerConnection, *events: object) -> None:
    """Send each as JSON."""
    for event in events:
        await connection.send(json.dumps(event))


async def echo(connection: ServerConnection) -> None:
    """Answer each prompt with itself."""
    async for message in connection:
        await say(connection, {"text": json.loads(message)["prompt"]}, END)


async def texts_and_failure(answer: AsyncGenerator[str, None]) -> tuple[list[str], str]:
    """What was said, and the code of the failure that ended it (or an empty text)."""
    texts = []
    try:
        async with aclosing(answer):
            async for text in answer:
                texts.append(text)  # noqa: PERF401 - what came before the failure is wanted too
    except AgentFailure as failure:
        return texts, failure.code
    return texts, ""


async def ask(transport: WebSocketTransport, prompt: str = "hello", session_id: str = SESSION_ID) -> str:
    """The whole of an answer that does not fail."""
    texts, code = await texts_and_failure(transport.answer(ARN, session_id, prompt))
    assert code == ""
    return "".join(texts)
