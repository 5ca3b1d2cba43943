"""The session id rules."""

from random import Random, SystemRandom

import pytest

from agentcore_emulator.session_id import is_session_id, new_session_id


@pytest.mark.parametrize(("length", "legal"), [(0, False), (32, False), (33, True), (256, True), (257, False)])
def test_a_session_id_has_33_to_256_characters(length: int, legal: bool) -> None:
    """The limits themselves are legal, one beyond is not."""
    assert is_session_id("x" * length) is legal


def test_a_generated_id_is_legal_and_repeats_with_its_seed() -> None:
    """Randomness comes from the argument alone."""
    first = new_session_id(Random(7))

    assert is_session_id(first)
    assert first == new_session_id(Random(7))


def test_generated_ids_are_unique() -> None:
    """Ten thousand ids of the system's randomness differ."""
    random = SystemRandom()

    assert len({new_session_id(random) for _ in range(10_000)}) == 10_000
