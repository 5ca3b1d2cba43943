"""What no honest client sends: the emulator answers with an error or hangs up, and goes on serving."""

import http.client
import json
from collections.abc import Iterator

import pytest
from emulator_calls import (
    SESSION_HEADER,
    TIMEOUT_S,
    admin,
    call,
    invocations_path,
    journal,
    raw,
    script,
    session_id,
    wait_until,
)

from agentcore_emulator.server import Emulator
from agentcore_emulator.settings import Settings


@pytest.fixture(scope="module")
def emulator() -> Iterator[Emulator]:
    """An emulator with one scripted runtime."""
    with Emulator(Settings(scenarios=(script("count", 0),))) as emulator:
        yield emulator


@pytest.fixture(autouse=True)
def still_serving(emulator: Emulator) -> Iterator[None]:
    """After whatever came, health answers."""
    yield
    assert admin(emulator.port, "health")["status"] == "ready"


@pytest.mark.parametrize(
    "data",
    [
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
        b"garbage\r\n\r\n",
        b"GET /\xff HTTP/1.1\r\nHost: x\r\n\r\n",
        b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: -1\r\n\r\n",
        b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n",
        b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        b"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
        b"GET / HTTP/1.1\r\nHost: x\r\nA\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: x\r\nA: \x00\r\n\r\n",
    ],
)
def test_what_is_no_http_is_a_bad_request(emulator: Emulator, data: bytes) -> None:
    """The answer is 400 and the connection is closed."""
    assert b" 400 Bad Request" in raw(emulator.port, data)


@pytest.mark.parametrize(
    "head",
    [
        b"GET / HTTP/1.1\r\nHost: x\r\nA: " + b"x" * 70_000,
        b"GET / HTTP/1.1\r\n" + b"A: x\r\n" * 12_000,
        b"GET /?" + b"x" * 70_000,
    ],
)
def test_an_endless_head_is_cut_off(emulator: Emulator, head: bytes) -> None:
    """More than 64 KB of request line and headers are answered with 431 before their end came."""
    assert raw(emulator.port, head).startswith(b"HTTP/1.1 431 ")


def test_a_second_request_on_a_connection_has_a_limit_of_its_own(emulator: Emulator) -> None:
    """Heads are counted one by one."""
    connection = http.client.HTTPConnection("127.0.0.1", emulator.port, timeout=TIMEOUT_S)
    for _ in range(3):
        connection.request("GET", "/", headers={"A": "x" * 50_000})
        response = connection.getresponse()
        assert (response.status, len(response.read()) > 0) == (404, True)
    connection.close()


@pytest.mark.parametrize("label", ["%", "%4", "%zz", "%ff", "x" * 3_000])
def test_a_broken_label_is_invalid(emulator: Emulator, label: str) -> None:
    """Broken escapes, other encodings and endless labels are 400."""
    answer = call(emulator.port, "POST", f"/runtimes/{label}/invocations")

    assert answer.error == (400, "ValidationException")


@pytest.mark.parametrize("label", ["..", "%2e%2e%2f%2e%2e%2fetc%2fpasswd", "%00", "a%0d%0aX: y"])
def test_a_path_is_never_more_than_a_name(emulator: Emulator, label: str) -> None:
    """Dots, slashes, zeros and line ends are looked up, not found, and stand in no header."""
    path = f"/runtimes/{label.replace(' ', '%20')}/invocations?accountId=123456789012"
    answer = call(emulator.port, "POST", path)

    assert answer.error == (404, "ResourceNotFoundException")
    assert "x" not in answer.headers


def test_a_query_of_many_fields_is_invalid(emulator: Emulator) -> None:
    """Nothing legal has more than a hundred."""
    path = invocations_path("x", "?" + "&".join(f"a{n}=1" for n in range(1_000)))

    assert call(emulator.port, "POST", path).error == (400, "ValidationException")


def test_a_payload_that_breaks_off_ends_the_invocation(emulator: Emulator) -> None:
    """Fewer bytes than declared, then nothing: the client has left."""
    session = session_id("short")
    head = f"POST {invocations_path(emulator.runtime('count').arn)} HTTP/1.1\r\nHost: x\r\n{SESSION_HEADER}: {session}"
    answer = raw(emulator.port, f"{head}\r\nContent-Length: 100\r\n\r\nfew".encode())

    assert answer == b""
    wait_until(lambda: journal(emulator.port, "short")[0]["closed_by"] == "client")


@pytest.mark.parametrize(
    "headers",
    [
        {"Host": "rebound.example"},
        {"Host": "127.0.0.1.example:80"},
        {"Host": ""},
        {"Origin": "http://evil.example"},
        {"Origin": "null"},
        {"Origin": "http://127.0.0.1:1"},
    ],
)
def test_the_admin_surface_refuses_other_origins(emulator: Emulator, headers: dict[str, str]) -> None:
    """A page of another origin, or a name bound to loopback, gets 403."""
    answer = call(emulator.port, "POST", "/_emulator/reset", b"", headers)

    assert answer.status == 403
    assert "Host" in answer.json()["message"]


def test_the_admin_surface_serves_its_own_origin(emulator: Emulator) -> None:
    """A page of the emulator itself may ask."""
    own = {"Host": f"localhost:{emulator.port}", "Origin": f"http://localhost:{emulator.port}"}

    assert call(emulator.port, "GET", "/_emulator/health", b"", own).status == 200


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"[]",
        b'{"advance_s": -1}',
        b'{"advance_s": 1e400}',
        b'{"advance_s": NaN}',
        b'{"advance": 1}',
        b"\xff",
    ],
)
def test_garbage_for_the_clock_is_told_why(emulator: Emulator, body: bytes) -> None:
    """The answer is 4xx with a message, never 5xx."""
    answer = call(emulator.port, "POST", "/_emulator/clock", body, {"Content-Type": "application/json"})

    assert answer.status in {400, 422}
    assert answer.json()["message"]


def test_an_oversized_admin_body_is_refused(emulator: Emulator) -> None:
    """A megabyte is the limit."""
    answer = call(emulator.port, "POST", "/_emulator/clock", json.dumps("x" * 1_000_001).encode())

    assert answer.status == 413


@pytest.mark.parametrize(("method", "path", "status"), [("GET", "nothing", 404), ("DELETE", "journal", 405)])
def test_unknown_admin_calls_are_told_in_json(emulator: Emulator, method: str, path: str, status: int) -> None:
    """Wrong paths and wrong methods have a message too."""
    answer = call(emulator.port, method, f"/_emulator/{path}")

    assert answer.status == status
    assert answer.json()["message"]
