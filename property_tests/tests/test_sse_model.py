"""The second reader of streams keeps the rules too: it passes the fixed vectors that are about them."""

import pytest
from sse_vectors import Vector, load_vectors

from agentcore_contracts.sse import MAX_EVENT_BYTES
from agentcore_property_tests import sse_model

VECTORS = [vector for vector in load_vectors() if vector.max_event_bytes == MAX_EVENT_BYTES]


@pytest.mark.parametrize("vector", VECTORS, ids=lambda vector: vector.name.replace(" ", "-"))
def test_model_reads_the_vector(vector: Vector) -> None:
    """Events, last event id and reconnection time are those of the vector."""
    reading = sse_model.read(vector.stream)
    expected = vector.expected

    assert reading.events == expected.events
    assert (reading.last_event_id, reading.reconnection_time_ms) == (
        expected.last_event_id,
        expected.reconnection_time_ms,
    )


@pytest.mark.parametrize("vector", [v for v in VECTORS if v.after], ids=lambda vector: vector.name.replace(" ", "-"))
def test_model_knows_when_events_are_out(vector: Vector) -> None:
    """The ends of events agree with the number of events that are out after each read."""
    ends = sse_model.read(vector.stream).ends
    bytes_read = [sum(map(len, vector.reads[: n + 1])) for n in range(len(vector.reads))]

    assert [sum(end <= at for end in ends) for at in bytes_read] == vector.after
