"""Ages of moments that callers wrote down by the machine's clock, when the emulator's clock has jumped."""

from datetime import UTC, datetime

import pytest

from agentcore_emulator.auth.timeline import JUMPS_MAX, Timeline
from agentcore_emulator.clock import Clock


class Machine:
    """A machine's clock that a test moves."""

    def __init__(self) -> None:
        self.now_s = 1_000_000.0
        self.clock = Clock(lambda: self.now_s, datetime.fromtimestamp(self.now_s, UTC))
        self.timeline = Timeline(self.clock, lambda: self.now_s)

    def jump(self, seconds: float) -> None:
        """The emulator's clock is advanced."""
        self.clock.advance(seconds)


@pytest.fixture
def machine() -> Machine:
    """A machine whose emulator has just started."""
    return Machine()


def test_without_jumps_age_is_real(machine: Machine) -> None:
    """What was written ten seconds ago is ten seconds old; what is written for later has a negative age."""
    assert machine.timeline.age_s(machine.now_s - 10) == pytest.approx(10)
    assert machine.timeline.age_s(machine.now_s + 10) == pytest.approx(-10)


def test_what_was_written_before_a_jump_ages_by_it(machine: Machine) -> None:
    """A jump makes older what was there before it, not what comes after it."""
    before_s = machine.now_s
    machine.now_s += 2
    machine.jump(900)
    machine.now_s += 2

    assert machine.timeline.age_s(before_s) == pytest.approx(904)
    assert machine.timeline.age_s(machine.now_s) == pytest.approx(0)


def test_moment_in_the_second_of_a_jump_counts_as_after_it(machine: Machine) -> None:
    """Signatures tell whole seconds: a client that signs right after a jump must not seem late."""
    machine.now_s += 0.7
    machine.jump(900)

    assert machine.timeline.age_s(machine.now_s - 0.7) == pytest.approx(0.7)


def test_jumps_add_up(machine: Machine) -> None:
    """A moment between two jumps ages by the second alone."""
    machine.jump(100)
    machine.now_s += 5
    between_s = machine.now_s
    machine.now_s += 5
    machine.jump(1_000)

    assert machine.timeline.age_s(between_s) == pytest.approx(1_005)


def test_moment_by_the_emulators_own_clock_is_taken_as_it_is(machine: Machine) -> None:
    """A client that follows the emulator's clock is not shifted once more."""
    machine.jump(3_600)

    assert machine.timeline.age_s(machine.now_s + 3_600) == pytest.approx(0)


def test_memory_of_jumps_is_bounded(machine: Machine) -> None:
    """However often the clock is advanced, only the latest jumps are remembered."""
    for _ in range(JUMPS_MAX + 10):
        machine.now_s += 1
        machine.jump(1)

    assert len(machine.timeline._jumped_at_s) == JUMPS_MAX
    assert machine.timeline.age_s(machine.now_s) == pytest.approx(0)
