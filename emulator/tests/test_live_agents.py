"""Live agents: one process for each session, their bytes untouched, their failures as the service tells them."""

import hashlib
import http.client
import json
from collections.abc import Iterator

import psutil
import pytest
from emulator_calls import (
    SESSION_HEADER,
    admin,
    call,
    invocations_path,
    invoke,
    journal,
    live,
    open_stream,
    session_id,
    wait_until,
)

from agentcore_emulator.model import Runtime
from agentcore_emulator.server import Emulator
from agentcore_emulator.settings import Settings


@pytest.fixture(scope="module")
def emulator() -> Iterator[Emulator]:
    """An emulator with the agent that does what it is told."""
    with Emulator(Settings(agents=(live("probe", "probe_agent.py", "app"),))) as emulator:
        yield emulator


@pytest.fixture
def probe(emulator: Emulator) -> Runtime:
    """The agent that does what it is told."""
    return emulator.runtime("probe")


def test_a_session_has_a_process_of_its_own(emulator: Emulator, probe: Runtime) -> None:
    """The same id reaches the same process, another id another one."""
    first, again, other = (invoke(emulator.port, probe.arn, 1, session).json() for session in ("a", "a", "b"))

    assert first["pid"] == again["pid"]
    assert first["pid"] != other["pid"]


def test_the_agent_sees_a_generated_session_id(emulator: Emulator, probe: Runtime) -> None:
    """What the client is told is what the agent was told."""
    answer = invoke(emulator.port, probe.arn)

    assert answer.json()["headers"][SESSION_HEADER.lower()] == answer.headers[SESSION_HEADER.lower()]


def test_the_agent_gets_the_contract_s_headers_and_no_others(emulator: Emulator, probe: Runtime) -> None:
    """Trace, MCP and content headers pass; credentials, signatures and custom headers do not."""
    passed = {"Content-Type": "text/x", "Accept": "a/b", "traceparent": "t", "baggage": "k=v", "Mcp-Method": "m"}
    stopped = {"Authorization": "Bearer x", "X-Amz-Date": "d", "X-Own": "o", "Cookie": "c", "User-Agent": "u"}
    headers = passed | stopped | {SESSION_HEADER: session_id("a")}
    answer = call(emulator.port, "POST", invocations_path(probe.arn), b"x", headers)
    seen = answer.json()["headers"]

    assert {name: seen.get(name.lower()) for name in passed} == passed
    assert set(seen) - {name.lower() for name in passed} == {
        "host",
        "content-length",
        SESSION_HEADER.lower(),
        "x-amzn-bedrock-agentcore-runtime-request-id",
    }


@pytest.mark.parametrize("size", [0, 1, 65_536, 3_000_001])
def test_the_payload_arrives_byte_for_byte(emulator: Emulator, probe: Runtime, size: int) -> None:
    """Whatever its size, the agent reads the same bytes."""
    payload = (bytes(range(256)) * (size // 256 + 1))[:size]
    told = call(emulator.port, "POST", invocations_path(probe.arn), payload, {SESSION_HEADER: session_id("a")}).json()

    assert (told["path"], told["size"]) == ("/invocations", size)
    assert told["sha256"] == hashlib.sha256(payload).hexdigest()


def test_a_payload_of_unknown_length_arrives_too(emulator: Emulator, probe: Runtime) -> None:
    """A chunked request is passed on as it comes."""
    connection = http.client.HTTPConnection("127.0.0.1", emulator.port, timeout=20)
    pieces = iter([b"a" * 70_000, b"", b"b" * 70_000])
    headers = {SESSION_HEADER: session_id("a")}
    connection.request("POST", invocations_path(probe.arn), pieces, headers, encode_chunked=True)
    told = json.loads(connection.getresponse().read())
    connection.close()

    assert told["sha256"] == hashlib.sha256(b"a" * 70_000 + b"b" * 70_000).hexdigest()


@pytest.mark.parametrize("status", [400, 404, 422, 500, 503, 302])
def test_an_agent_s_failure_is_424_without_its_words(emulator: Emulator, probe: Runtime, status: int) -> None:
    """The status is named, the body is withheld."""
    answer = invoke(emulator.port, probe.arn, {"do": "status", "status": status}, "a")

    assert answer.error == (424, "RuntimeClientError")
    assert answer.json()["message"] == (
        f"Received error ({status}) from runtime. Please check your CloudWatch logs for more information."
    )


@pytest.mark.parametrize("status", [200, 202])
def test_success_passes_with_its_status_and_content_type(emulator: Emulator, probe: Runtime, status: int) -> None:
    """Type and parameters are the agent's own; its other headers stay inside."""
    answer = invoke(emulator.port, probe.arn, {"do": "status", "status": status}, "a")

    assert (answer.status, answer.body) == (status, b"the agent's own secret words")
    assert answer.headers["content-type"] == "text/event-stream; charset=utf-8"
    assert "x-own" not in answer.headers


def test_an_agent_that_dies_before_it_answers_is_502_inside_424(
    emulator: Emulator, probe: Runtime, caplog: pytest.LogCaptureFixture
) -> None:
    """The operator sees the agent's last words; the next call finds a new process."""
    before = invoke(emulator.port, probe.arn, 1, "dying").json()["pid"]
    answer = invoke(emulator.port, probe.arn, {"do": "drop"}, "dying")

    assert answer.error == (424, "RuntimeClientError")
    assert "Received error (502) from runtime" in answer.json()["message"]
    wait_until(lambda: "these are the agent's last words" in caplog.text)
    assert invoke(emulator.port, probe.arn, 1, "dying").json()["pid"] != before


def test_an_agent_that_dies_in_its_answer_breaks_the_stream(emulator: Emulator, probe: Runtime) -> None:
    """The client gets what was sent, and no clean end."""
    with open_stream(emulator.port, probe.arn, {"do": "cut"}, "cut") as stream:
        with pytest.raises(http.client.IncompleteRead) as caught:
            stream.read()
        assert caught.value.partial == b"data: 1\n\n"

    (entry,) = journal(emulator.port, "cut")
    assert (entry["status"], entry["closed_by"], entry["cut"]) == (200, "agent", True)


def test_a_client_that_leaves_is_gone_for_the_agent_too(emulator: Emulator, probe: Runtime) -> None:
    """The agent's own connection is closed."""
    with open_stream(emulator.port, probe.arn, {"do": "stream_until_left"}, "a") as stream:
        assert stream.read1() == b"data: 1\n\n"

    assert invoke(emulator.port, probe.arn, {"do": "wait_until_left"}, "a").body == b"left"
    assert [entry["closed_by"] for entry in journal(emulator.port, "a")][-2:] == ["client", "agent"]


def test_a_client_that_does_not_read_holds_the_agent_back(emulator: Emulator, probe: Runtime) -> None:
    """Nothing piles up: 64 MB are not taken from the agent while nobody reads; then all of it comes."""
    order = {"do": "flood", "chunks": 1_024}
    with open_stream(emulator.port, probe.arn, order, "a") as stream:
        admin(emulator.port, "health")
        sent = journal(emulator.port, "a")[-1]["bytes_sent"]
        assert len(stream.read()) == 1_024 * 65_536

    assert sent < 32 * 65_536 * 8


def test_an_idle_session_s_process_ends_and_the_id_lives_on(emulator: Emulator, probe: Runtime) -> None:
    """Fifteen minutes later the process is gone, and the same id gets a new one."""
    before = psutil.Process(invoke(emulator.port, probe.arn, 1, "idle").json()["pid"])
    admin(emulator.port, "clock", {"advance_s": 901})
    wait_until(lambda: not before.is_running())

    assert invoke(emulator.port, probe.arn, 1, "idle").json()["pid"] != before.pid
