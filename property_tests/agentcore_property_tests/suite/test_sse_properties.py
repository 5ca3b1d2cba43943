"""Event streams: the decoder that every verdict rests on, and the emulator's writer."""

from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agentcore_contracts.sse import ServerSentEvent, SSEDecoder
from agentcore_emulator.sse import encode_event
from agentcore_property_tests import sse_properties, strategies
from agentcore_property_tests.sse_encode import encode_stream


@pytest.mark.requirement("P1")
@given(strategies.streams)
def test_parsing_is_idempotent(stream: bytes) -> None:
    """P1: Parsing is idempotent: events parsed from any stream, written again and parsed again, are the same events."""
    sse_properties.check_idempotence(SSEDecoder, encode_stream, stream)


@pytest.mark.requirement("P2")
@given(strategies.cut_streams())
def test_cuts_change_nothing(cut_stream: tuple[bytes, Sequence[int]]) -> None:
    """P2: Wherever the bytes of a stream are cut, inside a character or between CR and LF, its events are the same."""
    sse_properties.check_cut_invariance(SSEDecoder, *cut_stream)


@pytest.mark.requirement("P3")
@given(strategies.streams)
def test_decoder_agrees_with_the_model(stream: bytes) -> None:
    """P3: The decoder reads every stream as an independent reading of the rules, character by character, does."""
    sse_properties.check_model(SSEDecoder, stream)


@pytest.mark.requirement("P4")
@given(strategies.cut_streams(strategies.any_bytes | strategies.streams))
def test_no_bytes_make_the_decoder_raise(cut_stream: tuple[bytes, Sequence[int]]) -> None:
    """P4: No bytes in any reads make the decoder raise."""
    sse_properties.check_never_raises(SSEDecoder, *cut_stream)


@pytest.mark.requirement("P5")
@given(strategies.streams)
def test_events_are_prompt(stream: bytes) -> None:
    """P5: An event is out with the byte that completes its blank line, a bare CR included."""
    sse_properties.check_promptness(SSEDecoder, stream)


@pytest.mark.requirement("P6")
@given(st.lists(strategies.events, max_size=5))
def test_written_events_are_read_back(events: Sequence[ServerSentEvent]) -> None:
    """P6: Any event that can be written is read back as it was, CR and CRLF in its data as LF."""
    sse_properties.check_round_trip(SSEDecoder, encode_stream, events)


@pytest.mark.requirement("P7")
@given(strategies.json_values)
def test_events_of_the_emulator_are_read_back(value: object) -> None:
    """P7: Any JSON value that the emulator writes as an event is read back as one message of the same value."""
    sse_properties.check_json_event(SSEDecoder, encode_event, value)
