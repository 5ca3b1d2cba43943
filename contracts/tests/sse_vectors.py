"""The fixed vectors of the decoder: how they are written, read, and run in one piece and in many.

A stream stands in the files as a list of reads: literal strings with the byte escapes of Python (\\n \\r \\xNN).
"""

import random
import tomllib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from agentcore_contracts.sse import MAX_EVENT_BYTES, ServerSentEvent, SSEDecoder

_FOLDER = Path(__file__).parent / "sse_cases"
_RANDOM_CUTS = 8

DecoderFactory = Callable[[int], SSEDecoder]
"""Makes a fresh decoder for a longest event in bytes."""


@dataclass(frozen=True)
class Seen:
    """All that a decoder shows of one stream."""

    events: list[ServerSentEvent]
    last_event_id: str
    reconnection_time_ms: int | None
    dropped_events: int


@dataclass(frozen=True)
class Vector:
    name: str
    rule: str
    reads: list[bytes]
    max_event_bytes: int
    expected: Seen
    after: list[int] | None
    """How many events are out after each read, where promptness is the point."""

    @property
    def stream(self) -> bytes:
        return b"".join(self.reads)

    def cuts(self) -> Iterator[list[bytes]]:
        """Every way in which this vector is cut: as written, whole, byte by byte, and seeded random cuts."""
        stream = self.stream
        yield self.reads
        yield [stream]
        yield [stream[at : at + 1] for at in range(len(stream))]
        cutter = random.Random(self.name)
        for _ in range(_RANDOM_CUTS):
            places = sorted(cutter.choices(range(len(stream) + 1), k=cutter.randint(1, 6)))
            yield [stream[a:b] for a, b in zip([0, *places], [*places, len(stream)], strict=True)]


def load_rules() -> dict[str, str]:
    rules: dict[str, str] = tomllib.loads((_FOLDER / "rules.toml").read_text("utf-8"))["rules"]
    return rules


def load_vectors() -> list[Vector]:
    return [_vector(table) for file in sorted(_FOLDER.glob("*.toml")) for table in _tables(file)]


def decode(make_decoder: DecoderFactory, vector: Vector, reads: Sequence[bytes]) -> Seen:
    """Run one decoder over the reads."""
    decoder = make_decoder(vector.max_event_bytes)
    events = [event for read in reads for event in decoder.feed(read)]
    return Seen(events, decoder.last_event_id, decoder.reconnection_time_ms, decoder.dropped_events)


def counts_after_reads(make_decoder: DecoderFactory, vector: Vector) -> list[int]:
    """How many events are out after each read, as the vector is written."""
    decoder = make_decoder(vector.max_event_bytes)
    counts: list[int] = []
    for read in vector.reads:
        counts.append(len(decoder.feed(read)) + (counts[-1] if counts else 0))
    return counts


def is_satisfied(make_decoder: DecoderFactory, vector: Vector) -> bool:
    """Whether the decoder gives what the vector says, under every cut and in time."""
    right = all(decode(make_decoder, vector, reads) == vector.expected for reads in vector.cuts())
    return right and (vector.after is None or counts_after_reads(make_decoder, vector) == vector.after)


def _tables(file: Path) -> list[dict[str, Any]]:
    tables: list[dict[str, Any]] = tomllib.loads(file.read_text("utf-8")).get("vector", [])
    return tables


def _vector(table: dict[str, Any]) -> Vector:
    expected = Seen(
        events=[_event(**event) for event in table.pop("events")],
        last_event_id=table.pop("last_event_id", ""),
        reconnection_time_ms=table.pop("reconnection_time_ms", None),
        dropped_events=table.pop("dropped_events", 0),
    )
    reads = [read.encode("ascii").decode("unicode_escape").encode("latin-1") for read in table.pop("stream")]
    limit = table.pop("max_event_bytes", MAX_EVENT_BYTES)
    after = table.pop("after", None)
    return Vector(reads=reads, max_event_bytes=limit, expected=expected, after=after, **table)


def _event(data: str, event: str = "message", id: str = "", retry: int | None = None) -> ServerSentEvent:  # noqa: A002 - the name of the field
    return ServerSentEvent(event, data, id, retry)
