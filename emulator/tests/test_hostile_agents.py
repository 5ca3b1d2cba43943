"""Agents that break HTTP, the process or the log: their client gets a modelled error or a clean cut."""

import http.client
from collections.abc import Iterator

import pytest
import raw_agent
from emulator_calls import admin, invoke, journal, live, open_stream, wait_until

from agentcore_emulator.agents.options import AttachedUrl
from agentcore_emulator.server import Emulator
from agentcore_emulator.settings import Settings


@pytest.fixture(scope="module")
def emulator() -> Iterator[Emulator]:
    """An emulator before agents of the worst kind."""
    agents = (live("probe", "probe_agent.py", "app"), live("wayward", "wayward_agent.py", "app"))
    with (
        raw_agent.raw_agent() as port,
        Emulator(Settings(agents=agents, attached=(AttachedUrl("raw", port),))) as emulator,
    ):
        yield emulator


@pytest.fixture(autouse=True)
def still_serving(emulator: Emulator) -> Iterator[None]:
    """After whatever came, health answers."""
    yield
    assert admin(emulator.port, "health")["status"] == "ready"


@pytest.mark.parametrize("name", raw_agent.UNBEGUN)
def test_an_answer_that_is_none_is_a_runtime_client_error(emulator: Emulator, name: str) -> None:
    """424 before anything has been sent; nothing of what the agent said gets through."""
    answer = invoke(emulator.port, emulator.runtime("raw").arn, name, session="unbegun")

    assert answer.error == (424, "RuntimeClientError")
    assert len(answer.body) < 200


@pytest.mark.parametrize("name", raw_agent.BEGUN)
def test_an_answer_that_breaks_off_is_cut(emulator: Emulator, name: str) -> None:
    """What came before reaches the client, then the connection breaks: never a false end."""
    with pytest.raises(http.client.IncompleteRead) as caught:
        invoke(emulator.port, emulator.runtime("raw").arn, name, session=f"begun-{name}".replace(" ", "-"))

    assert caught.value.partial in {b"data: 1\n\n", b"data: 1\n\nshort", b"short"}
    wait_until(lambda: journal(emulator.port, f"begun-{name}".replace(" ", "-"))[0]["cut"])


@pytest.mark.parametrize("name", raw_agent.FINE)
def test_an_odd_answer_is_an_answer(emulator: Emulator, name: str) -> None:
    """What stands behind the end of it is nobody's."""
    answer = invoke(emulator.port, emulator.runtime("raw").arn, name, session="fine")

    assert (answer.status, answer.body) == (200, b"{}")


def test_an_agent_that_prints_garbage_is_served_on(emulator: Emulator) -> None:
    """A megabyte of every byte there is, on both outputs."""
    for _ in range(3):
        assert invoke(emulator.port, emulator.runtime("wayward").arn, {"do": "chatter"}, session="loud").status == 200


def test_an_agent_that_dies_in_mid_stream_cuts_all_its_streams(emulator: Emulator) -> None:
    """The other streams of the session too; the session's next invocation has a new process."""
    arn = emulator.runtime("probe").arn
    with open_stream(emulator.port, arn, {"do": "stream_until_left"}, "dying") as other:
        other.read1()
        with pytest.raises(http.client.IncompleteRead):
            invoke(emulator.port, arn, {"do": "cut"}, session="dying")
        with pytest.raises(http.client.IncompleteRead):
            other.read()

    assert invoke(emulator.port, arn, {"do": "tell"}, session="dying").status == 200


def test_a_client_that_leaves_a_flood_stops_it(emulator: Emulator) -> None:
    """An endless answer is no longer read once nobody wants it; the journal knows who left."""
    arn = emulator.runtime("probe").arn
    with open_stream(emulator.port, arn, {"do": "flood", "chunks": 100_000}, "flood") as stream:
        stream.read(1_000_000)

    wait_until(lambda: journal(emulator.port, "flood")[0]["closed_by"] == "client")
    assert journal(emulator.port, "flood")[0]["bytes_sent"] < 50_000_000


def test_nothing_of_an_agent_s_answer_makes_a_header(emulator: Emulator) -> None:
    """An agent cannot name the request or the session otherwise."""
    answer = invoke(emulator.port, emulator.runtime("raw").arn, "long body", session="fine")

    assert answer.headers["x-amzn-bedrock-agentcore-runtime-session-id"].startswith("fine")
    assert "x-header" not in answer.headers
