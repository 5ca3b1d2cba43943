"""Health checks: every agent that runs is asked GET /ping every two seconds of the emulator's clock.

When the clock is advanced, nobody waits for the hundreds of pings that AWS would send in that time. Every agent is
asked just before the jump, and what it answers holds for the time jumped over: one that is busy is busy throughout,
one whose `time_of_last_update` moves with every ping keeps on moving it, one that fails keeps on failing. A moving
stamp of whole seconds shows only once its second is over; that second is waited for once in a session.
Source: cadence as users report it, read 2026-11-20 - observed; the time that an answer may take is assumed
"""

import asyncio
import time
from collections.abc import Callable
from typing import Final

from agentcore_emulator.agents.base import Compute
from agentcore_emulator.clock import Clock
from agentcore_emulator.session_health import FAILURES_MAX, NO_ANSWER, Health, News, may_have_moved
from agentcore_emulator.session_table import Session
from agentcore_emulator.timers import Timer, Timers

PING_INTERVAL_S: Final = 2.0
ANSWER_S_MAX: Final = 2.0
AT_ONCE: Final = 16

Hear = Callable[[Session, News], None]


class _Watched:
    """One session whose agent is asked."""

    def __init__(self, session: Session, compute: Compute) -> None:
        self.session = session
        self.moved_before = False
        self._compute = compute
        self._health = Health()

    @property
    def stamp(self) -> float | None:
        return self._health.stamp

    async def ask(self) -> News | None:
        """One ping; None: the agent said nothing that counts.

        An agent that does not answer while an invocation is open may be at work in it: that does not count.
        """
        try:
            async with asyncio.timeout(ANSWER_S_MAX):
                ping = await self._compute.ping()
        except TimeoutError:
            ping = None if self.session.open_invocations else NO_ANSWER
        return None if ping is None else self._health.hear(ping)


class Pings:
    """Asks the agents of all sessions that are watched, and tells `hear` what they say."""

    def __init__(self, clock: Clock, timers: Timers, hear: Hear) -> None:
        self._clock = clock
        self._timers = timers
        self._hear = hear
        self._watched: dict[Session, _Watched] = {}
        self._at_once = asyncio.Semaphore(AT_ONCE)
        self._timer: Timer | None = None
        self._round: asyncio.Task[None] | None = None
        self._jumping = False

    def watch(self, session: Session, compute: Compute) -> None:
        """Begins to ask."""
        if compute.pinged:
            self._watched[session] = _Watched(session, compute)
            self._arm()

    def forget(self, session: Session) -> None:
        """Asks no more."""
        self._watched.pop(session, None)

    async def before_jump(self, seconds: float) -> list[Session]:
        """Asks everyone, and marks those that will not go idle however far the clock jumps: they are returned."""
        self._jumping = True
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        if self._round is not None:
            await asyncio.wait({self._round})
        everyone = list(self._watched.values())
        await asyncio.gather(*(self._examine(watched, seconds) for watched in everyone))
        return [watched.session for watched in everyone if watched.session.held]

    def after_jump(self) -> None:
        """Goes on as before."""
        self._jumping = False
        self._arm()

    async def _examine(self, watched: _Watched, seconds: float) -> None:
        news = await self._ask(watched)
        for n in range(1, FAILURES_MAX):
            if news is News.FAILED and seconds >= n * PING_INTERVAL_S:
                news = await self._ask(watched)
        session = watched.session
        if news in (News.QUIET, News.CHANGED) and session.deadline() <= self._clock.now() + seconds:
            session.held = await self._stamp_moves(watched)

    async def _stamp_moves(self, watched: _Watched) -> bool:
        stamp = watched.stamp
        if stamp is None:
            return False
        if await self._ask(watched) is News.CHANGED:
            return True
        real_now = time.time()
        if not may_have_moved(stamp, real_now):
            return False
        if not watched.moved_before:
            await asyncio.sleep(min(1.0, stamp + 1.0 - real_now) + 0.005)
            watched.moved_before = await self._ask(watched) is News.CHANGED
        return watched.moved_before

    async def _ask(self, watched: _Watched) -> News | None:
        async with self._at_once:
            news = await watched.ask()
        if news is not None and watched.session in self._watched:
            self._hear(watched.session, news)
        return news

    def _arm(self) -> None:
        if self._watched and self._timer is None and self._round is None and not self._jumping:
            self._timer = self._timers.call_at(self._clock.now() + PING_INTERVAL_S, self._begin_round)

    def _begin_round(self) -> None:
        self._timer = None
        self._round = asyncio.create_task(self._ask_all())

    async def _ask_all(self) -> None:
        try:
            await asyncio.gather(*(self._ask(watched) for watched in list(self._watched.values())))
        finally:
            self._round = None
            self._arm()
