"""How long one invocation may take: a quarter of an hour, an hour for an event stream, by the emulator's clock."""

import http.client
import threading
from collections.abc import Iterator

import pytest
from emulator_calls import admin, invoke, journal, live, open_stream, script, wait_until

from agentcore_emulator.quotas import Quotas
from agentcore_emulator.server import Emulator
from agentcore_emulator.settings import Settings


@pytest.fixture
def emulator() -> Iterator[Emulator]:
    """An emulator with the account's own quotas, a live agent and a script that goes on for two hours."""
    settings = Settings(
        agents=(live("probe", "probe_agent.py", "app"),),
        scenarios=(script("slow", 0, 3_000_000, 3_000_000),),
        quotas=Quotas(),
    )
    with Emulator(settings) as emulator:
        yield emulator


def test_an_answer_that_does_not_begin_in_15_minutes_is_424(emulator: Emulator) -> None:
    """The agent is let go; the client gets a modelled error."""
    answers = []
    arn = emulator.runtime("probe").arn
    waiting = threading.Thread(
        target=lambda: answers.append(invoke(emulator.port, arn, {"do": "wait_until_left"}, "a"))
    )
    waiting.start()
    wait_until(lambda: any(entry["session_id"] for entry in journal(emulator.port, "a")))
    invoke(emulator.port, arn, 1, "another, so that the first is under way")
    admin(emulator.port, "clock", {"advance_s": 899})
    assert journal(emulator.port, "a")[0]["closed_by"] is None
    admin(emulator.port, "clock", {"advance_s": 2})
    waiting.join()

    assert answers[0].error == (424, "RuntimeClientError")
    assert "Received error (504) from runtime" in answers[0].json()["message"]
    assert journal(emulator.port, "a")[0]["closed_by"] == "emulator"


def test_an_event_stream_is_cut_after_60_minutes(emulator: Emulator) -> None:
    """A quarter of an hour is nothing to it; after an hour the connection breaks."""
    with open_stream(emulator.port, emulator.runtime("slow").arn, {}, "slow") as stream:
        assert stream.read1() == b"data: 0\n\n"
        admin(emulator.port, "clock", {"advance_s": 3_590})
        assert stream.read1() == b"data: 1\n\n"
        assert journal(emulator.port, "slow")[0]["closed_by"] is None
        admin(emulator.port, "clock", {"advance_s": 11})
        with pytest.raises(http.client.IncompleteRead):
            stream.read()

    (entry,) = journal(emulator.port, "slow")
    assert (entry["status"], entry["closed_by"], entry["cut"]) == (200, "emulator", True)
