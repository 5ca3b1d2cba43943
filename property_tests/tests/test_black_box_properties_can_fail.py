"""The properties behind a wire hold for a right target or backend and fail for defective ones."""

import itertools
import re
import uuid
from collections.abc import Callable
from importlib import import_module

import pytest
from defective_data_plane import DataPlaneImitation, Defect
from imitated_backend import TOKENS, imitated_backend, target_with

from agentcore_contracts.suite_plugin import MARKER
from agentcore_contracts.verify import RequirementFailed


@pytest.fixture(scope="module", autouse=True)
def suite(pytestconfig: pytest.Config) -> None:
    """Declare the marker that the suite's own plugin declares in the suite's own runs."""
    pytestconfig.addinivalue_line("markers", f"{MARKER}(id): of the suites")


def check(name: str, target: object) -> None:
    """Call a suite function as the suite does."""
    getattr(import_module("agentcore_property_tests.suite.test_session_id_properties"), name)(target)


class SameIdForAll(DataPlaneImitation):
    """A data plane whose generated ids are not unique."""

    def _session_id(self, given: str | None) -> str:
        return super()._session_id(given or "s" * 36)


def test_right_target_passes() -> None:
    """Different, well-formed ids for all connections."""
    with DataPlaneImitation() as plane:
        check("test_target_generates_different_ids", plane.target)


@pytest.mark.parametrize("defect", [Defect.GENERATED_ID_TOO_SHORT, Defect.NO_GENERATED_ID_RETURNED])
def test_defective_target_fails(defect: Defect) -> None:
    """Short ids and ids that are not told are found out."""
    with DataPlaneImitation(defect) as plane, pytest.raises(RequirementFailed):
        check("test_target_generates_different_ids", plane.target)


def test_target_with_one_id_for_all_fails() -> None:
    """Callers that share a session without wanting it are found out."""
    with SameIdForAll() as plane, pytest.raises(RequirementFailed, match="1 different ids of 8"):
        check("test_target_generates_different_ids", plane.target)


def test_right_backend_passes() -> None:
    """Different, well-formed ids for all chats."""
    with imitated_backend() as target:
        check("test_backend_creates_chats_with_different_ids", target)


@pytest.mark.parametrize("made", [lambda: "s" * 36, itertools.count().__next__, lambda: uuid.uuid4().hex])
def test_defective_backend_fails(made: Callable[[], object]) -> None:
    """One id for all, a number, and ids of 32 characters are found out."""
    with imitated_backend(made) as target, pytest.raises(RequirementFailed):
        check("test_backend_creates_chats_with_different_ids", target)


def test_backend_that_refuses_fails() -> None:
    """A chat that is not created has no id; the evidence hides the tokens."""
    with imitated_backend(status=500) as target, pytest.raises(RequirementFailed) as caught:
        check("test_backend_creates_chats_with_different_ids", target)

    assert "500" in caught.value.actual
    assert not any(token in caught.value.evidence for token in TOKENS)


@pytest.mark.parametrize(
    ("backend", "reason"),
    [(None, "has no backend"), ({"base_url": "http://127.0.0.1:9", "tokens": []}, "without tokens")],
)
def test_what_cannot_be_asked_is_left_out(backend: object, reason: str) -> None:
    """Without a backend or its users the check is not run, and says why."""
    with pytest.raises(pytest.skip.Exception, match=re.escape(reason)):
        check("test_backend_creates_chats_with_different_ids", target_with(backend))


def test_target_without_the_contract_runtime_is_left_out() -> None:
    """A target need not have the contract agent deployed."""
    with pytest.raises(pytest.skip.Exception, match="no runtime 'contract'"):
        check("test_target_generates_different_ids", target_with(None))
