"""Sessions and the compute behind them: provisioning, answering, stopping, and running out of time."""

import asyncio
from dataclasses import dataclass, field

from agentcore_emulator.agents.base import Agent, Compute
from agentcore_emulator.clock import Clock
from agentcore_emulator.errors import SESSION_BUSY_MESSAGE, RetryableConflictException
from agentcore_emulator.exchange import Exchange
from agentcore_emulator.model import Lifecycle, SessionKey
from agentcore_emulator.session_state import SessionState, Trigger
from agentcore_emulator.session_table import Session, SessionTable
from agentcore_emulator.timers import Timer, Timers


@dataclass(slots=True)
class _Running:
    """What belongs to a session until it is forgotten."""

    compute: Compute | None = None
    timer: Timer | None = None
    exchanges: set[Exchange] = field(default_factory=set)
    ended: asyncio.Event = field(default_factory=asyncio.Event)


class Sessions:
    """All sessions of the emulator: the table decides, this carries out."""

    def __init__(self, clock: Clock, timers: Timers, lifecycle: Lifecycle) -> None:
        self._clock = clock
        self._timers = timers
        self._lifecycle = lifecycle
        self._table = SessionTable()
        self._running: dict[Session, _Running] = {}
        self._endings: set[asyncio.Task[None]] = set()

    def __len__(self) -> int:
        return len(self._table)

    async def answer(self, key: SessionKey, agent: Agent, exchange: Exchange) -> None:
        """Lets the session of that key answer `exchange`, on new compute if there is none.

        Raises:
            RetryableConflictException: the session is being provisioned or torn down.
            ServiceError, AgentGoneError: as `Compute.answer`, or the compute did not come up.
        """
        session = self._table.usable(key)
        if session is None:
            session = await self._provision(key, agent, exchange)
        running = self._running[session]
        if running.compute is None:
            raise RetryableConflictException(SESSION_BUSY_MESSAGE)
        self._table.enter(session)
        running.exchanges.add(exchange)
        try:
            await running.compute.answer(exchange)
        finally:
            running.exchanges.discard(exchange)
            self._table.leave(session, self._clock.now())
            self._watch_time(session)

    async def stop(self, key: SessionKey) -> None:
        """Stops one session: its streams are cut, its compute ends; returns when it is gone.

        Raises:
            ResourceNotFoundException, RetryableConflictException: as `SessionTable.stop`.
        """
        await self._end(self._table.stop(key))

    async def stop_all(self) -> None:
        """Stops every session there is, also those that are just beginning."""
        waiting = [running.ended.wait() for running in self._running.values()]
        for session in self._table.all():
            if session.state is not SessionState.STOPPING:
                self._stop_soon(session)
        await asyncio.gather(*waiting)

    async def _provision(self, key: SessionKey, agent: Agent, exchange: Exchange) -> Session:
        session = self._table.begin(key, self._lifecycle, self._clock.now())
        running = self._running[session] = _Running(exchanges={exchange})
        try:
            compute = await agent.provision(key.session_id, lambda: self._forget(session, Trigger.GONE))
        except BaseException:
            self._forget(session, Trigger.GONE if _is_stopping(session) else Trigger.FAILED)
            raise
        if _is_stopping(session):
            await compute.stop()
            self._forget(session, Trigger.GONE)
            raise RetryableConflictException(SESSION_BUSY_MESSAGE)
        running.compute = compute
        self._table.ready(session, self._clock.now())
        return session

    async def _end(self, session: Session) -> None:
        running = self._running[session]
        for exchange in list(running.exchanges):
            exchange.cut("emulator")
        if running.compute is None:
            await running.ended.wait()
            return
        try:
            await running.compute.stop()
        finally:
            self._forget(session, Trigger.GONE)

    def _forget(self, session: Session, trigger: Trigger) -> None:
        running = self._running.pop(session, None)
        if running is None:
            return
        self._table.remove(session, trigger)
        if running.timer is not None:
            running.timer.cancel()
        running.ended.set()

    def _stop_soon(self, session: Session) -> None:
        session.meet(Trigger.STOP)
        ending = asyncio.create_task(self._end(session))
        self._endings.add(ending)
        ending.add_done_callback(self._endings.discard)

    def _watch_time(self, session: Session) -> None:
        """Keeps one timer for each session, at its deadline or before it."""
        running = self._running.get(session)
        if running is None or session.state is SessionState.STOPPING:
            return
        deadline = session.deadline()
        if running.timer is not None:
            if running.timer.deadline <= deadline:
                return
            running.timer.cancel()
        running.timer = self._timers.call_at(deadline, lambda: self._time_is_up(session))

    def _time_is_up(self, session: Session) -> None:
        running = self._running[session]
        running.timer = None
        if session.deadline() <= self._clock.now():
            self._stop_soon(session)
        else:
            self._watch_time(session)


def _is_stopping(session: Session) -> bool:
    return session.state is SessionState.STOPPING
