"""A raw HTTP/1.1 client: what is given goes out as it is, what arrives is there the moment it arrives.

Why not one of the usual clients: they normalise paths (an ARN in a path must stay percent-encoded), they decode or
gather bodies (an event must be seen when its last byte is there), and they raise where a judge wants to look.
One connection per request, no retries, no redirects, no proxy: what is seen is what this one request got.
"""

import http.client
import json
import os
import ssl
import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from enum import StrEnum
from types import TracebackType
from typing import Final, Self
from urllib.parse import urlsplit

from agentcore_contracts.sse import ServerSentEvent, SSEDecoder
from agentcore_contracts.verify import RequirementFailed, TargetUnavailable

_READ_BYTES: Final = 64 * 1024
_SECRET_HEADERS: Final = frozenset({"authorization", "cookie", "set-cookie", "x-amz-security-token"})
_SHOWN_BYTES: Final = 600

Headers = tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Timeouts:
    """How long to wait, in seconds. The defaults leave room for the cold start of a container (120 s)."""

    connect_s: float = 10.0
    read_s: float = 150.0
    """Longest silence: before the head of the response, and between two reads of its body."""
    total_s: float = 600.0


class Ending(StrEnum):
    """How the body of a response ended."""

    COMPLETE = "complete"
    CUT = "cut"
    TIMEOUT = "not ended before the timeout"


@dataclass(frozen=True, slots=True)
class Request:
    """One request. `raw_path` is path and query exactly as they go on the wire."""

    method: str
    endpoint_url: str
    raw_path: str
    headers: Headers = ()
    body: bytes = b""


@dataclass(frozen=True, slots=True)
class TimedEvent:
    """An event and when its last byte was read."""

    event: ServerSentEvent
    at_s: float
    """Seconds since the request was begun, by the monotonic clock."""
    at_epoch_ms: float
    """The same moment by the wall clock, to compare with stamps of the sender."""


@dataclass(frozen=True, slots=True)
class Response:
    """A response, read to its end."""

    request: Request
    status: int
    headers: Headers
    body: bytes
    events: tuple[TimedEvent, ...]
    """Decoded from the body when it is an event stream, else empty."""
    ending: Ending
    duration_s: float

    def header(self, name: str) -> str | None:
        """The first header of that name in any case, None when there is none."""
        return _header(self.headers, name)

    def json(self) -> object:
        """The body as JSON. Raises `RequirementFailed` when it is none: every caller expects JSON of the target."""
        try:
            return json.loads(self.body)
        except ValueError as error:
            raise RequirementFailed(
                expected="a JSON body", actual=f"{error}: {self.body[:200]!r}", evidence=self.describe()
            ) from error

    def describe(self) -> str:
        """The exchange in words, as evidence: no credentials, and of the bodies only the beginning."""
        request = self.request
        return "\n".join(
            [
                f"{request.method} {request.raw_path}",
                *_shown(request.headers),
                f"({len(request.body)} bytes) {request.body[:_SHOWN_BYTES]!r}",
                f"→ HTTP {self.status} after {self.duration_s:.3f} s",
                *_shown(self.headers),
                f"({len(self.body)} bytes, {self.ending}) {self.body[:_SHOWN_BYTES]!r}",
            ]
        )


def _header(headers: Headers, name: str) -> str | None:
    wanted = name.lower()
    return next((value for key, value in headers if key.lower() == wanted), None)


def _shown(headers: Headers) -> list[str]:
    return [f"{name}: {'(hidden)' if name.lower() in _SECRET_HEADERS else value}" for name, value in headers]


def send(request: Request, timeouts: Timeouts | None = None) -> Response:
    """Send a request and read the response to its end. Raises `TargetUnavailable` when there is no response."""
    with Exchange(request, timeouts) as exchange:
        return exchange.finish()


@dataclass(slots=True)
class _Received:
    body: bytearray = field(default_factory=bytearray)
    events: list[TimedEvent] = field(default_factory=list)
    ending: Ending | None = None


class Exchange:
    """One request and its response while it arrives; a context manager that closes the connection.

    Entering sends the request and returns when the head of the response is there. Raises `TargetUnavailable`.
    """

    status: int
    headers: Headers

    def __init__(self, request: Request, timeouts: Timeouts | None = None) -> None:
        self.request = request
        self._timeouts = timeouts or Timeouts()
        self._connection = _connection(request.endpoint_url, self._timeouts.connect_s)
        self._received = _Received()
        self._begun_s = 0.0

    def __enter__(self) -> Self:
        self._begun_s = time.monotonic()
        try:
            self._connection.connect()
            self._socket = self._connection.sock
            self._limit_silence()
            self._send()
            self._http = self._connection.getresponse()
        except (OSError, http.client.HTTPException) as error:
            self._connection.close()
            reason = f"{type(error).__name__}: {error}".rstrip(": ")
            raise TargetUnavailable(f"{self.request.endpoint_url} gave no response ({reason})") from error
        self.status = self._http.status
        self.headers = tuple(self._http.getheaders())
        # http.client of Python 3.11 does not count down `length` in read1(), so it is counted here.
        self._left = None if self._http.chunked else self._http.length
        is_stream = (self.header("content-type") or "").partition(";")[0].strip().lower() == "text/event-stream"
        self._decoder = SSEDecoder() if is_stream else None
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._http.close()
        self._connection.close()

    def header(self, name: str) -> str | None:
        """The first header of the response with that name in any case, None when there is none."""
        return _header(self.headers, name)

    def events(self) -> Iterator[TimedEvent]:
        """The events of the stream, each as soon as its last byte has arrived, until the body ends."""
        for chunk in self._chunks():
            now = (time.monotonic() - self._begun_s, time.time() * 1000)
            decoded = self._decoder.feed(chunk) if self._decoder is not None else []
            timed = [TimedEvent(event, *now) for event in decoded]
            self._received.body += chunk
            self._received.events += timed
            yield from timed

    def finish(self) -> Response:
        """Read what is left of the body; the response with everything received since the exchange began."""
        for _ in self.events():
            pass
        received = self._received
        return Response(
            request=self.request,
            status=self.status,
            headers=self.headers,
            body=bytes(received.body),
            events=tuple(received.events),
            ending=received.ending or Ending.CUT,
            duration_s=time.monotonic() - self._begun_s,
        )

    def _send(self) -> None:
        connection, request = self._connection, self.request
        connection.putrequest(request.method, request.raw_path)
        for name, value in request.headers:
            connection.putheader(name, value)
        connection.putheader("Content-Length", str(len(request.body)))
        # A server may refuse a request before it has read the body; the response then says why.
        with suppress(BrokenPipeError, ConnectionResetError):
            connection.endheaders(request.body)

    def _chunks(self) -> Iterator[bytes]:
        while self._received.ending is None:
            if self._left == 0:
                self._received.ending = Ending.COMPLETE
                return
            try:
                self._limit_silence()
                chunk = self._http.read1(_READ_BYTES)
            except TimeoutError:
                self._received.ending = Ending.TIMEOUT
                return
            except (OSError, http.client.HTTPException):
                self._received.ending = Ending.CUT
                return
            if not chunk:
                self._received.ending = Ending.CUT if self._left else Ending.COMPLETE
                return
            if self._left is not None:
                self._left -= len(chunk)
            yield chunk

    def _limit_silence(self) -> None:
        left_s = self._begun_s + self._timeouts.total_s - time.monotonic()
        if left_s <= 0:
            raise TimeoutError(f"no end after {self._timeouts.total_s:g} s")
        self._socket.settimeout(min(self._timeouts.read_s, left_s))


def _connection(endpoint_url: str, timeout_s: float) -> http.client.HTTPConnection:
    parts = urlsplit(endpoint_url)
    host = parts.hostname or ""
    if parts.scheme == "https":
        context = ssl.create_default_context(cafile=os.environ.get("AWS_CA_BUNDLE") or None)
        return http.client.HTTPSConnection(host, parts.port, timeout=timeout_s, context=context)
    return http.client.HTTPConnection(host, parts.port, timeout=timeout_s)
