"""All sessions there are: who may use one now, and when its time is up.

Takes every moment as an argument and starts nothing: the compute behind a session belongs to `sessions.py`.
"""

from dataclasses import dataclass

from agentcore_emulator.errors import SESSION_BUSY_MESSAGE, ResourceNotFoundException, RetryableConflictException
from agentcore_emulator.model import Lifecycle, SessionKey
from agentcore_emulator.session_health import News
from agentcore_emulator.session_state import SessionState, Trigger, next_state

_USABLE = (SessionState.ACTIVE, SessionState.IDLE)
_CALM = (News.CHANGED, News.QUIET)


@dataclass(slots=True, eq=False)
class Session:
    """One session: its state, its age, and what keeps it from being idle.

    `busy`: its agent says HealthyBusy. `held`: its agent's pings, if they go on as they are, never let it go idle.
    """

    key: SessionKey
    lifecycle: Lifecycle
    created_at: float
    state: SessionState = SessionState.PROVISIONING
    open_invocations: int = 0
    busy: bool = False
    held: bool = False
    quiet_since: float = 0.0

    def meet(self, trigger: Trigger) -> None:
        """Changes the state as the life cycle's table says."""
        self.state = next_state(self.state, trigger)

    @property
    def end_of_life(self) -> float:
        """The moment at which it is stopped, whatever it does."""
        return self.created_at + self.lifecycle.lifetime_s_max

    def deadline(self) -> float:
        """The moment at which this session is to be stopped if nothing happens until then.

        Activity only moves it later, and never beyond the lifetime's end.
        """
        if self.held or self.state is not SessionState.IDLE:
            return self.end_of_life
        return min(self.end_of_life, self.quiet_since + self.lifecycle.idle_timeout_s)


class SessionTable:
    """The sessions that are not stopped, by key."""

    def __init__(self) -> None:
        self._sessions: dict[SessionKey, Session] = {}

    def __len__(self) -> int:
        return len(self._sessions)

    def all(self) -> list[Session]:
        """Every session there is now."""
        return list(self._sessions.values())

    def find(self, key: SessionKey) -> Session | None:
        """The session of that key, if there is one."""
        return self._sessions.get(key)

    def begin(self, key: SessionKey, lifecycle: Lifecycle, now: float) -> Session:
        """A new session, being provisioned."""
        session = Session(key, lifecycle, created_at=now)
        self._sessions[key] = session
        return session

    def usable(self, key: SessionKey) -> Session | None:
        """The running session of that key, or None when a new one has to begin.

        Raises:
            RetryableConflictException: the session is being provisioned or torn down.
                Source: developer guide, HTTP protocol contract, read 2026-11-20 - documented
        """
        session = self._sessions.get(key)
        if session is not None and session.state not in _USABLE:
            raise RetryableConflictException(SESSION_BUSY_MESSAGE)
        return session

    def ready(self, session: Session, now: float) -> None:
        """The session's compute answers; it is idle until work begins."""
        session.meet(Trigger.READY)
        session.quiet_since = now
        session.meet(Trigger.QUIET)

    def enter(self, session: Session) -> None:
        """An invocation begins."""
        session.meet(Trigger.WORK)
        session.open_invocations += 1

    def touch(self, session: Session, now: float) -> None:
        """Something happened that is not work: idle time begins anew."""
        session.quiet_since = now

    def leave(self, session: Session, now: float) -> None:
        """An invocation ended; the last one out leaves the session idle, unless its agent is busy."""
        session.open_invocations -= 1
        _rest(session, now)

    def hear(self, session: Session, news: News, now: float) -> None:
        """What a ping said of the session; failures alone do not move idle time."""
        if news is News.BUSY:
            session.busy = True
            if session.state is SessionState.IDLE:
                session.meet(Trigger.WORK)
        elif session.busy and news in _CALM:
            session.busy = False
            _rest(session, now)
        elif news is News.CHANGED:
            session.quiet_since = now

    def stop(self, key: SessionKey) -> Session:
        """The running session of that key, now stopping.

        Raises:
            ResourceNotFoundException: there is no such session, or it was stopped before.
            RetryableConflictException: the session is being provisioned or torn down.
                Source: developer guide, stop a running session, read 2026-11-20 - documented
        """
        session = self.usable(key)
        if session is None:
            raise ResourceNotFoundException(f"Session {key.session_id} was not found or is already terminated")
        session.meet(Trigger.STOP)
        return session

    def remove(self, session: Session, trigger: Trigger) -> None:
        """The session has ended (`gone`) or never came up (`failed`); it is forgotten."""
        session.meet(trigger)
        if self._sessions.get(session.key) is session:
            del self._sessions[session.key]


def _rest(session: Session, now: float) -> None:
    if session.open_invocations == 0 and not session.busy and session.state is SessionState.ACTIVE:
        session.quiet_since = now
        session.meet(Trigger.QUIET)
