"""The admin API: health, runtimes, reset, OpenAPI."""

from collections.abc import Iterator
from datetime import datetime

import pytest
from emulator_calls import admin, call, invoke, journal, open_stream, script

from agentcore_emulator.admin.guard import is_allowed
from agentcore_emulator.server import Emulator
from agentcore_emulator.settings import Settings


@pytest.fixture
def emulator() -> Iterator[Emulator]:
    """An emulator with one scripted runtime that goes on for an hour."""
    with Emulator(Settings(scenarios=(script("slow", 0, 3_600_000),))) as emulator:
        yield emulator


def test_health_counts_runtimes_and_sessions(emulator: Emulator) -> None:
    """It says ready, and how much there is."""
    assert admin(emulator.port, "health").items() >= {"status": "ready", "runtimes": 1, "sessions": 0}.items()


def test_runtimes_are_listed_with_their_arns(emulator: Emulator) -> None:
    """Everything that is needed for a call stands there."""
    runtime = emulator.runtime("slow")

    assert admin(emulator.port, "runtimes")["runtimes"] == [
        {
            "name": "slow",
            "arn": str(runtime.arn),
            "id": runtime.id,
            "qualifiers": ["DEFAULT"],
            "kind": "scripted",
            "bound_to": "slow",
        }
    ]


def test_reset_ends_sessions_and_empties_the_journal(emulator: Emulator) -> None:
    """An open stream is cut, nothing is left."""
    with open_stream(emulator.port, emulator.runtime("slow").arn, {}, "reset") as stream:
        stream.read1()
        assert admin(emulator.port, "reset", {}) == {"status": "reset"}

    assert journal(emulator.port, "reset") == []
    assert admin(emulator.port, "health")["sessions"] == 0


def test_fifteen_idle_minutes_end_a_session(emulator: Emulator) -> None:
    """The clock passes the idle timeout of a session that nobody uses."""
    with open_stream(emulator.port, emulator.runtime("slow").arn, {}, "idle"):
        admin(emulator.port, "clock", {"advance_s": 1_000})
        assert admin(emulator.port, "health")["sessions"] == 1
        admin(emulator.port, "clock", {"advance_s": 3_600})

    admin(emulator.port, "clock", {"advance_s": 901})
    assert admin(emulator.port, "health")["sessions"] == 0


def test_the_clock_tells_what_it_reads(emulator: Emulator) -> None:
    """The answer is the date after the jump."""
    before = datetime.fromisoformat(admin(emulator.port, "health")["now"])
    after = datetime.fromisoformat(admin(emulator.port, "clock", {"advance_s": 86_400})["now"])

    assert 86_400 <= (after - before).total_seconds() < 86_430


def test_the_journal_can_be_asked_for_one_runtime(emulator: Emulator) -> None:
    """A name or an ARN filters."""
    invoke(emulator.port, "arn:aws:other")

    assert len(admin(emulator.port, "journal?runtime=arn:aws:other")["invocations"]) == 1
    assert admin(emulator.port, "journal?runtime=slow")["invocations"] == []


def test_openapi_documents_every_call(emulator: Emulator) -> None:
    """The document names the paths that scripts rely on."""
    paths = call(emulator.port, "GET", "/_emulator/openapi.json").json()["paths"]

    assert set(paths) == {
        f"/_emulator/{name}" for name in ("health", "runtimes", "journal", "reset", "clock", "quotas")
    }


@pytest.mark.parametrize(
    ("host", "origin", "allowed"),
    [
        ("localhost:4599", None, True),
        ("[::1]:4599", None, True),
        ("[::1]", None, True),
        ("LOCALHOST", "http://localhost", True),
        ("emulator:4599", None, False),
        ("localhost:4599", "https://localhost:4599", False),
    ],
)
def test_host_and_origin_are_checked_together(host: str, origin: str | None, allowed: bool) -> None:
    """Loopback names pass, and pages of the same origin."""
    assert is_allowed(host, origin, frozenset()) is allowed


def test_a_remote_emulator_takes_every_host_but_no_other_origin() -> None:
    """An operator who serves other machines keeps the origin check."""
    assert is_allowed("emulator:4599", None, frozenset({"*"}))
    assert not is_allowed("emulator:4599", "http://evil.example", frozenset({"*"}))
