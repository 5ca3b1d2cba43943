"""One HTTP/1.1 connection to an agent: the request out, the answer in, bytes as they come.

Back-pressure both ways: `send` waits while the agent does not read, and nothing more is read from the agent while
more than `BUFFER_SIZE_MAX` bytes of its answer wait to be taken.

An agent that writes piece after piece on another core is slowed down by a reader that takes every few of them: both
then work on the same socket all the time. What has been read is passed on at once, always; but after some reads in a
row that each brought several small pieces, the next one is made `REST_S` later, and finds more. Measured on two cores
for answers of 1 000 events: 86 reads each without the rest, and both processes busy with little else.
"""

import asyncio
from collections import deque
from dataclasses import dataclass
from typing import cast

import httptools

from agentcore_emulator.exchange import AgentGoneError, Headers

BUFFER_SIZE_MAX = 131_072
HEAD_SIZE_MAX = 65_536
REST_S = 0.001
FLOOD_READS = 4
FLOOD_PIECES = 4
FLOOD_SIZE_MAX = 16_384


@dataclass(frozen=True, slots=True)
class Head:
    """Status and headers of an agent's answer."""

    status: int
    headers: Headers


class AgentConnection(asyncio.Protocol):
    """A connection that carries one exchange at a time."""

    def __init__(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._transport: asyncio.Transport | None = None
        self._writable = asyncio.Event()
        self._writable.set()
        self._chunks: deque[bytes] = deque()
        self.on_body = self._chunks.append  # called for every chunk of an answer: nothing of ours in between
        self._parser = httptools.HttpResponseParser(self)
        self._waiter: asyncio.Future[None] | None = None
        self._rest: asyncio.TimerHandle | None = None
        self._reset()

    def _reset(self) -> None:
        self._head: Head | None = None
        self._headers: Headers = []
        self._head_size = 0
        self._buffered = 0
        self._paused = False
        self._flood = 0
        self._complete = False
        self._ends_with_connection = False
        self._failure: Exception | None = None

    @property
    def closed(self) -> bool:
        """Whether this connection can carry nothing any more."""
        return self._transport is None or self._transport.is_closing()

    @property
    def ended(self) -> bool:
        """Whether the whole answer has come in order and been taken: the next `read` would give nothing."""
        return self._complete and not self._chunks

    @property
    def reusable(self) -> bool:
        """Whether the exchange is over in order, its body was taken whole, and the next may begin."""
        in_order = self._complete and self._failure is None and not self._chunks
        return in_order and not self.closed and not self._ends_with_connection

    def begin(self, data: bytes) -> None:
        """Starts an exchange with the first bytes of the request."""
        self._reset()
        self._write(data)

    async def send(self, data: bytes) -> None:
        """Sends more of the request; silently nothing once the agent has hung up."""
        self._write(data)
        await self._writable.wait()

    async def head(self) -> Head:
        """Status and headers, when they have come.

        Raises:
            AgentGoneError: the connection ended before, or what came was not HTTP.
        """
        while self._head is None:
            await self._wait()
        return self._head

    async def read(self) -> bytes:
        """What has come of the body since the last call, at least one byte; nothing at its end.

        Raises:
            AgentGoneError: the connection ended in the middle of the body.
        """
        while not self._chunks:
            if self._complete:
                return b""
            await self._wait()
        data = self._chunks.popleft() if len(self._chunks) == 1 else b"".join(self._chunks)
        self._chunks.clear()
        self._buffered = 0
        if self._paused and self._transport is not None:
            self._paused = False
            if self._rest is None:
                self._transport.resume_reading()
        return data

    def fail(self, failure: Exception) -> None:
        """Hangs up; who waits for the agent gets `failure`."""
        if self._failure is None:
            self._failure = failure
        self._wake()
        self.abort()

    def abort(self) -> None:
        """Hangs up at once."""
        if self._transport is not None:
            self._transport.abort()

    def _write(self, data: bytes) -> None:
        if self._transport is not None and not self._transport.is_closing():
            self._transport.write(data)

    async def _wait(self) -> None:
        if self._failure is not None:
            raise self._failure
        self._waiter = self._loop.create_future()
        await self._waiter

    def _pause_if_full(self, more: int) -> None:
        if not self._chunks:
            return
        self._buffered += more
        if self._buffered > BUFFER_SIZE_MAX and not self._paused and self._transport is not None:
            self._paused = True
            self._transport.pause_reading()

    def _rest_in_flood(self, size: int) -> None:
        if len(self._chunks) < FLOOD_PIECES or size > FLOOD_SIZE_MAX:
            self._flood = 0
            return
        self._flood += 1
        if self._flood >= FLOOD_READS and not self._complete and self._rest is None and self._transport is not None:
            self._transport.pause_reading()
            self._rest = self._loop.call_later(REST_S, self._read_on)

    def _read_on(self) -> None:
        self._rest = None
        if not self._paused and self._transport is not None and not self._transport.is_closing():
            self._transport.resume_reading()

    def _wake(self) -> None:
        if self._waiter is not None and not self._waiter.done():
            self._waiter.set_result(None)

    # What the transport calls.

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)

    def data_received(self, data: bytes) -> None:
        if self._complete:
            self.fail(AgentGoneError("the agent sent bytes after the end of its answer"))
            return
        if self._head is None:
            self._head_size += len(data)
        try:
            self._parser.feed_data(data)
        except (httptools.HttpParserError, httptools.HttpParserUpgrade) as failure:
            self.fail(AgentGoneError(f"the agent's answer is not HTTP: {failure}"))
            return
        if self._head is None and self._head_size > HEAD_SIZE_MAX:
            self.fail(AgentGoneError("the agent's answer has too many headers"))
            return
        self._pause_if_full(len(data))
        self._rest_in_flood(len(data))
        self._wake()

    def connection_lost(self, exc: Exception | None) -> None:
        self._transport = None
        self._writable.set()
        if self._head is not None and self._ends_with_connection and exc is None:
            self._complete = True
        if not self._complete and self._failure is None:
            self._failure = AgentGoneError("the agent closed the connection before the end of its answer")
        self._wake()

    def pause_writing(self) -> None:
        self._writable.clear()

    def resume_writing(self) -> None:
        self._writable.set()

    # What the parser calls.

    def on_message_begin(self) -> None:
        if self._complete:
            raise AgentGoneError("the agent began a second answer")

    def on_header(self, name: bytes, value: bytes) -> None:
        self._headers.append((name.lower(), value))

    def on_headers_complete(self) -> None:
        status = self._parser.get_status_code()
        if status < 200:
            self._headers = []
            return
        names = {name for name, _ in self._headers}
        self._ends_with_connection = not (
            self._parser.should_keep_alive() or names & {b"content-length", b"transfer-encoding"}
        )
        self._head = Head(status, self._headers)

    def on_message_complete(self) -> None:
        if self._head is not None:
            self._complete = True
