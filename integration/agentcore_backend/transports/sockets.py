"""Open sockets by session: one for each, used by one question at a time, kept for the next one, closed when idle.

    question ── turn(session) ──▶ waits for the questions before it ──▶ the session's socket, opened when there is none
                                                                          │ answered: stays, for IDLE_S at most
                                                                          └ anything else: dropped

An open socket costs: it holds the session's compute, and a place in the service's quotas.
"""

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from websockets.asyncio.client import ClientConnection
from websockets.protocol import State

IDLE_S = 300.0
IDLE_MAX = 500
"""Sockets kept for a next question that may never come."""
SWEEP_INTERVAL_S = 10.0

Open = Callable[[str, str], Awaitable[ClientConnection]]
Key = tuple[str, str]


@dataclass
class _Place:
    lock: asyncio.Lock = field(default_factory=asyncio.Lock)
    questions: int = 0
    connection: ClientConnection | None = None
    idle_since: float = 0.0


class Turn:
    """The right of one question to use the session's socket."""

    def __init__(self, place: _Place, connect: Callable[[], Awaitable[ClientConnection]], sockets: "Sockets") -> None:
        self._place = place
        self._connect = connect
        self._sockets = sockets

    async def socket(self) -> tuple[ClientConnection, bool]:
        """Return the socket, and whether it was used before. Raises ``AgentFailure`` when none can be opened."""
        kept = self._place.connection
        if kept is not None and kept.state is State.OPEN:
            return kept, True
        self.drop()
        self._place.connection = await self._connect()
        return self._place.connection, False

    def drop(self) -> None:
        """Close the socket, without waiting: what else comes on it is no answer to anybody's question."""
        self._sockets.let_go(self._place)


class Sockets:
    """All open sockets. ``clock`` gives seconds; it decides what is idle for too long, looked at every ``sweep_s``."""

    def __init__(
        self,
        connect: Open,
        clock: Callable[[], float] = time.monotonic,
        idle_s: float = IDLE_S,
        idle_max: int = IDLE_MAX,
        sweep_s: float = SWEEP_INTERVAL_S,
    ) -> None:
        self._open = connect
        self._clock = clock
        self._idle_s = idle_s
        self._idle_max = idle_max
        self._sweep_s = sweep_s
        self._places: dict[Key, _Place] = {}
        self._closing: set[asyncio.Task[None]] = set()
        self._sweeper: asyncio.Task[None] | None = None

    @asynccontextmanager
    async def turn(self, runtime_arn: str, session_id: str) -> AsyncIterator[Turn]:
        """Wait until the questions before this one are answered; then the socket of the session is this one's."""
        key = (runtime_arn, session_id)
        place = self._places.setdefault(key, _Place())
        place.questions += 1
        self._watch()
        try:
            async with place.lock:
                yield Turn(place, lambda: self._open(runtime_arn, session_id), self)
        finally:
            place.questions -= 1
            if place.questions == 0:
                self._leave(key, place)

    def close_idle(self) -> None:
        """Close what was not used for too long, and forget what the other side has closed."""
        oldest = self._clock() - self._idle_s
        for key, place in list(self._places.items()):
            closed = place.connection is not None and place.connection.state is not State.OPEN
            if place.questions == 0 and (closed or place.idle_since <= oldest):
                self._forget(key, place)

    async def close(self) -> None:
        """Close all sockets, and wait until they are closed."""
        if self._sweeper is not None:
            self._sweeper.cancel()
        for place in self._places.values():
            self.let_go(place)
        await asyncio.gather(*self._closing, return_exceptions=True)

    def let_go(self, place: _Place) -> None:
        """Close the socket of a place in the background."""
        connection, place.connection = place.connection, None
        if connection is not None:
            closing = asyncio.create_task(connection.close())
            self._closing.add(closing)
            closing.add_done_callback(self._closing.discard)

    def _leave(self, key: Key, place: _Place) -> None:
        """Keep the socket for the session's next question; the longest idle goes when there are too many."""
        place.idle_since = self._clock()
        del self._places[key]
        if place.connection is None:
            return
        self._places[key] = place  # at the end: the order of the places is that of their last use
        idle = [(key, place) for key, place in self._places.items() if place.questions == 0]
        for surplus in idle[: -self._idle_max]:
            self._forget(*surplus)

    def _forget(self, key: Key, place: _Place) -> None:
        del self._places[key]
        self.let_go(place)

    def _watch(self) -> None:
        if self._sweeper is None or self._sweeper.done():
            self._sweeper = asyncio.create_task(self._sweep())

    async def _sweep(self) -> None:
        while self._places:
            await asyncio.sleep(self._sweep_s)
            self.close_idle()
