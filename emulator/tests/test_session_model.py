"""The session table against a model that only remembers what happened, with limits of a few ticks.

Long behaviours are one rule (`busy_for`): single steps would hardly ever reach the end of a lifetime.
"""

from dataclasses import dataclass

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from agentcore_emulator.errors import ResourceNotFoundException, RetryableConflictException
from agentcore_emulator.model import Lifecycle, SessionKey
from agentcore_emulator.session_health import News
from agentcore_emulator.session_state import SessionState, Trigger
from agentcore_emulator.session_table import Session, SessionTable

IDLE, LIFE = 3, 8
LIFECYCLE = Lifecycle(idle_timeout_s=IDLE, lifetime_s_max=LIFE)
KEYS = [SessionKey("runtime-0123456789", "DEFAULT", letter * 33) for letter in "ab"]
keys = st.sampled_from(KEYS)


@dataclass
class Remembered:
    """What happened to one session, in ticks."""

    born: int
    last_work: int
    starting: bool = True
    stopping: bool = False
    open: int = 0
    busy: bool = False

    def ends_at(self) -> int:
        """When it is to be stopped: at the end of its life, or when it was quiet for long enough."""
        end = self.born + LIFE
        return end if self.starting or self.stopping or self.open or self.busy else min(end, self.last_work + IDLE)


class SessionLife(RuleBasedStateMachine):
    """Everything that can happen to two sessions, in any order."""

    def __init__(self) -> None:
        super().__init__()
        self.now = 0
        self.table = SessionTable()
        self.model: dict[SessionKey, Remembered] = {}

    def session(self, key: SessionKey) -> Session:
        session = self.table.find(key)
        assert session is not None
        return session

    @rule(key=keys)
    def invoke(self, key: SessionKey) -> None:
        """An invocation comes: it begins a session, enters it, or is told to retry."""
        known = self.model.get(key)
        try:
            session = self.table.usable(key)
        except RetryableConflictException:
            assert known is not None
            assert known.starting or known.stopping
            return
        assert (session is None) is (known is None)
        if session is None:
            self.table.begin(key, LIFECYCLE, self.now)
            self.model[key] = Remembered(born=self.now, last_work=self.now)
        else:
            assert known is not None
            self.table.enter(session)
            known.open += 1

    @rule(key=keys)
    def come_up(self, key: SessionKey) -> None:
        """The compute of a starting session answers."""
        known = self.model.get(key)
        if known is not None and known.starting and not known.stopping:
            self.table.ready(self.session(key), self.now)
            known.starting, known.last_work = False, self.now

    @rule(key=keys)
    def finish(self, key: SessionKey) -> None:
        """An open invocation ends."""
        known = self.model.get(key)
        if known is not None and known.open:
            self.table.leave(self.session(key), self.now)
            known.open -= 1
            if not known.open and not known.busy and not known.stopping:
                known.last_work = self.now

    @rule(key=keys, news=st.sampled_from([News.BUSY, News.QUIET, News.CHANGED, News.FAILED]))
    def ping(self, key: SessionKey, news: News) -> None:
        """The agent of a running session answers a health check."""
        known = self.model.get(key)
        if known is None or known.starting or known.stopping:
            return
        self.table.hear(self.session(key), news, self.now)
        was_busy, changes = known.busy, news in (News.QUIET, News.CHANGED)
        known.busy = news is News.BUSY or (was_busy and not changes)
        if not known.open and (news is News.CHANGED or (was_busy and changes)):
            known.last_work = self.now

    @rule(key=keys)
    def stop(self, key: SessionKey) -> None:
        """A caller stops it."""
        known = self.model.get(key)
        try:
            self.table.stop(key)
        except RetryableConflictException:
            assert known is not None
            assert known.starting or known.stopping
        except ResourceNotFoundException:
            assert known is None
        else:
            assert known is not None
            known.stopping = True

    @rule(key=keys)
    def vanish(self, key: SessionKey) -> None:
        """The compute of a session ends, asked to or not."""
        known = self.model.pop(key, None)
        if known is not None:
            failed = known.starting and not known.stopping
            self.table.remove(self.session(key), Trigger.FAILED if failed else Trigger.GONE)

    @rule(ticks=st.integers(1, IDLE + 1))
    def pass_time(self, ticks: int) -> None:
        """Time goes on; sessions whose time is up begin to stop."""
        for _ in range(ticks):
            self.now += 1
            for key, known in self.model.items():
                session = self.session(key)
                if not known.starting and not known.stopping and session.deadline() <= self.now:
                    assert known.ends_at() <= self.now
                    session.meet(Trigger.STOP)
                    known.stopping = True

    @rule(key=keys, news=st.permutations([News.BUSY, News.QUIET, News.CHANGED, News.BUSY, News.FAILED]))
    def work_and_pings(self, key: SessionKey, news: list[News]) -> None:
        """A session that runs, an invocation in it, and pings before, in and after it."""
        self.invoke(key)
        self.come_up(key)
        for told in news:
            self.ping(key, told)
            self.the_table_knows_what_happened()
            self.invoke(key)
            self.finish(key)
            self.the_table_knows_what_happened()

    @rule(key=keys, gaps=st.lists(st.integers(0, IDLE - 1), min_size=3, max_size=8))
    def busy_for(self, key: SessionKey, gaps: list[int]) -> None:
        """Invocations that come again and again, none long enough after the last for the session to go idle."""
        for gap in gaps:
            self.invoke(key)
            self.come_up(key)
            self.finish(key)
            if gap:
                self.pass_time(gap)

    @invariant()
    def the_table_knows_what_happened(self) -> None:
        """Same sessions, same states, same ends."""
        assert {session.key for session in self.table.all()} == set(self.model)
        for key, known in self.model.items():
            session = self.session(key)
            assert session.state is expected_state(known)
            if not known.stopping and not known.starting:
                assert session.deadline() == known.ends_at()


def expected_state(known: Remembered) -> SessionState:
    """Where a session stands by what is remembered of it."""
    if known.stopping:
        return SessionState.STOPPING
    if known.starting:
        return SessionState.PROVISIONING
    return SessionState.ACTIVE if known.open or known.busy else SessionState.IDLE


TestSessionLife = SessionLife.TestCase
TestSessionLife.settings = settings(max_examples=100, stateful_step_count=30, deadline=None)
