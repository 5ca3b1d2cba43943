"""Session ids, and the process behind each."""

import pytest

from agentcore_contracts.data_plane import SESSION_HEADER
from agentcore_contracts.suite import asking
from agentcore_contracts.target import Target
from agentcore_contracts.verify import verify, verify_different, verify_equal, verify_error


@pytest.mark.requirement("A3")
def test_session_id_is_generated(target: Target) -> None:
    """A3: A raw call without a session id gets one of 33 or more characters back, the same that the agent saw."""
    answer = asking.ask(target, asking.WHOAMI, session_id=None)

    seen = asking.report(answer)
    generated = answer.header(SESSION_HEADER) or ""
    verify(
        len(generated) >= 33,
        expected=f"{SESSION_HEADER} of at least 33 characters",
        actual=f"{generated!r} ({len(generated)} characters)",
        evidence=answer.describe(),
    )
    verify_equal(seen["session_id"], generated, what="session id at the agent", evidence=answer.describe())


@pytest.mark.requirement("A4")
def test_length_of_session_id(target: Target) -> None:
    """A4: A session id of 33 to 256 characters is accepted and returned; one of 32 or 257 is refused with 400."""
    for length in (32, 257):
        refused = asking.ask(target, asking.WHOAMI, session_id=asking.new_session_id(length))
        verify_error(refused, 400, "ValidationException")

    for length in (33, 256):
        session_id = asking.new_session_id(length)
        accepted = asking.ask(target, asking.WHOAMI, session_id=session_id)
        seen = asking.report(accepted)
        verify_equal(accepted.header(SESSION_HEADER), session_id, what=SESSION_HEADER, evidence=accepted.describe())
        verify_equal(seen["session_id"], session_id, what="session id at the agent", evidence=accepted.describe())


@pytest.mark.requirement("A5")
def test_session_is_a_process(target: Target) -> None:
    """A5: One session id reaches one agent process, which keeps its state; another id reaches another process."""
    first, again = (asking.whoami(target) for _ in range(2))
    other = asking.whoami(target, session_id=asking.new_session_id())

    verify_equal(again["process"], first["process"], what="process of the same session")
    verify_equal(again["invocations"], first["invocations"] + 1, what="invocations that process counted")
    verify_different(other["process"], first["process"], what="processes for two sessions")
