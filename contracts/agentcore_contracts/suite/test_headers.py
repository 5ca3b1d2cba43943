"""Headers of the caller that the agent gets to see."""

from typing import Final

import pytest

from agentcore_contracts.suite import asking
from agentcore_contracts.suite.deploying import deployed, verify_refused
from agentcore_contracts.target import Target
from agentcore_contracts.verify import verify, verify_equal

LISTED: Final = ("X-Contract-Listed", "X-Amzn-Bedrock-AgentCore-Runtime-Custom-Contract")
SENT: Final = (
    ("x-contract-LISTED", "one"),
    ("X-Amzn-Bedrock-AgentCore-Runtime-Custom-Contract", "two"),
    ("X-Contract-Unlisted", "three"),
    ("X-Amzn-Bedrock-AgentCore-Runtime-Custom-Unlisted", "four"),
)
RESERVED: Final = ("x-amz-contract", "X-Amzn-Contract", "Cookie")


@pytest.mark.requirement("A17")
def test_allow_list(target: Target) -> None:
    """A17: Of a caller's own headers only listed ones reach the agent; reserved names cannot be listed."""
    with deployed(target, "headers", requestHeaderConfiguration={"requestHeaderAllowlist": list(LISTED)}) as runtime:
        session_id = asking.new_session_id()
        asking.whoami_at_rest(target, runtime=runtime.arn, session_id=session_id)
        seen = asking.whoami(target, runtime=runtime.arn, session_id=session_id, headers=SENT)["headers"]

    for name, value in SENT[:2]:
        verify_equal(seen.get(name.lower()), value, what=f"{name} at the agent", evidence=f"headers: {sorted(seen)}")
    for name in ("X-Contract-Unlisted", "X-Amzn-Bedrock-AgentCore-Runtime-Custom-Unlisted", "Authorization"):
        verify(name.lower() not in seen, expected=f"no {name} at the agent", actual=f"headers: {sorted(seen)}")
    for name in RESERVED:
        verify_refused(target, "reserved", requestHeaderConfiguration={"requestHeaderAllowlist": [name]})
