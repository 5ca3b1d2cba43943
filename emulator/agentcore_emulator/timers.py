"""Waiting by the emulator's clock: an operator who advances the clock ends the waits that are due.

One heap holds every wait, and the event loop is asked for one call only: the next one. An advance in steps
(`Timers.advance`) goes from deadline to deadline, so that what happens in those minutes happens in its order.
"""

import asyncio
import heapq
import itertools
import logging
from collections.abc import Callable
from typing import TypeAlias

from agentcore_emulator.clock import Clock

EARLY_S = 0.0005
COMPACT_FROM = 256
SETTLE_TURNS = 4

log = logging.getLogger("agentcore_emulator.timers")

Callback: TypeAlias = Callable[[], None]


class Timer:
    """One callback at one moment of the clock; `cancel` when it is no longer wanted."""

    __slots__ = ("callback", "deadline", "timers")

    def __init__(self, timers: "Timers", deadline: float, callback: Callback) -> None:
        self.deadline = deadline
        self.timers = timers
        self.callback: Callback | None = callback

    def cancel(self) -> None:
        """The callback will not come any more."""
        if self.callback is not None:
            self.callback = None
            self.timers.note_cancelled()


class Timers:
    """All waits of one event loop; made inside that loop."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._loop = asyncio.get_running_loop()
        self._heap: list[tuple[float, int, Timer]] = []
        self._cancelled = 0
        self._numbers = itertools.count()
        self._handle: asyncio.TimerHandle | None = None
        clock.on_advance(self._arm)

    def now(self) -> float:
        """What the clock reads."""
        return self._clock.now()

    def call_at(self, deadline: float, callback: Callback) -> Timer:
        """Calls `callback` when the clock reads `deadline`."""
        timer = Timer(self, deadline, callback)
        heapq.heappush(self._heap, (deadline, next(self._numbers), timer))
        if self._heap[0][2] is timer:
            self._arm()
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

    async def advance(self, seconds: float) -> None:
        """Moves the clock forward, from one deadline to the next; what became due has been called on return.

        Between two deadlines the tasks that woke get a few turns, so that what they wait for next counts from then.
        """
        target = self._clock.now() + seconds
        while self._drop_cancelled() and self._heap[0][0] <= target:
            self._clock.advance(max(0.0, self._heap[0][0] - self._clock.now()))
            self._run_due()
            await _settle()
        self._clock.advance(max(0.0, target - self._clock.now()))
        await _settle()

    def note_cancelled(self) -> None:
        """A timer in the heap is not wanted any more; when most are such, they are swept out."""
        self._cancelled += 1
        if self._cancelled > COMPACT_FROM and self._cancelled * 2 > len(self._heap):
            self._heap = [entry for entry in self._heap if entry[2].callback is not None]
            heapq.heapify(self._heap)
            self._cancelled = 0

    def _drop_cancelled(self) -> bool:
        """Whether a wanted timer is left, which then is the first of the heap."""
        heap = self._heap
        while heap and heap[0][2].callback is None:
            heapq.heappop(heap)
            self._cancelled -= 1
        return bool(heap)

    def _arm(self) -> None:
        if self._handle is not None:
            self._handle.cancel()
            self._handle = None
        if self._drop_cancelled():
            delay_s = max(0.0, self._heap[0][0] - self._clock.now())
            self._handle = self._loop.call_later(delay_s, self._run_due)

    def _run_due(self) -> None:
        """Calls what is due, in the order of deadlines; what is added meanwhile waits for the next turn."""
        now = self._clock.now() + EARLY_S
        due: list[Timer] = []
        while self._drop_cancelled() and self._heap[0][0] <= now:
            due.append(heapq.heappop(self._heap)[2])
        for timer in due:
            callback, timer.callback = timer.callback, None
            if callback is not None:
                _call(callback)
        self._arm()


def _call(callback: Callback) -> None:
    try:
        callback()
    except Exception:
        log.exception("a timer's callback failed")


async def _settle() -> None:
    for _ in range(SETTLE_TURNS):
        await asyncio.sleep(0)
