"""How long one invocation may take, by the emulator's clock.

An answer that has not begun, or that is no event stream, has 15 minutes from the request on; an event stream has 60.
Source: developer guide, quotas, read 2026-11-20 - documented; what the service answers at the limits is assumed: 424
with the agent's status 504 before the answer has begun, a broken connection afterwards
"""

from math import inf

from agentcore_emulator.clock import Clock
from agentcore_emulator.errors import RuntimeClientError
from agentcore_emulator.exchange import Exchange
from agentcore_emulator.timers import Timer, Timers


class TimeLimit:
    """Cuts one exchange when its time is over; `cancel` when it ended before."""

    __slots__ = ("_began_at", "_exchange", "_stream_s", "_sync_s", "_timer", "_timers")

    def __init__(self, exchange: Exchange, clock: Clock, timers: Timers, sync_s: float, stream_s: float) -> None:
        self._exchange = exchange
        self._timers = timers
        self._began_at = clock.now()
        self._sync_s = sync_s
        self._stream_s = stream_s
        self._timer: Timer | None = None
        self._arm(min(sync_s, stream_s))

    def cancel(self) -> None:
        """The exchange is over."""
        if self._timer is not None:
            self._timer.cancel()

    def _arm(self, limit_s: float) -> None:
        if limit_s < inf:
            self._timer = self._timers.call_at(self._began_at + limit_s, lambda: self._reached(limit_s))

    def _reached(self, passed_s: float) -> None:
        self._timer = None
        if passed_s >= (self._stream_s if self._exchange.streams else self._sync_s):
            self._exchange.cut("emulator", RuntimeClientError.of_status(504))
        else:
            self._arm(max(self._sync_s, self._stream_s))
