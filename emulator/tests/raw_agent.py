"""An agent that speaks HTTP by hand, and badly: it answers with the bytes that the payload names."""

import contextlib
import json
import socket
import threading
from collections.abc import Iterator

EVENT = b"9\r\ndata: 1\n\n\r\n"
HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n"
HEALTHY = b'HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 21\r\n\r\n{"status": "Healthy"}'
OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}"

# What breaks before the answer has begun: the client gets a modelled error.
UNBEGUN = {
    "garbage": b"\x00\xff this is no HTTP\r\n\r\n",
    "nothing": b"",
    "half a head": b"HTTP/1.1 200 OK\r\nContent-Ty",
    "two lengths": b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\n{}x",
    "status 101": b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\n",
    "status 599": b"HTTP/1.1 599 Odd\r\nContent-Length: 2\r\n\r\n{}",
    "status 99": b"HTTP/1.1 99 Odd\r\nContent-Length: 2\r\n\r\n{}",
    "only 100s": b"HTTP/1.1 100 Continue\r\n\r\n" * 1_000,
    "endless headers": b"HTTP/1.1 200 OK\r\n" + b"X-Header: and another one\r\n" * 100_000,
    "one endless header": b"HTTP/1.1 200 OK\r\nX-Header: " + b"x" * 3_000_000,
    "an impossible header": b"HTTP/1.1 200 OK\r\nContent-Type: a\x01b\r\nContent-Length: 2\r\n\r\n{}",
}
# What breaks in the middle: the client sees a cut.
BEGUN = {
    "bad chunk": HEAD + EVENT + b"zz\r\nrest",
    "broken chunk": HEAD + EVENT + b"ff\r\nshort",
    "no last chunk": HEAD + EVENT,
    "short body": b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nshort",
}
# Odd, but an answer.
FINE = {
    "long body": OK + b"and much more",
    "two answers": OK * 2,
    "after 100s": b"HTTP/1.1 100 Continue\r\n\r\n" * 3 + OK,
    "until it hangs up": b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\n\r\n{}",
    "chunked and hung up": HEAD + b"2\r\n{}\r\n0\r\n\r\n",
}
ANSWERS = UNBEGUN | BEGUN | FINE


@contextlib.contextmanager
def raw_agent() -> Iterator[int]:
    """Serves in a thread until the block ends; its port."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        serving = threading.Thread(target=_serve, args=(listener,))
        serving.start()
        try:
            yield listener.getsockname()[1]
        finally:
            listener.shutdown(socket.SHUT_RDWR)
            serving.join()


def _serve(listener: socket.socket) -> None:
    while True:
        try:
            connection, _ = listener.accept()
        except OSError:
            return
        with connection, contextlib.suppress(OSError):
            _answer(connection)


def _answer(connection: socket.socket) -> None:
    """One request, one answer, hung up."""
    connection.settimeout(5)
    head, _, body = connection.recv(65_536).partition(b"\r\n\r\n")
    if b" /ping " in head:
        connection.sendall(HEALTHY)
        return
    order = json.loads(body or connection.recv(65_536))
    connection.sendall(ANSWERS[order])
