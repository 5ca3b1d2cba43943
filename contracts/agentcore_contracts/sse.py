"""Server-sent events: bytes of an event stream in, events out.

The project's one decoder. It knows the stream rules and nothing of HTTP, JSON or AgentCore.

Four properties hold for every input:

* *exact*: the events are those of the rules, wherever the transport cut the bytes;
* *prompt*: an event is returned by the `feed` that brings the last byte of its blank line, a bare CR included;
* *total*: no bytes make it raise, ill-formed UTF-8 becomes U+FFFD;
* *bounded*: what it holds between two feeds is limited by `max_event_bytes`.

A stream that ends needs no call: the unfinished line and the unfinished block are thrown away by the rules, and
neither gives an event nor changes `last_event_id`.

Source: WHATWG HTML, section 9.2 "Server-sent events", read 2026-11-20 - documented
"""

from typing import Final, NamedTuple

MAX_EVENT_BYTES: Final = 16 * 1024 * 1024
"""Longest event a decoder accepts by default."""

MAX_RECONNECTION_TIME_MS: Final = 2**63 - 1
"""A `retry` above this counts as this: a field of any number of digits is legal, a number of any size is no use."""

_BOM: Final = b"\xef\xbb\xbf"
_SLICE_BYTES: Final = 64 * 1024


class ServerSentEvent(NamedTuple):
    """One dispatched event."""

    event: str
    """Its type; "message" when its block named none."""
    data: str
    """Its data lines, joined by LF."""
    id: str
    """The last event id when it was dispatched: its own, or the one an earlier block set; "" when there was none."""
    retry: int | None
    """The reconnection time in ms that its own block set, None when it set none."""


class SSEDecoder:
    """Decodes one event stream.

    Args:
        max_event_bytes: the longest event accepted, counted as the bytes of all lines of its block without their
            line ends; comments are free. A longer one is dropped whole (its id too; a `retry` read before the limit
            stays in force), counted in `dropped_events`, and decoding goes on behind its blank line.
            In memory a block of very many very short lines takes up to nine times its bytes.
    """

    def __init__(self, *, max_event_bytes: int = MAX_EVENT_BYTES) -> None:
        self.last_event_id = ""
        """What a client that reconnects would send as `Last-Event-ID`."""
        self.reconnection_time_ms: int | None = None
        """The newest `retry` of the stream, None before the first."""
        self.dropped_events = 0
        """How many blocks were dropped because they were longer than `max_event_bytes`."""
        self._max_event_bytes = max_event_bytes
        self._data: list[str] = []
        self._retry: int | None = None
        self.reset()

    def reset(self) -> None:
        """Throw the unfinished block away and expect the first byte of a new connection.

        What outlives a connection stays: `last_event_id`, `reconnection_time_ms`, `dropped_events`.
        """
        self._start: bytes | None = b""  # what may become the byte order mark; None once that is decided
        self._after_cr = False
        self._tail = bytearray()  # the unfinished line; of a line that will not be read, its first byte only
        self._overlong = False
        self._clear_block()
        self._id = self.last_event_id

    def feed(self, chunk: bytes) -> list[ServerSentEvent]:
        """Take the next bytes of the stream, return the events that they complete."""
        events: list[ServerSentEvent] = []
        if self._start is not None:
            chunk = self._without_bom(chunk)
        if self._after_cr and chunk:
            self._after_cr = False
            if chunk[0] == 0x0A:
                chunk = chunk[1:]
        if b"\r" in chunk:
            self._after_cr = chunk.endswith(b"\r")
            chunk = chunk.replace(b"\r\n", b"\n").replace(b"\r", b"\n")
        if len(chunk) <= _SLICE_BYTES:
            self._read(chunk, events)
        else:
            for start in range(0, len(chunk), _SLICE_BYTES):
                self._read(chunk[start : start + _SLICE_BYTES], events)
        return events

    def _without_bom(self, chunk: bytes) -> bytes:
        start = (self._start or b"") + chunk
        if len(start) < len(_BOM) and _BOM.startswith(start):
            self._start = start
            return b""
        self._start = None
        return start.removeprefix(_BOM)

    def _read(self, chunk: bytes, events: list[ServerSentEvent]) -> None:
        """Read bytes whose lines all end in LF."""
        if self._overlong or self._held_bytes + len(self._tail) + len(chunk) > self._max_event_bytes:
            self._read_counting(chunk, events)
            return
        lines_end = chunk.rfind(b"\n") + 1
        if lines_end:
            lines = bytes(self._tail) + chunk[:lines_end]
            self._tail = bytearray(chunk[lines_end:])
            blocks_end = lines.rfind(b"\n\n")
            if blocks_end >= 0:
                self._read_blocks(lines[:blocks_end].decode("utf-8", "replace"), events)
                lines = lines[blocks_end + 2 :]
            for line in lines.split(b"\n")[:-1]:
                self._read_line(line, events)
        else:
            self._tail += chunk
        if self._tail[:1] == b":":
            del self._tail[1:]

    def _read_blocks(self, blocks: str, events: list[ServerSentEvent]) -> None:
        """Read whole blocks; the first may continue one begun before."""
        first, *others = blocks.split("\n\n")
        self._read_block(first, events)
        append, event = events.append, ServerSentEvent._make  # `_make` costs two thirds of the constructor
        for block in others:
            if block.startswith("data: ") and "\n" not in block:
                append(event(("message", block[6:], self.last_event_id, None)))
            else:
                self._read_block(block, events)

    def _read_block(self, block: str, events: list[ServerSentEvent]) -> None:
        for line in block.split("\n"):
            if line:
                self._read_field(line)
            else:
                self._dispatch(events)
        self._dispatch(events)

    def _read_line(self, line: bytes, events: list[ServerSentEvent]) -> None:
        if not line:
            self._dispatch(events)
        elif line[0] != 0x3A:
            self._held_bytes += len(line)
            self._read_field(line.decode("utf-8", "replace"))

    def _read_counting(self, chunk: bytes, events: list[ServerSentEvent]) -> None:
        """Read as `_read` does, line by line, where the longest event may be passed."""
        *lines, tail = bytes(self._tail + chunk).split(b"\n")
        for line in lines:
            self._drop_if_overlong(line)
            if not self._overlong:
                self._read_line(line, events)
            elif not line:
                self._overlong = False
        self._drop_if_overlong(tail)
        self._tail = bytearray(tail[:1] if self._overlong or tail.startswith(b":") else tail)

    def _drop_if_overlong(self, line: bytes) -> None:
        too_long = self._held_bytes + len(line) > self._max_event_bytes
        if too_long and not self._overlong and not line.startswith(b":"):
            self._overlong = True
            self.dropped_events += 1
            self._clear_block()
            self._id = self.last_event_id

    def _read_field(self, line: str) -> None:
        name, _, value = line.partition(":")
        value = value.removeprefix(" ")
        if name == "data":
            self._data.append(value)
        elif name == "event":
            self._type = value
        elif name == "id":
            if "\0" not in value:
                self._id = value
        elif name == "retry" and value.isascii() and value.isdigit():
            digits = value.lstrip("0") or "0"
            limit = MAX_RECONNECTION_TIME_MS
            self._retry = self.reconnection_time_ms = min(int(digits), limit) if len(digits) < 20 else limit

    def _dispatch(self, events: list[ServerSentEvent]) -> None:
        self.last_event_id = self._id
        if self._data:
            events.append(ServerSentEvent(self._type or "message", "\n".join(self._data), self._id, self._retry))
        self._clear_block()

    def _clear_block(self) -> None:
        self._data.clear()
        self._type = ""
        self._retry = None
        self._held_bytes = 0
