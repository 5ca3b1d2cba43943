"""How long one invocation may take, by the emulator's clock.

An answer that has not begun, or that is no event stream, has 15 minutes from the request on; an event stream has 60.
Source: developer guide, quotas, read 2026-11-20 - documented; what the service answers at the limits is assumed: 424
with the agent's status 504 before the answer has begun, a broken connection afterwards
"""

from math import inf

from agentcore_emulator.clock import Clock
from agentcore_emulator.errors import RuntimeClientError
from agentcore_emulator.exchange import Exchange
from agentcore_emulator.quotas import QuotaKeeper
from agentcore_emulator.timers import Timer, Timers


class TimeLimits:
    """Cuts the exchanges whose time is over: one timer for all of them, so that most never touch it."""

    def __init__(self, clock: Clock, timers: Timers, quotas: QuotaKeeper) -> None:
        self._clock = clock
        self._timers = timers
        self._quotas = quotas
        self._open: dict[Exchange, float] = {}
        self._timer: Timer | None = None

    def begin(self, exchange: Exchange) -> None:
        """The time of `exchange` begins."""
        now = self._open[exchange] = self._clock.now()
        self._look_at(now + min(self._quotas.sync_timeout_s, self._quotas.stream_duration_s))

    def end(self, exchange: Exchange) -> None:
        """`exchange` is over."""
        del self._open[exchange]

    def _look_at(self, moment: float) -> None:
        if moment == inf or (self._timer is not None and self._timer.deadline <= moment):
            return
        if self._timer is not None:
            self._timer.cancel()
        self._timer = self._timers.call_at(moment, lambda: self._look(moment))

    def _look(self, moment: float) -> None:
        self._timer = None
        quotas = self._quotas
        for exchange, began_at in self._open.items():
            if began_at + (quotas.stream_duration_s if exchange.streams else quotas.sync_timeout_s) <= moment:
                exchange.cut("emulator", RuntimeClientError.of_status(504))
                continue
            ends = (began_at + quotas.sync_timeout_s, began_at + quotas.stream_duration_s)
            self._look_at(min(end for end in (*ends, inf) if end > moment))
