"""Each property of event streams fails for decoders and encoders that break it."""

from collections.abc import Callable, Iterable

import pytest
from falsifying import falsify
from hypothesis import strategies as st
from sse_mutants import make_mutant

from agentcore_contracts.sse import ServerSentEvent, SSEDecoder
from agentcore_contracts.verify import RequirementFailed
from agentcore_property_tests import sse_properties, strategies
from agentcore_property_tests.sse_encode import encode_stream

SOME_EVENTS = st.lists(strategies.events, max_size=5)
Encode = Callable[[Iterable[ServerSentEvent]], bytes]


def without_the_space(events: Iterable[ServerSentEvent]) -> bytes:
    return encode_stream(events).replace(b": ", b":")


def without_empty_ids(events: Iterable[ServerSentEvent]) -> bytes:
    return encode_stream(events).replace(b"id: \n", b"")


def without_retry(events: Iterable[ServerSentEvent]) -> bytes:
    return encode_stream(event._replace(retry=None) for event in events)


def without_types(events: Iterable[ServerSentEvent]) -> bytes:
    return encode_stream(event._replace(event="message") for event in events)


def with_data_in_one_line(events: Iterable[ServerSentEvent]) -> bytes:
    return "".join(f"data: {event.data}\n\n" for event in events).encode()


DEFECTIVE_ENCODERS: list[Encode] = [
    without_the_space, without_empty_ids, without_retry, without_types, with_data_in_one_line,
]  # fmt: skip


@pytest.mark.parametrize("name", ["keeps the space", "strips all white space", "cuts one byte short behind `data: `"])
def test_idempotence_fails_for_a_defective_decoder(name: str) -> None:
    """A decoder that changes what it reads changes it again."""
    mutant = make_mutant(name)
    assert falsify(lambda stream: sse_properties.check_idempotence(mutant, encode_stream, stream), strategies.streams)


@pytest.mark.parametrize("encode", DEFECTIVE_ENCODERS)
def test_idempotence_fails_for_a_defective_encoder(encode: Encode) -> None:
    """An encoder that loses something loses events parsed from streams."""
    assert falsify(lambda stream: sse_properties.check_idempotence(SSEDecoder, encode, stream), strategies.streams)


@pytest.mark.parametrize(
    "name",
    [
        "forgets a CR at the end of a read",
        "forgets a CR at an empty read",
        "knows the mark in one read only",
        "loses the unfinished line",
        "decodes each read",
    ],
)
def test_cut_invariance_fails(name: str) -> None:
    """A decoder that loses its state at the edge of a read depends on the cuts."""
    mutant = make_mutant(name)
    assert falsify(lambda drawn: sse_properties.check_cut_invariance(mutant, *drawn), strategies.cut_streams())


@pytest.mark.parametrize(
    "name",
    [
        "keeps the mark",
        "joins data lines by nothing",
        "gives an event for a carried id",
        "ignores the id of a block without data",
        "sets the last event id before the blank line",
        "sets the reconnection time at dispatch",
        "takes what int() takes for retry",
        "lets the type of a block without data leak",
    ],
)
def test_agreement_with_the_model_fails(name: str) -> None:
    """A decoder that breaks a rule and is consistent about it disagrees with the model."""
    mutant = make_mutant(name)
    assert falsify(lambda stream: sse_properties.check_model(mutant, stream), strategies.streams)


@pytest.mark.parametrize("name", ["raises for ill-formed bytes", "takes any digits for retry"])
def test_never_raising_fails(name: str) -> None:
    """A decoder that raises is found out."""
    mutant, drawn = make_mutant(name), strategies.cut_streams(strategies.any_bytes | strategies.streams)
    assert falsify(lambda example: sse_properties.check_never_raises(mutant, *example), drawn)


@pytest.mark.parametrize("name", ["waits for the byte behind a CR", "returns events one read late"])
def test_promptness_fails(name: str) -> None:
    """A decoder that gives the right events too late is found out."""
    mutant = make_mutant(name)
    assert falsify(lambda stream: sse_properties.check_promptness(mutant, stream), strategies.streams)


@pytest.mark.parametrize(
    "name", ["ignores an empty id", "drops every trailing LF of data", "tells the retry of an earlier block"]
)
def test_round_trip_fails_for_a_defective_decoder(name: str) -> None:
    """A decoder that reads back something else is found out."""
    mutant = make_mutant(name)
    assert falsify(lambda events: sse_properties.check_round_trip(mutant, encode_stream, events), SOME_EVENTS)


@pytest.mark.parametrize("encode", DEFECTIVE_ENCODERS)
def test_round_trip_fails_for_a_defective_encoder(encode: Encode) -> None:
    """An encoder that loses something is found out."""
    assert falsify(lambda events: sse_properties.check_round_trip(SSEDecoder, encode, events), SOME_EVENTS)


@pytest.mark.parametrize(
    "written",
    [b"data: 1\n", b"data: 1\n\ndata: 1\n\n", b"id: 7\ndata: 1\n\n", b"event: x\ndata: 1\n\n", b"data: 2\n\n"],
)
def test_json_event_fails(written: bytes) -> None:
    """No event, two events, an id, a type and another value are not what was to be written."""
    with pytest.raises(RequirementFailed):
        sse_properties.check_json_event(SSEDecoder, lambda _: written, 1)


def test_a_failure_shows_the_bytes() -> None:
    """The evidence names the stream, so that the failure can be understood without a replay."""
    mutant = make_mutant("keeps the space")
    with pytest.raises(RequirementFailed) as caught:
        sse_properties.check_model(mutant, b"data: a\n\n")

    assert r"b'data: a\n\n'" in caught.value.evidence
