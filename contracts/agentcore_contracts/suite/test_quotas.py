"""What a caller sees when the account has used up its sessions."""

import pytest

from agentcore_contracts.data_plane import json_payload
from agentcore_contracts.suite import asking
from agentcore_contracts.suite.limiting import one_session_allowed
from agentcore_contracts.target import Target
from agentcore_contracts.verify import verify_error, verify_status


@pytest.mark.requirement("A25")
def test_session_quota(target: Target) -> None:
    """A25: A session beyond the quota gives 402 ServiceQuotaExceededException naming maxVms, 429 on A2A and AG-UI."""
    asking.needs(target, "quotas")
    asking.whoami(target)
    with one_session_allowed(target):
        refused = asking.ask(target, asking.WHOAMI, session_id=asking.new_session_id())
        verify_error(refused, 402, "ServiceQuotaExceededException", "maxVms limit exceeded for account")
        message = json_payload(jsonrpc="2.0", id=1, method="message/send", params={})
        for name, payload in (("a2a", message), ("agui", asking.WHOAMI)):
            if name in target.capabilities:
                arn = asking.runtime(target, name)
                answer = asking.ask(target, payload, runtime=arn, session_id=asking.new_session_id())
                verify_status(answer, 429)
    asking.whoami_at_rest(target, session_id=asking.new_session_id())
