"""Sessions and the compute behind them: provisioning, answering, stopping, and running out of time."""

import asyncio
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Protocol

from agentcore_emulator.agents.base import Agent, Compute, SessionSpec
from agentcore_emulator.clock import Clock, check_advance
from agentcore_emulator.errors import SESSION_BUSY_MESSAGE, RetryableConflictException
from agentcore_emulator.exchange import AgentGoneError, Exchange
from agentcore_emulator.journal import Closer
from agentcore_emulator.model import Deployment, SessionKey
from agentcore_emulator.quotas import QuotaKeeper
from agentcore_emulator.session_health import News
from agentcore_emulator.session_pings import Pings
from agentcore_emulator.session_state import SessionState, Trigger
from agentcore_emulator.session_table import Session, SessionTable
from agentcore_emulator.timers import Timer, Timers


class Work(Protocol):
    """Something that goes on in a session and ends with it."""

    def cut(self, by: Closer) -> None:
        """Ends it at once."""


class _Use:
    """Work that is a piece of a task: cutting it cancels that task."""

    def __init__(self) -> None:
        self.cut_off = False
        self._task = asyncio.current_task()

    def cut(self, by: Closer) -> None:  # noqa: ARG002 - the protocol's name
        """Ends it at once."""
        if not self.cut_off and self._task is not None:
            self.cut_off = True
            self._task.cancel()

    def settle(self) -> bool:
        """Whether it was cut; the task may then go on."""
        if self.cut_off and self._task is not None:
            self._task.uncancel()
        return self.cut_off


@dataclass(slots=True)
class _Running:
    """What belongs to a session until it is forgotten."""

    compute: Compute | None = None
    timer: Timer | None = None
    work: set[Work] = field(default_factory=set)
    attached: set[Work] = field(default_factory=set)
    ended: asyncio.Event = field(default_factory=asyncio.Event)


@dataclass(frozen=True, slots=True)
class Attachment:
    """What goes on in a session without being activity by itself, such as an open socket: it is cut with the session.

    `touch` begins idle time anew; `detach` says that it is over.
    """

    compute: Compute
    touch: Callable[[], None]
    detach: Callable[[], None]


class Sessions:
    """All sessions of the emulator: the table decides, this carries out."""

    def __init__(
        self, clock: Clock, timers: Timers, quotas: QuotaKeeper, agent_of: Callable[[Deployment], Agent]
    ) -> None:
        self._clock = clock
        self._timers = timers
        self._quotas = quotas
        self._agent_of = agent_of
        self._table = SessionTable()
        self._running: dict[Session, _Running] = {}
        self._endings: set[asyncio.Task[None]] = set()
        self._pings = Pings(clock, timers, self._hear)
        self._jump = asyncio.Lock()

    def __len__(self) -> int:
        return len(self._table)

    async def answer(self, key: SessionKey, deployment: Deployment, exchange: Exchange) -> None:
        """Lets the session of that key answer `exchange`, on new compute if there is none.

        Raises:
            RetryableConflictException: the session is being provisioned or torn down.
            ServiceError, AgentGoneError: as `Compute.answer`, or the compute did not come up.
        """
        session, compute = await self._enter(key, deployment, exchange)
        try:
            await compute.answer(exchange)
        finally:
            self._leave(session, exchange)

    @asynccontextmanager
    async def with_compute(self, key: SessionKey, deployment: Deployment) -> AsyncGenerator[Compute]:
        """The compute of the session of that key, new if there is none; being inside counts as activity.

        Raises:
            RetryableConflictException: the session is being provisioned or torn down.
            ServiceError: the compute did not come up.
            AgentGoneError: the session ended while the block ran; the block was cancelled.
        """
        use = _Use()
        try:
            session, compute = await self._enter(key, deployment, use)
            try:
                yield compute
            finally:
                self._leave(session, use)
        except asyncio.CancelledError:
            if use.settle():
                raise AgentGoneError("the session was stopped") from None
            raise

    async def attach(self, key: SessionKey, deployment: Deployment, work: Work) -> Attachment:
        """Joins `work` to the session of that key, new if there is none, until it detaches or the session ends.

        Raises:
            RetryableConflictException: the session is being provisioned or torn down.
            ServiceError: the compute did not come up.
        """
        session, compute = await self._enter(key, deployment, work)
        attached = self._running[session].attached
        attached.add(work)
        self._leave(session, work)
        return Attachment(
            compute, lambda: self._table.touch(session, self._clock.now()), lambda: attached.discard(work)
        )

    async def stop(self, key: SessionKey) -> None:
        """Stops one session: its streams are cut, its compute ends; returns when it is gone.

        Raises:
            ResourceNotFoundException, RetryableConflictException: as `SessionTable.stop`.
        """
        await self._end(self._table.stop(key))

    async def stop_all(self) -> None:
        """Stops every session there is, also those that are just beginning."""
        ended = self._stop_those(lambda _: True)
        await asyncio.gather(*(event.wait() for event in ended))

    def end_of(self, runtime_id: str, qualifier: str | None = None) -> None:
        """Begins to stop every session of a runtime, or of one qualifier of it: it is being deleted."""
        self._stop_those(lambda key: key.runtime_id == runtime_id and qualifier in (None, key.qualifier))

    async def advance(self, seconds: float) -> None:
        """Moves the clock forward; on return everything that became due has been carried out.

        Raises:
            ValueError: as `Clock.advance`.
        """
        check_advance(seconds)
        async with self._jump:
            held = await self._pings.before_jump(seconds)
            await self._timers.advance(seconds)
            now = self._clock.now()
            for session in held:
                session.held = False
                session.quiet_since = now
                self._watch_time(session)
            self._pings.after_jump()
            if self._endings:
                await asyncio.wait(set(self._endings))

    def _stop_those(self, meant: Callable[[SessionKey], bool]) -> list[asyncio.Event]:
        """Begins to stop the sessions that are meant; the events tell when each is gone."""
        ended = []
        for session in self._table.all():
            if meant(session.key):
                ended.append(self._running[session].ended)
                if session.state is not SessionState.STOPPING:
                    self._stop_soon(session)
        return ended

    async def _enter(self, key: SessionKey, deployment: Deployment, work: Work) -> tuple[Session, Compute]:
        session = self._table.usable(key)
        if session is None:
            session = await self._provision(SessionSpec(key.session_id, deployment), key, work)
        running = self._running[session]
        if running.compute is None:
            raise RetryableConflictException(SESSION_BUSY_MESSAGE)
        self._table.enter(session)
        running.work.add(work)
        return session, running.compute

    def _leave(self, session: Session, work: Work) -> None:
        self._table.leave(session, self._clock.now())
        running = self._running.get(session)
        if running is not None:
            running.work.discard(work)
        self._watch_time(session)

    async def _provision(self, spec: SessionSpec, key: SessionKey, work: Work) -> Session:
        self._quotas.admit_new_session(len(self._table))
        session = self._table.begin(key, spec.deployment.lifecycle, self._clock.now())
        running = self._running[session] = _Running(work={work})
        try:
            agent = self._agent_of(spec.deployment)
            compute = await agent.provision(spec, lambda: self._forget(session, Trigger.GONE))
        except BaseException:
            self._forget(session, Trigger.GONE if _is_stopping(session) else Trigger.FAILED)
            raise
        if _is_stopping(session):
            await compute.stop()
            self._forget(session, Trigger.GONE)
            raise RetryableConflictException(SESSION_BUSY_MESSAGE)
        running.compute = compute
        self._table.ready(session, self._clock.now())
        self._pings.watch(session, compute)
        return session

    def _hear(self, session: Session, news: News) -> None:
        if _is_stopping(session):
            return
        self._table.hear(session, news, self._clock.now())
        if news is News.DEAD:
            self._stop_soon(session)
        else:
            self._watch_time(session)

    async def _end(self, session: Session) -> None:
        self._pings.forget(session)
        running = self._running[session]
        for work in (*running.work, *running.attached):
            work.cut("emulator")
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
        self._pings.forget(session)
        self._table.remove(session, trigger)
        if running.timer is not None:
            running.timer.cancel()
        for work in tuple(running.attached):
            work.cut("agent")
        running.ended.set()

    def _stop_soon(self, session: Session) -> None:
        session.meet(Trigger.STOP)
        ending = asyncio.create_task(self._end(session))
        self._endings.add(ending)
        ending.add_done_callback(self._endings.discard)

    def _watch_time(self, session: Session) -> None:
        """Keeps one timer for each session, at its deadline or before it."""
        running = self._running.get(session)
        if running is None or _is_stopping(session):
            return
        deadline = session.deadline()
        if running.timer is not None:
            if running.timer.deadline <= deadline:
                return
            running.timer.cancel()
        running.timer = self._timers.call_at(deadline, lambda: self._time_is_up(session, deadline))

    def _time_is_up(self, session: Session, reached: float) -> None:
        self._running[session].timer = None
        if session.deadline() <= reached:
            self._stop_soon(session)
        else:
            self._watch_time(session)


def _is_stopping(session: Session) -> bool:
    return session.state is SessionState.STOPPING
