"""Writes the chunks of an answer as uvicorn would, without what ASGI costs for each of them.

Only where it is uvicorn itself that is written to, a chunked answer has begun and the client reads; everything else
is left to ASGI's `send`, which waits and tells. The bytes are the same either way.
"""

from collections.abc import Awaitable, Callable, Generator, Sequence
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
        if not chunk or not self._is_open():
            return False
        self._cycle.transport.write(b"%x\r\n%b\r\n" % (len(chunk), chunk))
        return True

    def write_all(self, chunks: Sequence[bytes]) -> bool:
        """Whether the chunks have been written, each as one, none of them empty."""
        if not self._is_open():
            return False
        self._cycle.transport.write(b"".join([b"%x\r\n%b\r\n" % (len(chunk), chunk) for chunk in chunks]))
        return True

    def _is_open(self) -> bool:
        cycle = self._cycle
        return bool(cycle.chunked_encoding and not cycle.disconnected and not cycle.flow.write_paused)


def chunk_writer(send: Callable[[Any], Awaitable[None]]) -> ChunkWriter | None:
    """The writer behind ASGI's `send`, if there is one."""
    cycle = getattr(send, "__self__", None)
    return ChunkWriter(cycle) if isinstance(cycle, RequestResponseCycle) else None
