"""Carries one exchange to an agent's HTTP port and its answer back, untouched and as it comes.

Source: Amazon Bedrock AgentCore developer guide, HTTP protocol contract, read 2026-11-20 - documented
"""

import asyncio
from uuid import uuid4

from agentcore_emulator.agents.base import AgentAnswer
from agentcore_emulator.agents.connection import AgentConnection, Head
from agentcore_emulator.errors import RuntimeClientError, ServiceError
from agentcore_emulator.exchange import AgentGoneError, ClientLeftError, Exchange, Headers
from agentcore_emulator.session_id import SESSION_HEADER

REQUEST_ID_HEADER = b"x-amzn-bedrock-agentcore-runtime-request-id"
SMALL_ANSWER_SIZE_MAX = 1_048_576
RELAYED_RESPONSE_HEADERS = frozenset(
    {
        b"baggage",
        b"content-length",
        b"content-type",
        b"mcp-protocol-version",
        b"mcp-session-id",
        b"traceparent",
        b"tracestate",
        b"x-amzn-trace-id",
    }
)


class AgentPort:
    """The HTTP port of one agent process, with the connections to it that are free."""

    def __init__(self, port: int) -> None:
        self._port = port
        self._host = b"127.0.0.1:%d" % port
        self._free: list[AgentConnection] = []
        self._busy: set[AgentConnection] = set()

    async def get(self, path: str) -> AgentAnswer:
        """What GET `path` answers with.

        Raises:
            AgentGoneError: no answer came, or one of more than `SMALL_ANSWER_SIZE_MAX` bytes.
        """
        connection = await self._acquire()
        try:
            connection.begin(b"GET %b HTTP/1.1\r\nhost: %b\r\n\r\n" % (path.encode("latin-1"), self._host))
            head = await connection.head()
            body = bytearray()
            while chunk := await connection.read():
                body += chunk
                if len(body) > SMALL_ANSWER_SIZE_MAX:
                    raise AgentGoneError(f"the agent's answer to GET {path} is too large")
            return AgentAnswer(head.status, head.headers, bytes(body))
        finally:
            self._release(connection)

    async def invoke(self, exchange: Exchange) -> None:
        """Answers `exchange` with what POST to its `agent_path` says.

        Raises:
            RuntimeClientError: the agent answered with another status than 2xx.
            AgentGoneError: the agent vanished before its answer or in the middle of it.
            ClientLeftError, ValidationException: as `Exchange.read`.
        """
        first = await exchange.read()
        connection = await self._acquire()
        pump: asyncio.Task[None] | None = None
        try:
            length = len(first) if exchange.payload_complete else exchange.content_length
            head = self._request_head(exchange, length)
            if exchange.payload_complete:
                connection.begin(head + first)
                exchange.watch_client()
            else:
                connection.begin(head)
                pump = asyncio.create_task(_pump(exchange, connection, first, chunked=length is None))
            await _answer(exchange, connection)
        finally:
            if pump is not None:
                pump.cancel()
            self._release(connection)

    def close(self) -> None:
        """Hangs up on every connection."""
        for connection in (*self._free, *self._busy):
            connection.abort()
        self._free.clear()

    def _request_head(self, exchange: Exchange, length: int | None) -> bytes:
        lines = [
            b"POST %b HTTP/1.1" % exchange.agent_path.encode("latin-1"),
            b"host: " + self._host,
            SESSION_HEADER + b": " + (exchange.invocation.session_id or "").encode("latin-1"),
            REQUEST_ID_HEADER + b": " + str(uuid4()).encode(),
            b"transfer-encoding: chunked" if length is None else b"content-length: %d" % length,
        ]
        lines.extend(name + b": " + value for name, value in exchange.forward)
        return b"\r\n".join((*lines, b"", b""))

    async def _acquire(self) -> AgentConnection:
        while self._free:
            connection = self._free.pop()
            if not connection.closed:
                break
        else:
            loop = asyncio.get_running_loop()
            try:
                _, connection = await loop.create_connection(AgentConnection, "127.0.0.1", self._port)
            except OSError as failure:
                raise AgentGoneError(f"the agent cannot be reached: {failure}") from failure
        self._busy.add(connection)
        return connection

    def _release(self, connection: AgentConnection) -> None:
        self._busy.discard(connection)
        if connection.reusable:
            self._free.append(connection)
        else:
            connection.abort()


async def _answer(exchange: Exchange, connection: AgentConnection) -> None:
    head = await connection.head()
    if not 200 <= head.status < 300:
        raise RuntimeClientError.of_status(head.status)
    await exchange.start(head.status, _response_headers(head))
    while chunk := await connection.read():
        if connection.ended:
            break
        await exchange.write(chunk)
    await exchange.end(chunk)


def _response_headers(head: Head) -> Headers:
    headers = [(name, value) for name, value in head.headers if name in RELAYED_RESPONSE_HEADERS]
    if not any(name == b"content-type" for name, _ in headers):
        headers.append((b"content-type", b"application/octet-stream"))
    return headers


async def _pump(exchange: Exchange, connection: AgentConnection, first: bytes, *, chunked: bool) -> None:
    """Carries the rest of a payload to the agent while its answer may already come."""
    piece = first
    try:
        while True:
            if piece:
                await connection.send(b"%x\r\n%b\r\n" % (len(piece), piece) if chunked else piece)
            if exchange.payload_complete:
                break
            piece = await exchange.read()
        if chunked:
            await connection.send(b"0\r\n\r\n")
        exchange.watch_client()
    except ClientLeftError:
        exchange.cut("client")
    except ServiceError as failure:
        connection.fail(failure)
