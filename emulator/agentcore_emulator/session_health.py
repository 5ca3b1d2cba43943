"""What an agent's answers to GET /ping mean for its session.

    HealthyBusy                      the session is active, as if an invocation were open
    Healthy, nothing changed         the session may be idle
    Healthy, something changed       idle time begins anew: the status, or `time_of_last_update`
    anything else, three in a row    the session is stopped

A `time_of_last_update` that moves with every ping therefore keeps a session until its lifetime ends.
Takes answers, not connections. Source: Amazon Bedrock AgentCore developer guide, HTTP protocol contract, read
2026-11-20 - documented; that the third failure in a row stops the session, and that an answer of 200 without a
known status counts as Healthy, is assumed.
"""

import json
from dataclasses import dataclass
from enum import Enum, auto
from typing import Final

FAILURES_MAX: Final = 3


@dataclass(frozen=True, slots=True)
class Ping:
    """One answer to GET /ping, or that there was none."""

    healthy: bool
    busy: bool = False
    stamp: float | None = None


NO_ANSWER: Final = Ping(healthy=False)


def read_ping(status: int, body: bytes) -> Ping:
    """What an answer to GET /ping says."""
    if status != 200:
        return NO_ANSWER
    try:
        told = json.loads(body)
    except ValueError:
        return Ping(healthy=True)
    if not isinstance(told, dict):
        return Ping(healthy=True)
    return Ping(healthy=True, busy=told.get("status") == "HealthyBusy", stamp=_stamp(told.get("time_of_last_update")))


def _stamp(value: object) -> float | None:
    return float(value) if isinstance(value, int | float) and not isinstance(value, bool) else None


class News(Enum):
    """What a ping means for the session."""

    BUSY = auto()
    CHANGED = auto()
    QUIET = auto()
    FAILED = auto()
    DEAD = auto()


class Health:
    """The pings of one session, heard one after the other."""

    def __init__(self) -> None:
        self._last: Ping | None = None
        self._failures = 0

    @property
    def stamp(self) -> float | None:
        """The latest `time_of_last_update`."""
        return None if self._last is None else self._last.stamp

    def hear(self, ping: Ping) -> News:
        """Takes the next answer."""
        if not ping.healthy:
            self._failures += 1
            return News.DEAD if self._failures >= FAILURES_MAX else News.FAILED
        self._failures = 0
        last, self._last = self._last, ping
        if ping.busy:
            return News.BUSY
        if last is None:
            return News.QUIET
        moved = ping.stamp is not None and last.stamp is not None and ping.stamp != last.stamp
        return News.CHANGED if moved or last.busy else News.QUIET


def may_have_moved(stamp: float | None, real_now: float) -> bool:
    """Whether a stamp of whole seconds that did not change may only have been too coarse to show that it moves."""
    return stamp is not None and stamp.is_integer() and stamp > real_now - 1.0
