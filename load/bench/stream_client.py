"""A client that costs almost nothing: raw sockets and epoll, one thread, requests given as bytes.

Each connection sends its request again as soon as its stream has ended. Chunked answers only; an event is counted
where `data:` stands. What it takes itself is small beside what is measured: about 4 microseconds for each arrival.
"""

import select
import socket
import time
from dataclasses import dataclass, field
from typing import Final

_RECEIVE_SIZE: Final = 262_144
_END: Final = b"0\r\n\r\n"
_STALLED_S: Final = 20.0


@dataclass(slots=True)
class Observed:
    """What came of some streams. Times are in seconds since the stream's request was sent."""

    first_s: list[float] = field(default_factory=list)
    arrivals_s: list[list[float]] = field(default_factory=list)
    elapsed_s: float = 0.0
    cpu_s: float = 0.0

    @property
    def streams(self) -> int:
        """How many streams ended in order."""
        return len(self.first_s)


@dataclass(slots=True)
class _Connection:
    socket: socket.socket
    request: bytes
    sent_at: float = 0.0
    first_s: float | None = None
    arrivals_s: list[float] = field(default_factory=list)
    tail: bytes = b""

    def send(self) -> None:
        self.first_s, self.arrivals_s, self.tail = None, [], b""
        self.sent_at = time.perf_counter()
        self.socket.sendall(self.request)

    def receive(self, *, arrivals: bool) -> bool:
        """Takes what has come; whether the stream has ended."""
        data = self.socket.recv(_RECEIVE_SIZE)
        at_s = time.perf_counter() - self.sent_at
        if not self.tail and not data.startswith(b"HTTP/1.1 200"):
            raise SystemExit(f"the answer is not what is measured: {data[:300]!r}")
        if self.first_s is None and b"data:" in data:
            self.first_s = at_s
        if arrivals:
            self.arrivals_s.extend([at_s] * data.count(b"data:"))
        self.tail = (self.tail + data)[-len(_END) :] if len(data) < len(_END) else data[-len(_END) :]
        return self.tail == _END


def post(path: str, payload: bytes, session: str = "") -> bytes:
    """The bytes of one request."""
    head = f"POST {path} HTTP/1.1\r\nHost: localhost\r\nContent-Length: {len(payload)}\r\n"
    if session:
        head += f"X-Amzn-Bedrock-AgentCore-Runtime-Session-Id: {session.ljust(33, '-')}\r\n"
    return head.encode() + b"\r\n" + payload


def connect(port: int) -> socket.socket:
    """A connection to that port of this machine."""
    connection = socket.create_connection(("127.0.0.1", port))
    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return connection


def once(port: int, request: bytes) -> bytes:
    """The whole answer to one request, head and chunks as they are."""
    with connect(port) as connection:
        connection.sendall(request)
        received = b""
        while not received.endswith(_END):
            data = connection.recv(_RECEIVE_SIZE)
            if not data:
                raise SystemExit(f"the answer broke off: {received[-300:]!r}")
            received += data
        return received


def stream(
    port: int, requests: list[bytes], duration_s: float, *, stagger_s: float = 0.0, arrivals: bool = False
) -> Observed:
    """Streams on one connection for each request, again and again for `duration_s`; open ones are waited for.

    Args:
        stagger_s: over how long the first requests are spread.
        arrivals: keep the time of every event.
    """
    observed = Observed()
    connections = [_Connection(connect(port), request) for request in requests]
    by_fd = {one.socket.fileno(): one for one in connections}
    poll = select.epoll()
    for fd in by_fd:
        poll.register(fd, select.EPOLLIN)
    cpu_s, began = time.process_time(), time.perf_counter()
    starts = [(began + stagger_s * n / len(connections), one) for n, one in enumerate(connections)][::-1]
    is_open = 0
    while starts or is_open:
        now = time.perf_counter()
        while starts and starts[-1][0] <= now:
            starts.pop()[1].send()
            is_open += 1
        ready = poll.poll(max(0.0, starts[-1][0] - now) if starts else _STALLED_S)
        if not ready and not starts:
            raise SystemExit(f"{is_open} streams stand still")
        for fd, _ in ready:
            one = by_fd[fd]
            if not one.receive(arrivals=arrivals):
                continue
            observed.first_s.append(one.first_s or 0.0)
            observed.arrivals_s.append(one.arrivals_s)
            if time.perf_counter() - began < duration_s:
                one.send()
            else:
                is_open -= 1
    observed.elapsed_s, observed.cpu_s = time.perf_counter() - began, time.process_time() - cpu_s
    poll.close()
    for one in connections:
        one.socket.close()
    return observed
