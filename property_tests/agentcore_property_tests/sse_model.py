"""A second reader of event streams: slow, of the whole stream at once, written to be obviously right.

It shares nothing with the decoder but the type of its events, so that the two disagree where one of them is wrong.

Source: WHATWG HTML, section 9.2 "Server-sent events", read 2026-11-20 - documented
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final

from agentcore_contracts.sse import MAX_RECONNECTION_TIME_MS, ServerSentEvent

CR: Final = 0x0D
LF: Final = 0x0A
BOM: Final = b"\xef\xbb\xbf"


@dataclass
class Reading:
    """What a whole stream says."""

    events: list[ServerSentEvent] = field(default_factory=list)
    ends: list[int] = field(default_factory=list)
    """For each event, after how many bytes of the stream its blank line is complete."""
    last_event_id: str = ""
    reconnection_time_ms: int | None = None


def read(stream: bytes) -> Reading:
    """All events of a stream."""
    reading = Reading()
    block: list[tuple[str, str]] = []
    id_buffer = ""
    for end, line in lines(stream):
        if line:
            name, value = name_and_value(line)
            if name == "retry" and is_digits(value):
                reading.reconnection_time_ms = min(decimal(value), MAX_RECONNECTION_TIME_MS)
            block.append((name, value))
            continue
        for name, value in block:
            if name == "id" and "\x00" not in value:
                id_buffer = value
        reading.last_event_id = id_buffer
        data = [value for name, value in block if name == "data"]
        types = [value for name, value in block if name == "event"]
        times = [value for name, value in block if name == "retry" and is_digits(value)]
        if data:
            type_ = types[-1] if types and types[-1] else "message"
            retry = min(decimal(times[-1]), MAX_RECONNECTION_TIME_MS) if times else None
            reading.events.append(ServerSentEvent(type_, "\n".join(data), id_buffer, retry))
            reading.ends.append(end)
        block = []
    return reading


def lines(stream: bytes) -> Iterator[tuple[int, str]]:
    """Each ended line with the number of bytes read when it is known to have ended."""
    at = len(BOM) if stream[: len(BOM)] == BOM else 0
    line = bytearray()
    while at < len(stream):
        byte = stream[at]
        at += 1
        if byte not in (CR, LF):
            line.append(byte)
            continue
        yield at, line.decode("utf-8", "replace")
        line.clear()
        if byte == CR and stream[at : at + 1] == bytes([LF]):
            at += 1


def name_and_value(line: str) -> tuple[str, str]:
    """A line before and behind its first colon; a comment has an empty name."""
    for at, character in enumerate(line):
        if character == ":":
            start = at + 2 if line[at + 1 : at + 2] == " " else at + 1
            return line[:at], line[start:]
    return line, ""


def is_digits(value: str) -> bool:
    return value != "" and all("0" <= character <= "9" for character in value)


def decimal(digits: str) -> int:
    number = 0
    for digit in digits:
        number = number * 10 + ord(digit) - ord("0")
    return number
