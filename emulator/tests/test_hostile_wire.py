"""HTTP as no SDK writes it, on raw sockets: every answer is in order or the connection is cut, and never a 5xx."""

import re
import socket
from collections.abc import Iterator

import pytest
from emulator_calls import (
    SESSION_HEADER,
    TIMEOUT_S,
    admin,
    invocations_path,
    invoke,
    journal,
    live,
    raw,
    script,
    session_id,
    wait_until,
)

from agentcore_emulator.server import Emulator
from agentcore_emulator.settings import Settings


@pytest.fixture(scope="module")
def emulator() -> Iterator[Emulator]:
    """An emulator with a scripted runtime and a live one."""
    with Emulator(Settings(scenarios=(script("count", 0),), agents=(live("probe", "probe_agent.py", "app"),))) as it:
        yield it


@pytest.fixture(autouse=True)
def still_serving(emulator: Emulator) -> Iterator[None]:
    """After whatever came, health answers."""
    yield
    assert admin(emulator.port, "health")["status"] == "ready"


def request(emulator: Emulator, *headers: str, body: bytes = b"{}", path: str = "", version: str = "1.1") -> bytes:
    """The bytes of one invocation with those headers too."""
    path = path or invocations_path(emulator.runtime("count").arn)
    lines = [f"POST {path} HTTP/{version}", "Host: x", *headers]
    if not any(header.lower().startswith("transfer-encoding") for header in headers):
        lines.append(f"Content-Length: {len(body)}")
    return ("\r\n".join(lines) + "\r\n\r\n").encode("latin-1") + body


def statuses(answer: bytes) -> list[int]:
    """The status of every answer on the connection."""
    return [int(status) for status in re.findall(rb"(?:\A|(?<=\n))HTTP/1\.1 (\d{3}) ", answer)]


@pytest.mark.parametrize("value", ["\x01", "\x0b", "\x1f", "\x7f", "\xe9", "a\tb", "%0d%0aX: y"])
@pytest.mark.parametrize(
    "name", [SESSION_HEADER, "traceparent", "baggage", "Mcp-Session-Id", "Content-Type", "X-Amzn-Trace-Id", "X-Any"]
)
def test_odd_bytes_in_a_header_inject_nothing(emulator: Emulator, name: str, value: str) -> None:
    """Taken as they are or refused; no header of the answer is made by the client."""
    answer = raw(emulator.port, request(emulator, f"{name}: {value.ljust(40, '-')}"))

    assert statuses(answer)[0] in {200, 400}
    assert b"\nX: y" not in answer.partition(b"\r\n\r\n")[0]


@pytest.mark.parametrize(
    "query",
    ["?qualifier=a%0d%0aX:%20y", "?qualifier=%00", "?qualifier=%ff", "?qualifier=" + "q" * 9_000, "?accountId=%F0%9F"],
)
def test_odd_bytes_in_the_query_inject_nothing(emulator: Emulator, query: str) -> None:
    """A qualifier is looked up and not found."""
    path = invocations_path(emulator.runtime("count").arn, query)
    answer = raw(emulator.port, request(emulator, path=path))

    assert statuses(answer)[0] in {400, 404}
    assert b"\nX: y" not in answer.partition(b"\r\n\r\n")[0]


def test_a_folded_header_makes_no_second_one(emulator: Emulator) -> None:
    """A line that begins with a space belongs to the one before, or the request is bad."""
    answer = raw(
        emulator.port, request(emulator, f"{SESSION_HEADER}: {session_id('folded')}", "A: b\r\n Content-Length: 9")
    )

    assert statuses(answer) in ([200], [400])


@pytest.mark.parametrize(
    "headers",
    [
        ("Transfer-Encoding: chunked, chunked",),
        ("Transfer-Encoding: identity, chunked", "Content-Length: 2"),
        ("Transfer-Encoding: \x0bchunked",),
        ("Transfer-Encoding : chunked",),
        ("Content-Length: +2",),
        ("Content-Length: 2, 2",),
        ("Content-Length: 0x2",),
        ("Content-Length: 99999999999999999999999999",),
    ],
)
def test_lengths_that_can_be_read_in_two_ways_end_the_connection(emulator: Emulator, headers: tuple[str, ...]) -> None:
    """What follows is never taken for a second request."""
    smuggled = b"GET /_emulator/health HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n"
    head = request(emulator, *headers, body=b"").replace(b"Content-Length: 0\r\n", b"")
    answer = raw(emulator.port, head + b"{}" + smuggled)

    assert b'"ready"' not in answer
    assert [status for status in statuses(answer) if status not in {200, 400, 501}] == []


@pytest.mark.parametrize(
    "chunks",
    [
        b"zz\r\n",
        b"2\r\n{}\r\n-1\r\n",
        b"2\r\n{}xx\r\n0\r\n\r\n",
        b"ffffffffffffffffff\r\n",
        b"2;" + b"a" * 9_000 + b"\r\n{}\r\n0\r\n\r\n",
    ],
)
@pytest.mark.parametrize("runtime", ["count", "probe"])
def test_chunks_that_are_none_are_a_bad_request(emulator: Emulator, runtime: str, chunks: bytes) -> None:
    """Refused, also when the invocation has begun with the chunks before; nothing stays open."""
    session = session_id(f"bad-chunks-{runtime}")
    if not journal(emulator.port, f"bad-chunks-{runtime}"):
        assert invoke(emulator.port, emulator.runtime(runtime).arn, session=f"bad-chunks-{runtime}").status == 200
    path = invocations_path(emulator.runtime(runtime).arn)
    head = request(emulator, "Transfer-Encoding: chunked", f"{SESSION_HEADER}: {session}", body=b"", path=path)

    assert set(statuses(raw(emulator.port, head + chunks))) <= {400, 200}
    wait_until(lambda: all(entry["closed_by"] for entry in journal(emulator.port, f"bad-chunks-{runtime}")))


def test_chunked_payloads_with_extensions_and_trailers_are_taken(emulator: Emulator) -> None:
    """The rules of HTTP allow both."""
    head = request(emulator, "Transfer-Encoding: chunked", body=b"")

    assert statuses(raw(emulator.port, head + b"2;a=b\r\n{}\r\n0\r\nX: y\r\n\r\n")) == [200]


def test_an_absolute_form_target_is_taken_by_its_path(emulator: Emulator) -> None:
    """As RFC 9112 asks of every server."""
    path = "http://any.example" + invocations_path(emulator.runtime("count").arn)

    assert statuses(raw(emulator.port, request(emulator, path=path))) == [200]


@pytest.mark.parametrize(
    "line",
    [
        "OPTIONS * HTTP/1.1",
        "CONNECT x:443 HTTP/1.1",
        "PRI * HTTP/2.0",
        "GET  HTTP/1.1",
        "GET http:// HTTP/1.1",
        "GET //// HTTP/1.1",
        "TRACE / HTTP/1.1",
        "FOO / HTTP/1.1",
    ],
)
def test_targets_of_other_kinds_are_refused(emulator: Emulator, line: str) -> None:
    """A 4xx, or a cut."""
    answer = raw(emulator.port, f"{line}\r\nHost: x\r\n\r\n".encode())

    assert all(400 <= status < 500 for status in statuses(answer))


def test_http_1_0_is_answered_and_hung_up(emulator: Emulator) -> None:
    """One answer to each connection, and it says so."""
    answer = raw(emulator.port, request(emulator, version="1.0"))

    assert statuses(answer) == [200]
    assert b"connection: close" in answer.lower()


def test_requests_in_one_packet_are_answered_in_order(emulator: Emulator) -> None:
    """Two hundred pipelined invocations, each with its own session."""
    names = [session_id(f"pipelined-{n}") for n in range(200)]
    data = b"".join(request(emulator, f"{SESSION_HEADER}: {name}") for name in names)
    answer = b""
    with socket.create_connection(("127.0.0.1", emulator.port), timeout=TIMEOUT_S) as connection:
        connection.sendall(data)
        while answer.count(b"\r\n0\r\n\r\n") < len(names):
            answer += connection.recv(65_536)

    assert statuses(answer) == [200] * 200
    assert re.findall(rb"session-id: ([^\r]+)", answer) == [name.encode() for name in names]


def test_a_bad_request_behind_a_good_one_does_not_harm_it(emulator: Emulator) -> None:
    """The first is answered or cut, the second is never taken for anything else."""
    answer = raw(emulator.port, request(emulator) + b"garbage\r\n\r\n")

    assert statuses(answer) in ([200], [200, 400], [400])


def test_clients_that_vanish_at_every_byte_leave_nothing_open(emulator: Emulator) -> None:
    """A request broken off anywhere; every invocation in the journal has ended."""
    session = session_id("vanished")
    path = invocations_path(emulator.runtime("count").arn)
    data = request(emulator, f"{SESSION_HEADER}: {session}", body=b'{"a": "b"}', path=path)
    for end in range(1, len(data)):
        with socket.create_connection(("127.0.0.1", emulator.port), timeout=TIMEOUT_S) as connection:
            connection.sendall(data[:end])
    assert statuses(raw(emulator.port, data)) == [200]

    assert [entry["closed_by"] for entry in journal(emulator.port, "vanished") if entry["closed_by"] is None] == []
