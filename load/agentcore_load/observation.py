"""What one stream showed, and when: bytes and times in, one `Stream` record out.

It takes the time of each arrival as an argument and knows nothing of sockets, so every way a stream can go wrong is
a test of a few lines. The *first chunk* is the first decoded content event: headers, comments, pings and half an
event are bytes, but not yet an answer.
"""

from typing import NamedTuple

from agentcore_contracts.sse import SSEDecoder
from agentcore_load.history import Stream, StreamOutcome
from agentcore_load.plan import EventNames

_ERROR_CHARS = 300


class Invocation(NamedTuple):
    """Which invocation it is."""

    user: int
    n: int
    session_id: str | None


class Observation:
    """Collects the stamps of one stream.

    Args:
        events: the event types of the target.
        begun_s: when the run began.
        sent_s: when the request was sent; all times are seconds of the same monotonic clock.
    """

    def __init__(self, events: EventNames, begun_s: float, sent_s: float) -> None:
        self._events = events
        self._begun_s = begun_s
        self._sent_s = sent_s
        self._decoder = SSEDecoder()
        self._headers_s: float | None = None
        self._first_byte_s: float | None = None
        self._first_chunk_s: float | None = None
        self._last_chunk_s: float | None = None
        self._max_gap_s: float | None = None
        self._chunks = 0
        self._bytes = 0
        self._status: int | None = None
        self._ended = False
        self._error_event: str | None = None

    @property
    def first_chunk_ms(self) -> float | None:
        """Time to the first content event so far."""
        return self._since_sent(self._first_chunk_s)

    def headers(self, status: int, now_s: float) -> None:
        """The response began."""
        self._status = status
        self._headers_s = now_s

    def feed(self, data: bytes, now_s: float) -> None:
        """Bytes of the body arrived."""
        if self._first_byte_s is None:
            self._first_byte_s = now_s
        self._bytes += len(data)
        for event in self._decoder.feed(data):
            if event.event == self._events.content:
                self._content(now_s)
            elif event.event == self._events.error:
                self._error_event = self._error_event or event.data[:_ERROR_CHARS]
            elif event.event == self._events.end:
                self._ended = True

    def _content(self, now_s: float) -> None:
        self._chunks += 1
        if self._last_chunk_s is None:
            self._first_chunk_s = now_s
        else:
            self._max_gap_s = max(self._max_gap_s or 0.0, now_s - self._last_chunk_s)
        self._last_chunk_s = now_s

    def complete(self) -> tuple[StreamOutcome, str | None]:
        """The outcome of a response that ended as HTTP wants it."""
        if self._error_event is not None:
            return StreamOutcome.ERROR_EVENT, self._error_event
        if self._events.end is not None and not self._ended:
            return StreamOutcome.NO_TERMINATOR, f"no {self._events.end!r} event before the end of the response"
        return StreamOutcome.OK, None

    def broken(self, reason: str) -> tuple[StreamOutcome, str | None]:
        """The outcome of a connection that failed: before the response began, or within it."""
        if self._error_event is not None:
            return StreamOutcome.ERROR_EVENT, self._error_event
        return (StreamOutcome.CONNECT_ERROR if self._headers_s is None else StreamOutcome.CUT), reason

    def record(self, which: Invocation, now_s: float, outcome: StreamOutcome, error: str | None) -> Stream:
        """The stream is over."""
        return Stream(
            user=which.user,
            n=which.n,
            session_id=which.session_id,
            started_s=round(self._sent_s - self._begun_s, 6),
            headers_ms=self._since_sent(self._headers_s),
            first_byte_ms=self._since_sent(self._first_byte_s),
            first_chunk_ms=self._since_sent(self._first_chunk_s),
            total_ms=round((now_s - self._sent_s) * 1000, 3),
            chunks=self._chunks,
            bytes=self._bytes,
            max_gap_ms=None if self._max_gap_s is None else round(self._max_gap_s * 1000, 3),
            outcome=outcome.value,
            status=self._status,
            error=error,
        )

    def _since_sent(self, at_s: float | None) -> float | None:
        return None if at_s is None else round((at_s - self._sent_s) * 1000, 3)
