"""InvokeAgentRuntime on the wire: scripted answers, session ids, modelled errors."""

import http.client
from collections.abc import Iterator
from urllib.parse import quote

import pytest
from emulator_calls import (
    SESSION_HEADER,
    Answer,
    admin,
    call,
    invocations_path,
    invoke,
    journal,
    open_stream,
    raw,
    script,
    session_id,
    wait_until,
)

from agentcore_emulator.model import Runtime
from agentcore_emulator.server import Emulator
from agentcore_emulator.session_id import is_session_id
from agentcore_emulator.settings import Settings


@pytest.fixture(scope="module")
def emulator() -> Iterator[Emulator]:
    """An emulator with two scripted runtimes: one counts at once, one goes on for an hour."""
    with Emulator(Settings(scenarios=(script("count", 0, 0, 0), script("slow", 0, 3_600_000)))) as emulator:
        yield emulator


@pytest.fixture
def count(emulator: Emulator) -> Runtime:
    """The runtime that sends 0, 1 and 2 at once."""
    return emulator.runtime("count")


def test_the_script_s_events_are_the_answer(emulator: Emulator, count: Runtime) -> None:
    """Bytes and headers are those of an SDK agent, with the service's own headers."""
    answer = invoke(emulator.port, count.arn, session="events")

    assert (answer.status, answer.body) == (200, b"data: 0\n\ndata: 1\n\ndata: 2\n\n")
    assert answer.headers["content-type"] == "text/event-stream; charset=utf-8"
    assert answer.headers[SESSION_HEADER.lower()] == session_id("events")
    assert len(answer.headers["x-amzn-requestid"]) == 36


def test_a_missing_session_id_is_generated(emulator: Emulator, count: Runtime) -> None:
    """Each raw call without the header gets a fresh legal id."""
    ids = [invoke(emulator.port, count.arn).headers[SESSION_HEADER.lower()] for _ in range(20)]

    assert len(set(ids)) == 20
    assert all(is_session_id(generated) for generated in ids)


@pytest.mark.parametrize(("length", "status"), [(1, 400), (32, 400), (33, 200), (256, 200), (257, 400)])
def test_session_ids_have_33_to_256_characters(emulator: Emulator, count: Runtime, length: int, status: int) -> None:
    """Both limits are legal; beyond them the field is named."""
    answer = call(emulator.port, "POST", invocations_path(count.arn), b"", {SESSION_HEADER: "x" * length})

    assert answer.status == status
    if status == 400:
        assert answer.error == (400, "ValidationException")
        assert "runtimeSessionId" in answer.json()["message"]


def test_a_bare_id_needs_the_account(emulator: Emulator, count: Runtime) -> None:
    """With accountId the bare id means the runtime; without it is invalid."""
    with_account = call(emulator.port, "POST", invocations_path(count.id, "?accountId=123456789012"))

    assert with_account.status == 200
    assert call(emulator.port, "POST", invocations_path(count.id)).error == (400, "ValidationException")


@pytest.mark.parametrize("query", ["?qualifier=DEFAULT", ""])
def test_an_absent_qualifier_is_default(emulator: Emulator, count: Runtime, query: str) -> None:
    """DEFAULT may be said or left out."""
    assert call(emulator.port, "POST", invocations_path(count.arn, query)).status == 200


def test_an_unknown_qualifier_is_named(emulator: Emulator, count: Runtime) -> None:
    """The message says which qualifier was not found."""
    answer = call(emulator.port, "POST", invocations_path(count.arn, "?qualifier=prod"))

    assert answer.error == (404, "ResourceNotFoundException")
    assert "No endpoint or agent found with qualifier 'prod'" in answer.json()["message"]


@pytest.mark.parametrize("change", [("count", "gone"), ("ap-southeast-2", "eu-west-1"), ("runtime/", "harness/")])
def test_an_unknown_arn_is_not_found(emulator: Emulator, count: Runtime, change: tuple[str, str]) -> None:
    """Another name, another region, another resource: all are 404."""
    answer = invoke(emulator.port, str(count.arn).replace(*change))

    assert answer.error == (404, "ResourceNotFoundException")
    assert "DEFAULT" in answer.json()["message"]


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/", 404),
        ("GET", "/runtimes/x/invocations", 404),
        ("POST", "/runtimes/x/y/invocations", 404),
        ("POST", "/runtimes//invocations", 404),
        ("POST", "/%5Femulator/reset", 404),
        ("POST", "/_emulatorx/reset", 404),
        ("DELETE", "/capacity-providers/p/sessions/s", 501),
        ("GET", "/memories/m/details", 501),
        ("POST", "/memories/m/events", 501),
    ],
)
def test_other_operations_are_told_apart(emulator: Emulator, method: str, path: str, status: int) -> None:
    """What AWS has not is unknown, what only the emulator has not is not emulated."""
    expected = {404: "UnknownOperationException", 501: "NotEmulatedException"}[status]
    answer = call(emulator.port, method, path)

    assert answer.error == (status, expected)
    assert answer.json()["message"]
    assert answer.headers["x-amzn-requestid"]


def test_an_unencoded_arn_in_the_path_is_an_unknown_operation(emulator: Emulator, count: Runtime) -> None:
    """The slash of an ARN that is not encoded makes another path of it."""
    assert call(emulator.port, "POST", f"/runtimes/{count.arn}/invocations").error[1] == "UnknownOperationException"


def test_a_declared_payload_above_the_limit_is_refused_before_it_is_read(emulator: Emulator, count: Runtime) -> None:
    """100,000,001 bytes are one too many."""
    request = f"POST {invocations_path(count.arn)} HTTP/1.1\r\nHost: x\r\nContent-Length: 100000001\r\n\r\n"

    assert b"400 Bad Request" in raw(emulator.port, request.encode())


@pytest.mark.parametrize(("header", "length"), [("baggage", 8193), ("traceparent", 129), ("Content-Type", 257)])
def test_headers_have_the_model_s_limits(emulator: Emulator, count: Runtime, header: str, length: int) -> None:
    """One character beyond the limit is invalid."""
    answer = call(emulator.port, "POST", invocations_path(count.arn), b"", {header: "x" * length})

    assert answer.error == (400, "ValidationException")


def test_stopping_a_session_cuts_its_streams(emulator: Emulator) -> None:
    """The open stream breaks off, the session is gone, a second stop finds none."""
    slow = emulator.runtime("slow")
    with open_stream(emulator.port, slow.arn, {}, "stopped") as stream:
        assert stream.read1() == b"data: 0\n\n"
        stopped = stop(emulator.port, slow, "stopped")
        with pytest.raises(http.client.IncompleteRead):
            stream.read1()
    assert (stopped.status, stopped.headers[SESSION_HEADER.lower()]) == (200, session_id("stopped"))
    assert stop(emulator.port, slow, "stopped").error == (404, "ResourceNotFoundException")

    (entry,) = journal(emulator.port, "stopped")
    assert (entry["closed_by"], entry["cut"]) == ("emulator", True)


def test_a_client_that_leaves_ends_the_invocation(emulator: Emulator) -> None:
    """The journal says who closed the exchange."""
    with open_stream(emulator.port, emulator.runtime("slow").arn, {}, "left") as stream:
        stream.read1()
        assert journal(emulator.port, "left")[0]["closed_by"] is None

    wait_until(lambda: journal(emulator.port, "left")[0]["closed_by"] == "client")


def test_advancing_the_clock_plays_what_is_due(emulator: Emulator) -> None:
    """An hour's delay passes at once."""
    with open_stream(emulator.port, emulator.runtime("slow").arn, {}, "advanced") as stream:
        stream.read1()
        admin(emulator.port, "clock", {"advance_s": 3600})
        assert stream.read() == b"data: 1\n\n"


def test_the_journal_tells_the_exchange_without_payload_and_tokens(emulator: Emulator, count: Runtime) -> None:
    """Events with times and sizes, the request's line and headers, nothing secret."""
    invoke(emulator.port, count.arn, "a secret", session="kept", Authorization="Bearer abc.def")
    (entry,) = journal(emulator.port, "kept")

    assert (entry["runtime"], entry["arn"], entry["qualifier"]) == ("count", str(count.arn), "DEFAULT")
    assert (entry["status"], entry["error_type"], entry["closed_by"]) == (200, None, "agent")
    assert [event["size"] for event in entry["events"]] == [9, 9, 9]
    assert entry["bytes_sent"] == 27
    assert entry["request"]["raw_path"] == f"/runtimes/{quote(str(count.arn), safe='')}/invocations"
    assert entry["request"]["payload_size"] == len('"a secret"')
    assert entry["request"]["headers"]["authorization"] == "(redacted)"
    assert "secret" not in str(entry)


def test_a_refused_invocation_is_in_the_journal_too(emulator: Emulator) -> None:
    """Status and error type are kept for what never reached an agent."""
    invoke(emulator.port, "arn:aws:nothing", session="refused")
    (entry,) = journal(emulator.port, "refused")

    assert (entry["status"], entry["error_type"]) == (404, "ResourceNotFoundException")
    assert (entry["runtime"], entry["arn"], entry["closed_by"]) == (None, "arn:aws:nothing", "emulator")


def stop(port: int, runtime: Runtime, session: str) -> Answer:
    """StopRuntimeSession for the session of that short name."""
    path = f"/runtimes/{quote(str(runtime.arn), safe='')}/stopruntimesession"
    return call(port, "POST", path, b"{}", {SESSION_HEADER: session_id(session)})
