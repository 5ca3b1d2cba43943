"""The decoder gives what the fixed vectors say, wherever the stream is cut, and in time."""

import pytest
from sse_vectors import Vector, counts_after_reads, decode, load_rules, load_vectors

from agentcore_contracts.sse import SSEDecoder

VECTORS = load_vectors()


def make_decoder(max_event_bytes: int) -> SSEDecoder:
    return SSEDecoder(max_event_bytes=max_event_bytes)


@pytest.mark.parametrize("vector", VECTORS, ids=lambda vector: vector.name.replace(" ", "-"))
def test_vector(vector: Vector) -> None:
    """Events, last event id and reconnection time are those of the vector under every cut."""
    for reads in vector.cuts():
        assert decode(make_decoder, vector, reads) == vector.expected, reads


@pytest.mark.parametrize("vector", [v for v in VECTORS if v.after], ids=lambda vector: vector.name.replace(" ", "-"))
def test_vector_is_prompt(vector: Vector) -> None:
    """Each read returns the events that it completes, none later."""
    assert counts_after_reads(make_decoder, vector) == vector.after


def test_every_rule_has_a_vector() -> None:
    """Rules and vectors name each other completely."""
    assert {vector.rule for vector in VECTORS} == set(load_rules())


def test_the_set_is_large_and_its_names_are_unique() -> None:
    """The set does not shrink unseen."""
    assert len({vector.name for vector in VECTORS}) == len(VECTORS) >= 200
