"""The emulator's one clock: real time plus what an operator has added.

Knows numbers only. Who waits for a moment registers with `on_advance` and looks again when the clock jumps.
"""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

ADVANCE_S_MAX = 10 * 365 * 86_400.0


class Clock:
    """Seconds that never run backwards (`now`) and the date that belongs to them (`wall`).

    Args:
        monotonic: source of real seconds, such as `time.monotonic`.
        started: the date at the moment of construction.
    """

    def __init__(self, monotonic: Callable[[], float], started: datetime) -> None:
        self._monotonic = monotonic
        self._origin = monotonic()
        self._started = started.astimezone(UTC)
        self._advanced_s = 0.0
        self._listeners: list[Callable[[], None]] = []

    def now(self) -> float:
        """Seconds since an arbitrary moment, for deadlines and ages."""
        return self._monotonic() + self._advanced_s

    def wall(self) -> datetime:
        """The date and time in UTC."""
        return self._started + timedelta(seconds=self.now() - self._origin)

    def on_advance(self, listener: Callable[[], None]) -> None:
        """Calls `listener` after each jump of the clock."""
        self._listeners.append(listener)

    def advance(self, seconds: float) -> None:
        """Moves the clock forward.

        Raises:
            ValueError: `seconds` is negative, not a number, or more than ten years.
        """
        check_advance(seconds)
        self._advanced_s += seconds
        for listener in self._listeners:
            listener()


def check_advance(seconds: float) -> None:
    """Returns when the clock may be moved by so much.

    Raises:
        ValueError: `seconds` is negative, not a number, or more than ten years.
    """
    if not 0 <= seconds <= ADVANCE_S_MAX:
        raise ValueError(f"advance_s must lie between 0 and {ADVANCE_S_MAX:.0f}, found {seconds}")
