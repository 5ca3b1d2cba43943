"""Session ids: the emulator's generator, the target behind its wire, the backend in front of it."""

from functools import partial
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agentcore_contracts.target import Target
from agentcore_emulator.session_id import is_session_id, new_session_id
from agentcore_property_tests import black_box, id_processes, session_id_properties, strategies, subjects

CONNECTIONS = 8
"""Invocations at once; each may cost the target a process or a container."""
CHATS_OF_EACH_USER = 8


@pytest.mark.requirement("P8")
@given(seed=st.integers(0, 2**64 - 1), text=strategies.session_ids | strategies.lengths.map("x".__mul__))
def test_generated_ids_are_well_formed(seed: int, text: str) -> None:
    """P8: A generated session id has 33 to 256 characters, visible ASCII only, so that it can stand in a header."""
    session_id_properties.check_format([new_session_id(Random(seed))])  # noqa: S311 - repeatable on purpose
    session_id_properties.check_follows_randomness(new_session_id, seed)
    session_id_properties.check_limits(is_session_id, text)


@pytest.mark.requirement("P9")
def test_ids_of_threads_differ() -> None:
    """P9: Session ids generated in many threads at the same time are all different."""
    ids = session_id_properties.collect_from_threads(subjects.emulator_session_id, threads=16, each=500)
    session_id_properties.check_all_different(ids, count=16 * 500)


@pytest.mark.requirement("P10")
def test_ids_of_processes_differ() -> None:
    """P10: Session ids generated in many processes, forked and fresh, are all different."""
    ids = id_processes.collect_from_processes(subjects.EMULATOR_IDS, interpreters=2, forks=4, each=500)
    session_id_properties.check_all_different(ids, count=2 * 4 * 500)


@pytest.mark.requirement("P11")
def test_target_generates_different_ids(target: Target) -> None:
    """P11: Invocations without a session id, on many connections at once, get different, well-formed ids."""
    responses = black_box.at_once([partial(black_box.invoke_without_session_id, target)] * CONNECTIONS)
    ids = [black_box.generated_session_id(response) for response in responses]
    evidence = "\n\n".join(response.describe() for response in responses)
    session_id_properties.check_format(ids, evidence)
    session_id_properties.check_all_different(ids, count=CONNECTIONS, evidence=evidence)


@pytest.mark.requirement("P13")
def test_backend_creates_chats_with_different_ids(target: Target) -> None:
    """P13: Chats that several users create in the backend at once get different, well-formed session ids."""
    backend = black_box.Backend.of(target)
    callers = backend.tokens * CHATS_OF_EACH_USER
    responses = black_box.at_once([partial(backend.create_chat, token) for token in callers])
    ids = [black_box.created_session_id(response) for response in responses]
    evidence = "\n\n".join(response.describe() for response in responses)
    session_id_properties.check_format(ids, evidence)
    session_id_properties.check_all_different(ids, count=len(callers), evidence=evidence)
