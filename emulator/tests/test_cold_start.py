"""Cold starts that take as long as on AWS: their shapes, and what others meet meanwhile."""

import http.client
from collections.abc import Iterator
from random import Random
from statistics import median

import pytest
from emulator_calls import SESSION_HEADER, admin, invocations_path, invoke, journal, live, session_id, wait_until

from agentcore_emulator.agents.cold_start import ColdStart, parse_cold_start
from agentcore_emulator.agents.options import HostOptions
from agentcore_emulator.errors import UsageError
from agentcore_emulator.server import Emulator
from agentcore_emulator.settings import Settings


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("1.5", ColdStart("constant", 1.5)),
        ("uniform:1:3", ColdStart("uniform", 1, 3)),
        ("lognormal:1.8:0.4@7", ColdStart("lognormal", 1.8, 0.4, seed=7)),
    ],
)
def test_a_cold_start_is_read(text: str, expected: ColdStart) -> None:
    """A number, or a shape with two of them; a seed behind it."""
    assert parse_cold_start(text) == expected


@pytest.mark.parametrize(
    "text", ["", "soon", "-1", "nan", "uniform:3:1", "uniform:1", "normal:1:2", "1@x", "inf", "1:2"]
)
def test_what_is_no_cold_start_is_refused(text: str) -> None:
    """The message names the forms there are."""
    with pytest.raises(UsageError, match="must be given as SECONDS, uniform:LEAST:MOST or lognormal:MEDIAN:SIGMA"):
        parse_cold_start(text)


def test_draws_follow_the_shape_and_the_seed() -> None:
    """The same seed draws the same; the median of a lognormal is the one that was asked for."""
    shape = ColdStart("lognormal", 1.8, 0.4)
    draws = [shape.draw(random) for random in [Random(1)] for _ in range(1_000)]

    assert draws == [shape.draw(random) for random in [Random(1)] for _ in range(1_000)]
    assert median(draws) == pytest.approx(1.8, rel=0.1)
    assert all(1 <= ColdStart("uniform", 1, 3).draw(Random(seed)) <= 3 for seed in range(100))


@pytest.fixture(scope="module")
def emulator() -> Iterator[Emulator]:
    """An emulator whose agents take a minute of its clock to start."""
    options = HostOptions(cold_start=ColdStart("constant", 60))
    with Emulator(Settings(agents=(live("probe", "probe_agent.py", "app"),), host=options)) as emulator:
        yield emulator


def test_the_second_caller_of_a_session_being_provisioned_is_told_to_retry(emulator: Emulator) -> None:
    """The first gets its answer when the minute is over."""
    probe = emulator.runtime("probe")
    connection = http.client.HTTPConnection("127.0.0.1", emulator.port, timeout=20)
    connection.request("POST", invocations_path(probe.arn), b"1", {SESSION_HEADER: session_id("new")})
    wait_until(lambda: len(journal(emulator.port, "new")) == 1)
    second = invoke(emulator.port, probe.arn, 1, "new")
    while journal(emulator.port, "new")[0]["status"] is None:
        admin(emulator.port, "clock", {"advance_s": 60})
    first = connection.getresponse()

    assert second.error == (409, "RetryableConflictException")
    assert second.json()["message"] == "Session operation in progress, please retry"
    assert (first.status, len(first.read()) > 0) == (200, True)
    connection.close()


def test_a_running_session_does_not_start_again(emulator: Emulator) -> None:
    """Its next invocation is answered at once."""
    assert invoke(emulator.port, emulator.runtime("probe").arn, 1, "new").status == 200
