"""What holds for event streams, each as a check of a subject that is given to it.

The subject (a decoder, an encoder) is an argument, so that a defective one can be given too.
"""

import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import pairwise
from typing import Final, Protocol

from agentcore_contracts.sse import ServerSentEvent
from agentcore_contracts.verify import RequirementFailed, verify, verify_equal
from agentcore_property_tests import sse_model

SINGLE_BYTES_BELOW: Final = 200
"""Streams shorter than this are also read byte by byte, with and without empty reads, whatever the places drawn."""


class Decoder(Protocol):
    """What is judged."""

    last_event_id: str
    reconnection_time_ms: int | None

    def feed(self, chunk: bytes, /) -> Sequence[ServerSentEvent]: ...


MakeDecoder = Callable[[], Decoder]
Encode = Callable[[Iterable[ServerSentEvent]], bytes]
State = tuple[list[ServerSentEvent], str, int | None]


def check_idempotence(make_decoder: MakeDecoder, encode: Encode, stream: bytes) -> None:
    """Events written again and parsed again are the same events."""
    events, *_ = decode(make_decoder, [stream])
    written = encode(events)
    again, *_ = decode(make_decoder, [written])
    verify_equal(again, events, what="events parsed again", evidence=f"stream {stream!r}, written again {written!r}")


def check_cut_invariance(make_decoder: MakeDecoder, stream: bytes, places: Sequence[int]) -> None:
    """Events, last event id and reconnection time are those of the whole stream under every cut."""
    whole = decode(make_decoder, [stream])
    for reads in cuttings(stream, places):
        verify_equal(decode(make_decoder, reads), whole, what="decoder after these reads", evidence=f"reads {reads!r}")


def check_model(make_decoder: MakeDecoder, stream: bytes) -> None:
    """The decoder says what the model says."""
    model = sse_model.read(stream)
    expected: State = (model.events, model.last_event_id, model.reconnection_time_ms)
    verify_equal(decode(make_decoder, [stream]), expected, what="decoder", evidence=f"stream {stream!r}")


def check_never_raises(make_decoder: MakeDecoder, stream: bytes, places: Sequence[int]) -> None:
    """Any bytes are decoded."""
    for reads in ([stream], *cuttings(stream, places)):
        try:
            decode(make_decoder, reads)
        except Exception as error:
            raise RequirementFailed(expected="no error", actual=repr(error), evidence=f"reads {reads!r}") from error


def check_promptness(make_decoder: MakeDecoder, stream: bytes) -> None:
    """Read byte by byte, each event comes with the byte that completes it."""
    decoder = make_decoder()
    ends = [at + 1 for at in range(len(stream)) for _ in decoder.feed(stream[at : at + 1])]
    expected = sse_model.read(stream).ends
    verify_equal(ends, expected, what="bytes read when each event was out", evidence=f"stream {stream!r}")


def check_round_trip(make_decoder: MakeDecoder, encode: Encode, events: Sequence[ServerSentEvent]) -> None:
    """Events written are read back, line ends in their data as LF."""
    expected = [event._replace(data=event.data.replace("\r\n", "\n").replace("\r", "\n")) for event in events]
    written = encode(events)
    read, *_ = decode(make_decoder, [written])
    verify_equal(read, expected, what="events read back", evidence=f"written {written!r}")


def check_json_event(make_decoder: MakeDecoder, encode_json: Callable[[object], bytes], value: object) -> None:
    """A JSON value is read back as the one message of its stream, without id and retry."""
    written = encode_json(value)
    events, *_ = decode(make_decoder, [written])
    evidence = f"value {value!r}, written {written!r}"
    verify(len(events) == 1, expected="one event", actual=f"{len(events)} events", evidence=evidence)
    verify_equal(events[0]._replace(data=""), ServerSentEvent("message", "", "", None), what="event", evidence=evidence)
    verify_equal(json.loads(events[0].data), value, what="value", evidence=evidence)


def decode(make_decoder: MakeDecoder, reads: Iterable[bytes]) -> State:
    """All that a fresh decoder shows after these reads."""
    decoder = make_decoder()
    events = [event for read in reads for event in decoder.feed(read)]
    return events, decoder.last_event_id, decoder.reconnection_time_ms


def cuttings(stream: bytes, places: Sequence[int]) -> Iterator[list[bytes]]:
    """The stream cut at these places, and where it is short, byte by byte."""
    yield [stream[start:end] for start, end in pairwise([0, *places, len(stream)])]
    if len(stream) < SINGLE_BYTES_BELOW:
        single = [stream[at : at + 1] for at in range(len(stream))]
        yield single
        yield [read for byte in single for read in (byte, b"")]
