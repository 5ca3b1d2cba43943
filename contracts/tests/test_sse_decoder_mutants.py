"""The fixed vectors can fail: each decoder with one bug breaks at least one of them."""

import pytest
from sse_mutants import MUTANTS, make_mutant
from sse_vectors import is_satisfied, load_vectors

from agentcore_contracts.sse import SSEDecoder

VECTORS = load_vectors()


def is_caught(name: str) -> bool:
    """Whether a vector tells the mutant from the decoder; a raised error counts."""
    mutant = make_mutant(name)
    try:
        return not all(is_satisfied(lambda limit: mutant(max_event_bytes=limit), vector) for vector in VECTORS)
    except (UnicodeError, ValueError, IndexError):
        return True


@pytest.mark.parametrize("name", MUTANTS)
def test_the_vectors_catch_the_bug(name: str) -> None:
    """A decoder with this bug does not pass the vectors."""
    assert is_caught(name)


def test_the_vectors_pass_the_decoder_itself() -> None:
    """What catches the mutants does not catch the decoder."""
    assert all(is_satisfied(lambda limit: SSEDecoder(max_event_bytes=limit), vector) for vector in VECTORS)
