"""Idle time, lifetime and health checks of real agents, with the clock advanced instead of waited for."""

import time
from collections.abc import Iterator

import psutil
import pytest
from emulator_calls import admin, invoke, live

from agentcore_emulator.model import Lifecycle, Runtime
from agentcore_emulator.server import Emulator
from agentcore_emulator.settings import Settings

IDLE_S = 900
LIFETIME_S = 3_600


@pytest.fixture(scope="module")
def emulator() -> Iterator[Emulator]:
    """An emulator whose agent answers health checks as it is told to."""
    lifecycles = {"wayward": Lifecycle(IDLE_S, LIFETIME_S)}
    settings = Settings(agents=(live("wayward", "wayward_agent.py", "app"),), lifecycles=lifecycles)
    with Emulator(settings) as emulator:
        yield emulator


@pytest.fixture
def wayward(emulator: Emulator) -> Runtime:
    """The agent that behaves as it is told to."""
    return emulator.runtime("wayward")


def begin(emulator: Emulator, runtime: Runtime, session: str, kind: str) -> psutil.Process:
    """A session whose agent answers /ping in that way from now on; its process."""
    told = invoke(emulator.port, runtime.arn, {"do": "ping", "kind": kind}, session).json()
    return psutil.Process(told["pid"])


def advance(emulator: Emulator, seconds: float) -> None:
    """Moves the emulator's clock."""
    admin(emulator.port, "clock", {"advance_s": seconds})


@pytest.mark.parametrize(
    ("kind", "lives_on"),
    [
        ("Healthy", False),
        ("still_seconds", False),
        ("HealthyBusy", True),
        ("moving", True),
        ("moving_seconds", True),
    ],
)
def test_pings_decide_whether_a_quiet_session_is_idle(
    emulator: Emulator, wayward: Runtime, kind: str, lives_on: bool
) -> None:
    """Busy agents live on, and those whose time_of_last_update moves with every ping; all others end at once."""
    process = begin(emulator, wayward, f"idle-{kind}", kind)
    advance(emulator, IDLE_S + 1)

    assert process.is_running() is lives_on


def test_a_session_kept_busy_is_idle_once_its_agent_is_not(emulator: Emulator, wayward: Runtime) -> None:
    """Idle time begins with the last status change, not with the last invocation."""
    process = begin(emulator, wayward, "busy-then-not", "HealthyBusy")
    advance(emulator, 2 * IDLE_S)
    begin(emulator, wayward, "busy-then-not", "Healthy")
    advance(emulator, IDLE_S - 60)
    almost = process.is_running()
    advance(emulator, 61)

    assert (almost, process.is_running()) == (True, False)


def test_an_invocation_begins_idle_time_anew(emulator: Emulator, wayward: Runtime) -> None:
    """Two waits of ten minutes with an invocation between them are no idle time of twenty."""
    process = begin(emulator, wayward, "used", "Healthy")
    advance(emulator, 600)
    begin(emulator, wayward, "used", "Healthy")
    advance(emulator, 600)

    assert process.is_running()


@pytest.mark.parametrize("kind", ["HealthyBusy", "moving"])
def test_the_lifetime_ends_every_session(emulator: Emulator, wayward: Runtime, kind: str) -> None:
    """Neither a busy agent nor an invocation just before moves the end; the id then begins anew."""
    process = begin(emulator, wayward, f"old-{kind}", kind)
    advance(emulator, LIFETIME_S - 10)
    again = begin(emulator, wayward, f"old-{kind}", kind)
    advance(emulator, 11)

    assert again == process
    assert not process.is_running()
    assert begin(emulator, wayward, f"old-{kind}", kind) != process


def test_failing_health_checks_stop_the_session(emulator: Emulator, wayward: Runtime) -> None:
    """Three in a row are enough, which take six seconds of the clock."""
    process = begin(emulator, wayward, "ill", "ill")
    advance(emulator, 1)
    before = process.is_running()
    advance(emulator, 6)

    assert (before, process.is_running()) == (True, False)


def test_a_day_passes_in_milliseconds(emulator: Emulator, wayward: Runtime) -> None:
    """Nobody waits for the 43 200 pings of that day; processes are really gone when the call returns."""
    processes = [begin(emulator, wayward, f"day-{n}", "moving") for n in range(3)]
    started = time.monotonic()
    advance(emulator, 86_400)

    assert not any(process.is_running() for process in processes)
    assert time.monotonic() - started < 2.0


def test_agents_are_asked_every_two_seconds_of_real_time(emulator: Emulator, wayward: Runtime) -> None:
    """With nobody advancing the clock, the pings come by themselves."""
    invoke(emulator.port, wayward.arn, {}, "asked")
    deadline = time.monotonic() + 10
    while invoke(emulator.port, wayward.arn, {}, "asked").json()["pings"] < 2:
        assert time.monotonic() < deadline
