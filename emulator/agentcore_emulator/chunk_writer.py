"""Writes the chunks of an answer as uvicorn would, without what ASGI costs for each of them.

Only where it is uvicorn itself that is written to, a chunked answer has begun and the client reads; everything else
is left to ASGI's `send`, which waits and tells. The bytes are the same either way.
"""

from collections.abc import Awaitable, Callable, Generator
from typing import Any

from uvicorn.protocols.http.httptools_impl import RequestResponseCycle


class Done:
    """An await that has nothing to wait for."""

    def __await__(self) -> Generator[None, None, None]:
        yield from ()


DONE = Done()


class ChunkWriter:
    """The way around ASGI for one answer."""

    __slots__ = ("_cycle",)

    def __init__(self, cycle: RequestResponseCycle) -> None:
        self._cycle = cycle

    def write(self, chunk: bytes) -> bool:
        """Whether the chunk has been written; if not, `send` is to do it."""
        cycle = self._cycle
        if not cycle.chunked_encoding or cycle.disconnected or cycle.flow.write_paused or not chunk:
            return False
        cycle.transport.write(b"%x\r\n%b\r\n" % (len(chunk), chunk))
        return True


def chunk_writer(send: Callable[[Any], Awaitable[None]]) -> ChunkWriter | None:
    """The writer behind ASGI's `send`, if there is one."""
    cycle = getattr(send, "__self__", None)
    return ChunkWriter(cycle) if isinstance(cycle, RequestResponseCycle) else None
