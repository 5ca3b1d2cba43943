"""Versions of a runtime, and which of them answers."""

import pytest

from agentcore_contracts.suite import asking
from agentcore_contracts.suite.deploying import deployed
from agentcore_contracts.target import Target
from agentcore_contracts.verify import verify_equal


@pytest.mark.requirement("A9")
def test_versions_and_endpoints(target: Target) -> None:
    """A9: DEFAULT stands for no qualifier and for the newest version; named endpoints and sessions keep theirs."""
    with deployed(target, "versions", environmentVariables={"CONTRACT_VARIANT": "one"}) as runtime:
        running = asking.new_session_id()
        before = asking.whoami_at_rest(target, runtime=runtime.arn, session_id=running)
        verify_equal(before["variant"], "one", what="version without qualifier, before the update,")
        runtime.add_endpoint("pinned", "1")

        runtime.update(environmentVariables={"CONTRACT_VARIANT": "two"})

        for qualifier, expected in ((None, "two"), ("DEFAULT", "two"), ("pinned", "one")):
            session_id = asking.new_session_id()
            after = asking.whoami_at_rest(target, runtime=runtime.arn, session_id=session_id, qualifier=qualifier)
            verify_equal(after["variant"], expected, what=f"version at qualifier {qualifier}, after the update,")
        kept = asking.whoami_at_rest(target, runtime=runtime.arn, session_id=running)
        verify_equal(kept["process"], before["process"], what="process of the running session after the update")
