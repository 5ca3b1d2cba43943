"""Frames of binary event streams, read back by botocore's own parser."""

from collections.abc import Iterator
from typing import Any

import pytest
from botocore.eventstream import EventStream, EventStreamBuffer
from botocore.exceptions import EventStreamError
from botocore.loaders import Loader
from botocore.model import ServiceModel, StructureShape
from botocore.parsers import EventStreamJSONParser
from hypothesis import given
from hypothesis import strategies as st

from agentcore_emulator.protocol.eventstream import (
    HEADER_NAME_SIZE_MAX,
    HEADER_VALUE_SIZE_MAX,
    PAYLOAD_SIZE_MAX,
    encode_event,
    encode_exception,
    encode_frame,
)

PIECE_SIZE = 7


class Wire:
    """Bytes that arrive in small pieces, as botocore reads them."""

    def __init__(self, data: bytes) -> None:
        self.data = data

    def stream(self) -> Iterator[bytes]:
        """Seven bytes at a time."""
        for at in range(0, len(self.data), PIECE_SIZE):
            yield self.data[at : at + PIECE_SIZE]

    def close(self) -> None:
        """Nothing to close."""


def parsed(data: bytes) -> "EventStream[Any]":
    """What botocore makes of those bytes as the answer to a command."""
    model = ServiceModel(Loader().load_service_model("bedrock-agentcore", "service-2"))
    operation = model.operation_model("InvokeAgentRuntimeCommand")
    shape = operation.get_event_stream_output()
    assert isinstance(shape, StructureShape)
    return EventStream(Wire(data), shape, EventStreamJSONParser(), operation.name)


def test_events_come_back_in_order() -> None:
    """botocore reads each event under its name, with text of every script."""
    documents = [{"contentStart": {}}, {"contentDelta": {"stdout": 'ünï "\n\u2028'}}, {"contentStop": {"exitCode": 3}}]

    events = list(parsed(b"".join(encode_event("chunk", document) for document in documents)))

    assert events == [{"chunk": document} for document in documents]


def test_an_exception_is_raised_under_its_name() -> None:
    """A modelled exception in the stream reaches the client as an error with that code."""
    stream = parsed(encode_event("chunk", {"contentStart": {}}) + encode_exception("throttlingException", "slower"))

    with pytest.raises(EventStreamError, match="slower") as raised:
        list(stream)

    assert raised.value.response["Error"]["Code"] == "throttlingException"


@given(
    headers=st.dictionaries(
        st.text(st.characters(codec="utf-8"), min_size=1, max_size=20),
        st.text(st.characters(codec="utf-8")),
        max_size=8,
    ),
    payload=st.binary(max_size=2_000),
)
def test_any_frame_is_read_back(headers: dict[str, str], payload: bytes) -> None:
    """Lengths and both checksums are what botocore's decoder demands."""
    buffer = EventStreamBuffer()
    for piece in Wire(encode_frame(headers, payload)).stream():
        buffer.add_data(piece)

    (message,) = list(buffer)

    read: tuple[object, bytes] = (message.headers, message.payload)
    assert read == (headers, payload)


@pytest.mark.parametrize(
    ("headers", "payload"),
    [
        ({"": "x"}, b""),
        ({"n" * (HEADER_NAME_SIZE_MAX + 1): "x"}, b""),
        ({"n": "x" * (HEADER_VALUE_SIZE_MAX + 1)}, b""),
        ({f"n{n}": "x" * HEADER_VALUE_SIZE_MAX for n in range(5)}, b""),
        ({}, bytes(PAYLOAD_SIZE_MAX + 1)),
    ],
)
def test_what_no_frame_can_hold_is_refused(headers: dict[str, str], payload: bytes) -> None:
    """Nothing is sent that a client could not read."""
    with pytest.raises(ValueError, match="takes"):
        encode_frame(headers, payload)
