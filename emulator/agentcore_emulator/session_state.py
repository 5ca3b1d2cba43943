"""The life cycle of a session, in one table.

    provisioning ──ready──▶ active ◀──work── idle
         │                    │ ╰──quiet──▶   │
       failed                stop            stop
         ▼                    ▼               │
      stopped ◀──gone────  stopping ◀─────────╯

Two rules: a session changes its state only through `next_state`, and what the table does not name cannot happen.
A stopped session is forgotten; its id may be used again and then begins a new one.
Source: Amazon Bedrock AgentCore developer guide, use isolated sessions, read 2026-11-20 - documented
"""

from enum import StrEnum
from typing import Final


class SessionState(StrEnum):
    """Where a session stands."""

    PROVISIONING = "provisioning"
    ACTIVE = "active"
    IDLE = "idle"
    STOPPING = "stopping"
    STOPPED = "stopped"


class Trigger(StrEnum):
    """What happens to a session."""

    READY = "ready"  # its compute answers
    FAILED = "failed"  # its compute did not come up
    WORK = "work"  # an invocation begins, or the agent says that it is busy
    QUIET = "quiet"  # no invocation is open, and the agent is not busy
    STOP = "stop"  # asked for by a caller, a limit, failing health checks or the end of the emulator
    GONE = "gone"  # its compute is no more


TRANSITIONS: Final[dict[SessionState, dict[Trigger, SessionState]]] = {
    SessionState.PROVISIONING: {
        Trigger.READY: SessionState.ACTIVE,
        Trigger.FAILED: SessionState.STOPPED,
        Trigger.STOP: SessionState.STOPPING,
    },
    SessionState.ACTIVE: {
        Trigger.WORK: SessionState.ACTIVE,
        Trigger.QUIET: SessionState.IDLE,
        Trigger.STOP: SessionState.STOPPING,
        Trigger.GONE: SessionState.STOPPED,
    },
    SessionState.IDLE: {
        Trigger.WORK: SessionState.ACTIVE,
        Trigger.STOP: SessionState.STOPPING,
        Trigger.GONE: SessionState.STOPPED,
    },
    SessionState.STOPPING: {Trigger.GONE: SessionState.STOPPED},
    SessionState.STOPPED: {},
}


class IllegalTransitionError(Exception):
    """A trigger that the table does not allow in this state: a defect of the emulator."""


def next_state(state: SessionState, trigger: Trigger) -> SessionState:
    """The state after `trigger`.

    Raises:
        IllegalTransitionError: the table has no such transition.
    """
    try:
        return TRANSITIONS[state][trigger]
    except KeyError:
        raise IllegalTransitionError(f"a session that is {state} cannot meet '{trigger}'") from None
