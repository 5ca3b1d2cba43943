"""The life cycle of sessions, without anything that runs."""

import pytest

from agentcore_emulator.errors import ResourceNotFoundException, RetryableConflictException
from agentcore_emulator.model import Lifecycle, SessionKey
from agentcore_emulator.session_state import TRANSITIONS, IllegalTransitionError, SessionState, Trigger, next_state
from agentcore_emulator.session_table import Session, SessionTable

KEY = SessionKey("travel-0123456789", "DEFAULT", "s" * 33)
LIFECYCLE = Lifecycle(idle_timeout_s=900, lifetime_s_max=28_800)


def running(table: SessionTable) -> Session:
    """A session that came up at second 10."""
    session = table.begin(KEY, LIFECYCLE, now=0)
    table.ready(session, now=10)
    return session


@pytest.mark.parametrize("state", SessionState)
@pytest.mark.parametrize("trigger", Trigger)
def test_what_the_table_does_not_name_cannot_happen(state: SessionState, trigger: Trigger) -> None:
    """Each pair gives the state of the table or an error."""
    if trigger in TRANSITIONS[state]:
        assert next_state(state, trigger) is TRANSITIONS[state][trigger]
    else:
        with pytest.raises(IllegalTransitionError):
            next_state(state, trigger)


def test_every_state_but_stopped_can_end() -> None:
    """From each state there is a way to stopped, and none out of it."""
    assert TRANSITIONS[SessionState.STOPPED] == {}
    for state in set(SessionState) - {SessionState.STOPPED}:
        assert set(TRANSITIONS[state].values()) & {SessionState.STOPPED, SessionState.STOPPING}


def test_a_session_being_provisioned_refuses_others() -> None:
    """The second caller is told to retry."""
    table = SessionTable()
    table.begin(KEY, LIFECYCLE, now=0)

    with pytest.raises(RetryableConflictException):
        table.usable(KEY)


def test_a_session_being_stopped_refuses_others() -> None:
    """A second stop and an invocation are told to retry."""
    table = SessionTable()
    running(table)
    table.stop(KEY)

    with pytest.raises(RetryableConflictException):
        table.stop(KEY)


def test_an_unknown_session_cannot_be_stopped() -> None:
    """There is nothing to stop before the first invocation."""
    with pytest.raises(ResourceNotFoundException):
        SessionTable().stop(KEY)


def test_a_stopped_session_is_forgotten() -> None:
    """Its id may be used again, and begins anew."""
    table = SessionTable()
    table.remove(table.stop(running(table).key), Trigger.GONE)

    assert table.usable(KEY) is None
    assert len(table) == 0


def test_idle_time_counts_from_the_last_invocation_s_end() -> None:
    """Two overlapping invocations: the later end counts."""
    table = SessionTable()
    session = running(table)
    table.enter(session)
    table.enter(session)
    table.leave(session, now=100)
    states = [session.state]
    table.leave(session, now=200)
    states.append(session.state)

    assert states == [SessionState.ACTIVE, SessionState.IDLE]
    assert session.deadline() == 1100


def test_a_busy_session_lives_to_its_lifetime_s_end_and_no_longer() -> None:
    """Activity does not move the end of life, idleness does not pass it."""
    table = SessionTable()
    session = running(table)
    table.enter(session)
    assert session.deadline() == 28_800
    table.leave(session, now=28_500)

    assert session.deadline() == 28_800
