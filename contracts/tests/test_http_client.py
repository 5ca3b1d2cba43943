"""The raw client sends what it is given, hands on what arrives when it arrives, and tells how it ended."""

import socket
import threading

import pytest
from scripted_server import ScriptedServer, saying

from agentcore_contracts.http_client import Ending, Exchange, Request, Timeouts, send
from agentcore_contracts.verify import RequirementFailed, TargetUnavailable

STREAM_HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream; charset=utf-8\r\n"
QUICK = Timeouts(connect_s=5, read_s=0.05, total_s=5)


def _request(server: ScriptedServer, path: str = "/", body: bytes = b"") -> Request:
    return Request("POST", server.endpoint_url, path, (("X-One", "1"), ("x-one", "2")), body)


def test_request_goes_out_as_given() -> None:
    """Path, repeated headers and body are on the wire byte for byte."""
    with ScriptedServer(saying(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")) as server:
        send(_request(server, "/a%2Fb%3Ac/../d?x=%20&x", b"\x00\xff"))

    lines = server.head.split("\r\n")
    assert lines[0] == "POST /a%2Fb%3Ac/../d?x=%20&x HTTP/1.1"
    assert ("X-One: 1" in lines, "x-one: 2" in lines) == (True, True)
    assert server.body == b"\x00\xff"


def test_event_is_there_when_its_last_byte_is() -> None:
    """Each event is handed on before the server goes on, which here waits for that."""
    seen = threading.Event()

    def script(connection: socket.socket) -> None:
        connection.sendall(STREAM_HEAD + b"Transfer-Encoding: chunked\r\n\r\n" + b"b\r\ndata: one\n\n\r\n")
        assert seen.wait(5)
        connection.sendall(b"b\r\ndata: two\n\n\r\n0\r\n\r\n")

    with ScriptedServer(script) as server, Exchange(_request(server)) as exchange:
        first = next(exchange.events())
        seen.set()
        response = exchange.finish()

    assert first.event.data == "one"
    assert [event.event.data for event in response.events] == ["one", "two"]
    assert response.events[0].at_s <= response.events[1].at_s <= response.duration_s


@pytest.mark.parametrize(
    ("said", "body", "ending"),
    [
        (b"Content-Length: 4\r\n\r\nfour", b"four", Ending.COMPLETE),
        (b"Content-Length: 4\r\n\r\nfo", b"fo", Ending.CUT),
        (b"Transfer-Encoding: chunked\r\n\r\n4\r\nfour\r\n0\r\n\r\n", b"four", Ending.COMPLETE),
        (b"Transfer-Encoding: chunked\r\n\r\n4\r\nfour\r\n", b"four", Ending.CUT),
        (b"Transfer-Encoding: chunked\r\n\r\n4\r\nfo", b"fo", Ending.CUT),
        (b"Transfer-Encoding: chunked\r\n\r\nno size\r\n", b"", Ending.CUT),
        (b"\r\nuntil it hangs up", b"until it hangs up", Ending.COMPLETE),
    ],
)
def test_how_a_body_ends(said: bytes, body: bytes, ending: Ending) -> None:
    """A body that ends in order is told apart from one that is cut, and what came before the cut is kept."""
    with ScriptedServer(saying(b"HTTP/1.1 200 OK\r\n" + said)) as server:
        response = send(_request(server))

    assert (response.body, response.ending) == (body, ending)


@pytest.mark.parametrize("timeouts", [QUICK, Timeouts(read_s=5, total_s=0.1)])
def test_silence_in_the_body(timeouts: Timeouts) -> None:
    """A body that does not end in time keeps what came, and says so."""
    done = threading.Event()

    def script(connection: socket.socket) -> None:
        connection.sendall(STREAM_HEAD + b"\r\ndata: one\n\n")
        assert done.wait(5)

    with ScriptedServer(script) as server:
        response = send(_request(server), timeouts)
        done.set()

    assert ([event.event.data for event in response.events], response.ending) == (["one"], Ending.TIMEOUT)


def test_silence_instead_of_a_response() -> None:
    """A server that accepts and says nothing in time is unavailable."""
    done = threading.Event()

    def script(_: socket.socket) -> None:
        assert done.wait(5)

    with ScriptedServer(script) as server:
        with pytest.raises(TargetUnavailable, match="gave no response"):
            send(_request(server), QUICK)
        done.set()


def test_hang_up_instead_of_a_response() -> None:
    """A server that hangs up without a response is unavailable."""
    with ScriptedServer(saying()) as server, pytest.raises(TargetUnavailable, match="RemoteDisconnected"):
        send(_request(server))


def test_nobody_there() -> None:
    """An endpoint that refuses the connection is unavailable, and is named."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        endpoint_url = f"http://127.0.0.1:{taken.getsockname()[1]}"

    with pytest.raises(TargetUnavailable, match=f"{endpoint_url} gave no response"):
        send(Request("GET", endpoint_url, "/"))


def test_evidence_hides_credentials() -> None:
    """The exchange in words has request, headers and body, but no credential."""
    with ScriptedServer(saying(b"HTTP/1.1 418 Teapot\r\nX-Two: 2\r\nSet-Cookie: s3cret\r\n\r\nshort")) as server:
        secret = (("Authorization", "s3cret"), ("X-Amz-Security-Token", "s3cret"))
        text = send(Request("POST", server.endpoint_url, "/p", secret, b"asked")).describe()

    assert "s3cret" not in text
    for part in ("POST /p", "asked", "HTTP 418", "X-Two: 2", "short"):
        assert part in text


def test_body_as_json() -> None:
    """A JSON body is read as what it says."""
    with ScriptedServer(saying(b"HTTP/1.1 200 OK\r\n\r\n[1]")) as server:
        assert send(_request(server)).json() == [1]


def test_body_that_is_no_json() -> None:
    """A body that is no JSON is a finding about the target."""
    with ScriptedServer(saying(b"HTTP/1.1 200 OK\r\n\r\n[1")) as server, pytest.raises(RequirementFailed):
        send(_request(server)).json()
