"""Hangs up on clients that begin a request and do not go on with it.

Looks at every connection four times within the limit, by the emulator's clock; a connection itself does nothing for
it but count. Who sends nothing because we do not read is not waited for.
"""

from collections.abc import Collection
from typing import Protocol, cast

from agentcore_emulator.timers import Timers

LOOKS_PER_LIMIT = 4


class Awaiting(Protocol):
    """A connection, as far as waiting for its client goes."""

    def awaited(self) -> object:
        """What the client owes us, or None; equal to the last answer when nothing has come since."""

    def give_up(self) -> None:
        """The client has had its time."""


class Patience:
    """Gives up on each of `connections` that owes the same for `limit_s`."""

    def __init__(self, connections: Collection[object], timers: Timers, limit_s: float) -> None:
        self._connections = connections
        self._timers = timers
        self._limit_s = limit_s
        self._owing: dict[Awaiting, tuple[object, float]] = {}

    def look(self) -> None:
        """Looks at all connections, now and from now on."""
        now = self._timers.now()
        owing: dict[Awaiting, tuple[object, float]] = {}
        for connection in cast("list[Awaiting]", list(self._connections)):
            awaited = connection.awaited()
            if awaited is None:
                continue
            before, since = self._owing.get(connection, (None, now))
            if awaited != before:
                since = now
            if now - since >= self._limit_s:
                connection.give_up()
            else:
                owing[connection] = (awaited, since)
        self._owing = owing
        self._timers.call_at(now + self._limit_s / LOOKS_PER_LIMIT, self.look)
