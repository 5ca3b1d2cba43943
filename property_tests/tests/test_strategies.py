"""The strategies reach what the properties are about."""

from collections.abc import Callable

import pytest
from hypothesis import HealthCheck, Phase, find, given, settings

from agentcore_contracts.sse import ServerSentEvent
from agentcore_property_tests import sse_model, strategies
from agentcore_property_tests.session_id_properties import check_format
from agentcore_property_tests.sse_encode import encode_stream

QUICK = settings(
    max_examples=1000,
    derandomize=True,
    database=None,
    deadline=None,
    phases=[Phase.generate],
    suppress_health_check=list(HealthCheck),
)
FEW = settings(QUICK, max_examples=100)

REACHED: dict[str, Callable[[bytes], bool]] = {
    "many events": lambda stream: len(sse_model.read(stream).events) > 3,
    "data of many lines": lambda stream: any("\n" in event.data for event in sse_model.read(stream).events),
    "a typed event with an id": lambda stream: any(
        event.event != "message" and event.id for event in sse_model.read(stream).events
    ),
    "a reconnection time": lambda stream: sse_model.read(stream).reconnection_time_ms is not None,
    "a mark and an event": lambda stream: stream.startswith(sse_model.BOM) and bool(sse_model.read(stream).events),
    "all three line ends": lambda stream: b"\r\n" in stream and b"\n\n" in stream and b"\r\r" in stream,
    "ill-formed bytes": lambda stream: stream.decode("utf-8", "ignore").encode() != stream,
    "an unfinished block": lambda stream: stream.endswith(b"data: end"),
}


@pytest.mark.parametrize("what", REACHED)
def test_streams_reach(what: str) -> None:
    """Each kind of stream that decoders get wrong is drawn."""
    find(strategies.streams, REACHED[what], settings=QUICK)


@FEW
@given(strategies.cut_streams())
def test_cuts_lie_in_the_stream(drawn: tuple[bytes, list[int]]) -> None:
    """Places are sorted and inside the very bytes they cut."""
    stream, places = drawn
    assert places == sorted(places)
    assert all(0 <= place <= len(stream) for place in places)


@pytest.mark.parametrize(
    ("stream", "place"), [(b"data: a\r\n" + b"x" * 200, 8), (b"data: \xf0\x9f\x98\x80" + b"x" * 200, 8)]
)
def test_cuts_find_the_awkward_places(stream: bytes, place: int) -> None:
    """Between CR and LF, and inside a character, is cut soon, also in a long stream."""
    find(strategies.cut_places(stream), lambda places: place in places, settings=FEW)


@FEW
@given(strategies.events)
def test_events_can_be_written(event: ServerSentEvent) -> None:
    """No event is drawn that no stream can carry."""
    assert encode_stream([event]).endswith(b"\n\n")


@FEW
@given(strategies.session_ids)
def test_session_ids_are_well_formed(id_: str) -> None:
    """Drawn ids keep the rules of ids."""
    check_format([id_])
