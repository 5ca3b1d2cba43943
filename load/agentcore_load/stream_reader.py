"""Sends one request with geventhttpclient and hands over the body as it arrives.

geventhttpclient's `read(n)` waits for n bytes, and so does everything built on it (`iter_content`, `iter_lines` of
Locust's fast user): with small events every one of them is seen up to a whole stream late. Its `readline` never ends
for a stream whose lines end with CR. So the body is read here as the parser delivers it, one `recv` at a time, and
stamped before it is decoded. That needs two attributes of the response that are not public; a test pins them.

Source: own measurement of every read of Locust's clients, read 2026-11-20 - observed
"""

import select
import time
from collections.abc import Iterator
from types import SimpleNamespace
from typing import Final, NamedTuple

import gevent.monkey
from geventhttpclient import connectionpool
from geventhttpclient.client import HTTPClient
from geventhttpclient.response import HTTPConnectionClosed, HTTPParseError, HTTPSocketPoolResponse

from agentcore_load.history import StreamOutcome
from agentcore_load.observation import Observation

clock: Final = time.perf_counter
BROKEN: Final = (OSError, HTTPParseError)
"""What a connection that fails raises."""
_RECV_BYTES: Final = 65536
_SHOWN_BYTES: Final = 300


class Request(NamedTuple):
    """An HTTP request, ready to be sent."""

    method: str
    target: str
    body: bytes
    headers: dict[str, str]


def follow(client: HTTPClient, request: Request, observation: Observation) -> tuple[StreamOutcome, str | None]:
    """Send the request and show the observation everything that comes back. Returns how it ended, and why."""
    try:
        response = client.request(*request)
    except BROKEN as error:
        return observation.broken(describe(error))
    try:
        observation.headers(response.status_code, clock())
        refusal = _refusal(response)
        if refusal is not None:
            return StreamOutcome.HTTP_ERROR, refusal
        for data, arrived_s in read_available(response):
            observation.feed(data, arrived_s)
    except BROKEN as error:
        return observation.broken(describe(error))
    finally:
        response.release()
    return observation.complete()


def read_available(response: HTTPSocketPoolResponse) -> Iterator[tuple[bytes, float]]:
    """The body in the pieces in which it arrives, each with the time of its arrival.

    Raises:
        OSError, HTTPParseError: the connection broke, or ended before the response was complete.
    """
    arrived_s = clock()
    while True:
        if response._body_buffer:  # noqa: SLF001 - no public read returns what is there without waiting for more
            data = bytes(response._body_buffer)  # noqa: SLF001 - the same
            response._body_buffer.clear()  # noqa: SLF001 - the same
            yield data, arrived_s
        if response.message_complete:
            return
        sock = response._sock  # noqa: SLF001 - the same
        if sock is None:
            raise HTTPConnectionClosed("the connection was given up")
        received = sock.recv(_RECV_BYTES)
        arrived_s = clock()
        response.feed(received)
        if not received and not response.message_complete:
            raise HTTPConnectionClosed("the connection ended before the response")


def _refusal(response: HTTPSocketPoolResponse) -> str | None:
    """Why the answer is no event stream, with the beginning of its body; None when it is one."""
    kind = response.get("content-type")
    if response.status_code == 200 and isinstance(kind, str) and kind.partition(";")[0].strip() == "text/event-stream":
        return None
    seen = b""
    for data, _ in read_available(response):
        seen += data
        if len(seen) >= _SHOWN_BYTES:
            break
    return f"{response.status_code} {kind}: {seen[:_SHOWN_BYTES].decode('utf-8', 'replace')}"


def describe(error: Exception) -> str:
    """An exception in one line."""
    return f"{type(error).__name__}: {error}"


def check_liveness_without_yielding() -> None:
    """Make the client's keep-alive check a plain system call.

    Before it uses a pooled connection again it asks `select` whether the peer has closed it. Patched by gevent, that
    call gives way to every other greenlet, between our start stamp and the send: at 200 users with 100 events a second
    it added 1.3 ms (p50) and 4.2 ms (p99) to each first chunk. `poll` also has no limit of 1 024 descriptors.

    Source: own measurement, read 2026-11-20 - observed
    """
    poll = gevent.monkey.get_original("select", "poll")

    def readable(sockets: list[object], _write: object, _error: object, _timeout: float) -> tuple[list[object], ...]:
        poller = poll()
        for one in sockets:
            poller.register(one, select.POLLIN)
        return (sockets if poller.poll(0) else [], [], [])

    vars(connectionpool)["select"] = SimpleNamespace(select=readable)
