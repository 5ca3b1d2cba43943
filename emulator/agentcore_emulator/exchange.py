"""One invocation on its way: the request's payload coming in, the answer's chunks going out.

Agents write here and nowhere else; whatever is to change a stream stands between an agent and `Exchange.write`.
"""

import asyncio
from collections.abc import Awaitable, Callable, MutableMapping, Sequence
from time import monotonic
from typing import Any, TypeAlias, cast

from agentcore_emulator.chunk_writer import DONE, ChunkWriter, chunk_writer
from agentcore_emulator.errors import ServiceError, ValidationException
from agentcore_emulator.journal import Closer, Invocation

PAYLOAD_SIZE_MAX = 100_000_000

Message: TypeAlias = MutableMapping[str, Any]
Receive: TypeAlias = Callable[[], Awaitable[Message]]
Send: TypeAlias = Callable[[Message], Awaitable[None]]
AsgiApp: TypeAlias = Callable[[Message, Receive, Send], Awaitable[None]]
Headers: TypeAlias = list[tuple[bytes, bytes]]


class ClientLeftError(Exception):
    """The client closed its connection before the exchange was over."""


class AgentGoneError(Exception):
    """The agent vanished in the middle of its answer."""


class Exchange:
    """One invocation: `read` the payload, `start` the answer, `write` its chunks, `end` it.

    `cut` may be called from anywhere; it ends the exchange at once, and the client sees a broken connection.
    """

    __slots__ = (
        "_first",
        "_receive",
        "_task",
        "_watcher",
        "_writer",
        "agent_path",
        "content_length",
        "cut_by",
        "forward",
        "invocation",
        "on_start",
        "payload_complete",
        "payload_size_max",
        "refusal",
        "response_headers",
        "send",
        "started",
        "streams",
    )

    def __init__(self, invocation: Invocation, receive: Receive, send: Send) -> None:
        self.invocation = invocation
        self.forward: Headers = []
        self.content_length: int | None = None
        self.agent_path = "/invocations"
        self.response_headers: Headers = []
        self.on_start: Callable[[Headers], None] | None = None
        self.started = False
        self.streams = False
        self.payload_complete = False
        self.payload_size_max: float = PAYLOAD_SIZE_MAX
        self.cut_by: Closer | None = None
        self.refusal: ServiceError | None = None
        self._first: Message | None = None
        self._receive = receive
        self.send = send
        self._task = asyncio.current_task()
        self._watcher: asyncio.Task[None] | None = None
        self._writer: ChunkWriter | None = None

    async def peek(self) -> bytes:
        """The first piece of the payload, which the first `read` gives again."""
        if self._first is None:
            self._first = await self._receive()
        return cast("bytes", self._first.get("body", b""))

    async def read(self) -> bytes:
        """The next piece of the payload; `payload_complete` tells when it was the last.

        Raises:
            ClientLeftError: the client went away before all of it came.
            ValidationException: the payload is larger than the service takes.
        """
        message, self._first = self._first, None
        if message is None:
            message = await self._receive()
        if message["type"] != "http.request":
            raise ClientLeftError
        piece: bytes = message.get("body", b"")
        self.payload_complete = not message.get("more_body", False)
        self.invocation.payload_size += len(piece)
        if self.invocation.payload_size > self.payload_size_max:
            raise payload_too_large(self.payload_size_max)
        return piece

    def watch_client(self) -> None:
        """From here on a client that leaves cuts the exchange; the payload must be complete."""
        if self._watcher is None:
            self._watcher = asyncio.create_task(self._watch())

    async def start(self, status: int, headers: Headers) -> None:
        """Sends the status line and the headers of the answer; of one name, the agent's own header wins."""
        self.started = True
        self.invocation.status = status
        said = dict(headers)
        self.streams = said.get(b"content-type", b"").startswith(b"text/event-stream")
        if self.on_start is not None:
            self.on_start(headers)
        complete = [header for header in self.response_headers if header[0] not in said] + headers
        await self.send({"type": "http.response.start", "status": status, "headers": complete})
        self._writer = chunk_writer(self.send)

    def write(self, chunk: bytes) -> Awaitable[None]:
        """Sends one chunk; waits while the client does not read."""
        self.invocation.sent(len(chunk), monotonic())
        if self._writer is not None and self._writer.write(chunk):
            return DONE
        return self.send({"type": "http.response.body", "body": chunk, "more_body": True})

    async def write_all(self, chunks: Sequence[bytes]) -> None:
        """Sends chunks that are due at the same moment, each as a chunk of its own; none is empty."""
        at_s = monotonic()
        sent = self.invocation.sent
        for chunk in chunks:
            sent(len(chunk), at_s)
        if self._writer is not None and self._writer.write_all(chunks):
            return
        for chunk in chunks:
            await self.send({"type": "http.response.body", "body": chunk, "more_body": True})

    async def end(self, chunk: bytes = b"") -> None:
        """Sends the last chunk, if any, and ends the answer in order."""
        if chunk:
            self.invocation.sent(len(chunk), monotonic())
        await self.send({"type": "http.response.body", "body": chunk, "more_body": False})

    def cut(self, by: Closer, refusal: ServiceError | None = None) -> None:
        """Ends the exchange at once, whatever it is doing; `refusal` is the answer if none has begun."""
        if self.cut_by is None:
            self.cut_by = by
            self.refusal = refusal
            if self._task is not None:
                self._task.cancel()

    def close(self) -> None:
        """Lets go of what the exchange holds."""
        if self._watcher is not None:
            self._watcher.cancel()

    async def _watch(self) -> None:
        while (await self._receive())["type"] == "http.request":
            pass
        self.cut("client")


def payload_too_large(size_max: float = PAYLOAD_SIZE_MAX) -> ValidationException:
    """The answer to a payload above the limit.

    Source: service model bedrock-agentcore, shape Body, read 2026-11-20 - documented; the text is assumed
    """
    return ValidationException.of_field("payload", f"Member must have length less than or equal to {size_max:.0f}")
