"""Waiting by the emulator's clock: an operator who advances the clock ends the waits that are due."""

import asyncio
from collections.abc import Callable

from agentcore_emulator.clock import Clock


class Timer:
    """One callback at one moment of the clock; `cancel` when it is no longer wanted."""

    __slots__ = ("_callback", "_handle", "_timers", "deadline")

    def __init__(self, timers: "Timers", deadline: float, callback: Callable[[], None]) -> None:
        self.deadline = deadline
        self._timers = timers
        self._callback = callback
        self._handle: asyncio.TimerHandle | None = None

    def cancel(self) -> None:
        """The callback will not come any more."""
        self._timers.forget(self)
        self.disarm()

    def arm(self, loop: asyncio.AbstractEventLoop, delay_s: float) -> None:
        """Asks the loop for a call after `delay_s` real seconds, in place of what was asked before."""
        self.disarm()
        self._handle = loop.call_later(max(0.0, delay_s), self._fire)

    def disarm(self) -> None:
        """Takes back what was asked of the loop."""
        if self._handle is not None:
            self._handle.cancel()
            self._handle = None

    def _fire(self) -> None:
        self._timers.forget(self)
        self._callback()


class Timers:
    """All waits of one event loop; made inside that loop."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._loop = asyncio.get_running_loop()
        self._pending: set[Timer] = set()
        clock.on_advance(self._rearm_all)

    def call_at(self, deadline: float, callback: Callable[[], None]) -> Timer:
        """Calls `callback` when the clock reads `deadline`."""
        timer = Timer(self, deadline, callback)
        self._pending.add(timer)
        timer.arm(self._loop, deadline - self._clock.now())
        return timer

    async def sleep_until(self, deadline: float) -> None:
        """Returns when the clock reads `deadline`."""
        reached = self._loop.create_future()

        def reach() -> None:
            if not reached.done():
                reached.set_result(None)

        timer = self.call_at(deadline, reach)
        try:
            await reached
        finally:
            timer.cancel()

    def forget(self, timer: Timer) -> None:
        """That timer has fired or is not wanted."""
        self._pending.discard(timer)

    def _rearm_all(self) -> None:
        now = self._clock.now()
        for timer in self._pending:
            timer.arm(self._loop, timer.deadline - now)
