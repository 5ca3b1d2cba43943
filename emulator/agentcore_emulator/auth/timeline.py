"""What a moment that a caller wrote down means on the emulator's clock.

Callers sign by the machine's clock, the emulator judges by its own, which an operator may have moved meanwhile.
A moment counts as the emulator's clock stood when it was written: what is signed before a jump ages by it, what is
signed after it is fresh.
"""

from bisect import bisect_left
from collections.abc import Callable

from agentcore_emulator.clock import Clock

JUMPS_MAX = 10_000
_AHEAD_S = 300.0
_STAMP_RESOLUTION_S = 1.0
_STEP_S = 0.001


class Timeline:
    """Ages by the emulator's clock.

    Args:
        machine: seconds since the epoch by the clock that callers have, such as `time.time`.
    """

    def __init__(self, clock: Clock, machine: Callable[[], float]) -> None:
        self._clock = clock
        self._machine = machine
        self._jumped_at_s: list[float] = []
        self._ahead_s: list[float] = []
        clock.on_advance(self._jumped)

    def now_s(self) -> float:
        """Seconds since the epoch by the emulator's clock."""
        return self._clock.wall().timestamp()

    def shift_s(self, written_s: float) -> float:
        """By how much the emulator's clock was ahead at a moment of the machine's, given in whole seconds.

        A moment in the second of a jump counts as after it. One that the machine has not reached yet was read from the
        emulator's clock: there is nothing to add.
        """
        if not self._jumped_at_s or written_s > self._machine() + _AHEAD_S:
            return 0.0
        jumps = bisect_left(self._jumped_at_s, written_s + _STAMP_RESOLUTION_S)
        return self._ahead_s[jumps - 1] if jumps else 0.0

    def age_s(self, written_s: float) -> float:
        """How long ago that was; negative for a moment to come."""
        return self.now_s() - written_s - self.shift_s(written_s)

    def _jumped(self) -> None:
        machine_s = self._machine()
        if self._jumped_at_s and machine_s - self._jumped_at_s[-1] < _STEP_S:
            del self._jumped_at_s[-1], self._ahead_s[-1]
        elif len(self._jumped_at_s) == JUMPS_MAX:
            del self._jumped_at_s[0], self._ahead_s[0]
        self._jumped_at_s.append(machine_s)
        self._ahead_s.append(self.now_s() - machine_s)
