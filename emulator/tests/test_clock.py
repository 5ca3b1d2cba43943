"""The one clock and the waits that go by it."""

import asyncio
from datetime import UTC, datetime

import pytest

from agentcore_emulator.clock import Clock
from agentcore_emulator.timers import Timers

STARTED = datetime(2026, 11, 20, tzinfo=UTC)


def stopped_clock() -> Clock:
    """A clock whose real time stands still."""
    return Clock(lambda: 100.0, STARTED)


def test_advancing_moves_seconds_and_date_alike() -> None:
    """Both readings jump by the same amount."""
    clock = stopped_clock()
    clock.advance(900)

    assert clock.now() == 1000.0
    assert clock.wall() == datetime(2026, 11, 20, 0, 15, tzinfo=UTC)


@pytest.mark.parametrize("seconds", [-1, float("nan"), float("inf")])
def test_the_clock_never_runs_backwards(seconds: float) -> None:
    """Negative and endless jumps are refused."""
    with pytest.raises(ValueError, match="advance_s"):
        stopped_clock().advance(seconds)


def test_an_advance_ends_the_waits_that_are_due() -> None:
    """Fifteen minutes pass in no time; a wait of sixteen goes on."""

    async def scene() -> tuple[bool, bool]:
        clock = stopped_clock()
        timers = Timers(clock)
        due = asyncio.create_task(timers.sleep_until(clock.now() + 900))
        later = asyncio.create_task(timers.sleep_until(clock.now() + 960))
        await asyncio.wait({due, later}, timeout=0)
        clock.advance(900)
        await due
        ended = due.done(), later.done()
        later.cancel()
        return ended

    assert asyncio.run(scene()) == (True, False)


def test_a_cancelled_timer_stays_silent() -> None:
    """Neither real time nor an advance calls it."""

    async def scene() -> list[str]:
        clock = stopped_clock()
        timers = Timers(clock)
        calls: list[str] = []
        timers.call_at(clock.now() + 1, lambda: calls.append("cancelled")).cancel()
        clock.advance(2)
        await timers.sleep_until(clock.now())
        return calls

    assert asyncio.run(scene()) == []
