"""Each property of session ids holds for sound generators and fails for defective ones."""

from collections.abc import Callable

import defective_ids
import pytest
from falsifying import falsify
from hypothesis import strategies as st

from agentcore_contracts.verify import RequirementFailed
from agentcore_emulator.session_id import is_session_id, new_session_id
from agentcore_property_tests import id_processes, subjects
from agentcore_property_tests import session_id_properties as properties
from agentcore_property_tests.strategies import lengths


@pytest.mark.parametrize("id_", ["a" * 33, "a" * 256, "!~" * 20])
def test_well_formed(id_: str) -> None:
    """Both limits are allowed."""
    properties.check_format([id_])


@pytest.mark.parametrize("id_", ["", "a" * 32, "a" * 257, "a" * 40 + " ", "a" * 40 + "\n", "é" * 40, "a" * 40 + "\x7f"])
def test_ill_formed(id_: str) -> None:
    """Too short, too long, and what cannot stand in a header."""
    with pytest.raises(RequirementFailed):
        properties.check_format(["a" * 36, id_])


@pytest.mark.parametrize("ids", [["a", "b", "a"], ["a", "b"], ["a", "b", "c", "d"], []])
def test_ids_that_are_not_all_different(ids: list[str]) -> None:
    """One twice, and also too few or too many: nothing made is not all different."""
    with pytest.raises(RequirementFailed):
        properties.check_all_different(ids, count=3)


@pytest.mark.parametrize("wrong", [lambda text: len(text) >= 33, lambda text: len(text) <= 256, bool])
def test_wrong_limits(wrong: Callable[[str], bool]) -> None:
    """A rule that forgets a limit is found out; the emulator's is not."""
    texts = lengths.map("x".__mul__)
    assert falsify(lambda text: properties.check_limits(wrong, text), texts)
    assert not falsify(lambda text: properties.check_limits(is_session_id, text), texts)


@pytest.mark.parametrize("generator", [defective_ids.constant, defective_ids.with_hidden_randomness])
def test_randomness_that_is_not_used(generator: Callable[..., str]) -> None:
    """A generator must use the randomness it is given, and no other."""
    seeds = st.integers(0, 2**64 - 1)
    assert falsify(lambda seed: properties.check_follows_randomness(generator, seed), seeds)
    assert not falsify(lambda seed: properties.check_follows_randomness(new_session_id, seed), seeds)


def test_threads_tell_a_raced_counter() -> None:
    """A counter read and written in two steps gives an id twice when threads start together."""
    ids = properties.collect_from_threads(defective_ids.raced, threads=8, each=200)
    with pytest.raises(RequirementFailed):
        properties.check_all_different(ids, count=1600)


def test_threads_find_nothing_wrong_with_a_sound_generator() -> None:
    """All ids of all threads are collected."""
    ids = properties.collect_from_threads(defective_ids.sound, threads=8, each=200)
    properties.check_all_different(ids, count=1600)


@pytest.mark.parametrize(("interpreters", "forks"), [(2, 1), (1, 2)])
@pytest.mark.parametrize("generator", ["seeded_at_import", "counted"])
def test_processes_tell_what_one_process_cannot(generator: str, interpreters: int, forks: int) -> None:
    """Ids that differ in one process are the same in another, fresh or forked."""
    ids = id_processes.collect_from_processes(
        f"defective_ids:{generator}", interpreters=interpreters, forks=forks, each=5
    )
    properties.check_all_different(ids[:5], count=5)
    with pytest.raises(RequirementFailed):
        properties.check_all_different(ids, count=10)


def test_processes_find_nothing_wrong_with_the_emulator() -> None:
    """All ids of all processes are collected, and they are those of the generator."""
    ids = id_processes.collect_from_processes(subjects.EMULATOR_IDS, interpreters=2, forks=2, each=5)
    properties.check_all_different(ids, count=20)
    properties.check_format(ids)
