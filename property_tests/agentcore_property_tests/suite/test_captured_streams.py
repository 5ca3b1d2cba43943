"""Streams as a target really sends them."""

import uuid

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agentcore_contracts.sse import SSEDecoder
from agentcore_contracts.target import Target
from agentcore_contracts.verify import verify_equal
from agentcore_property_tests import black_box, sse_properties, strategies
from agentcore_property_tests.sse_encode import encode_stream

EVENTS = 12


@pytest.fixture(scope="module")
def captured(target: Target) -> bytes:
    """The bytes of one stream of the contract agent."""
    response = black_box.stream_of_target(target, str(uuid.uuid4()), EVENTS)
    verify_equal(len(response.events), EVENTS, what="number of events", evidence=response.describe())
    return response.body


@pytest.mark.requirement("P12")
@given(data=st.data())
def test_captured_stream_under_any_cut(captured: bytes, data: st.DataObject) -> None:
    """P12: A stream as the target sent it gives the same events under any cut and when written again."""
    sse_properties.check_idempotence(SSEDecoder, encode_stream, captured)
    sse_properties.check_cut_invariance(SSEDecoder, captured, data.draw(strategies.cut_places(captured)))
