"""What a caller sees when the agent fails, and when there is nothing to call."""

import uuid

import pytest

from agentcore_contracts.data_plane import DataPlane, Invocation, json_payload
from agentcore_contracts.suite import asking
from agentcore_contracts.target import Target
from agentcore_contracts.verify import verify_absent, verify_error


@pytest.mark.requirement("A6")
def test_status_of_agent_becomes_424(target: Target) -> None:
    """A6: A status other than 2xx of the agent becomes 424 RuntimeClientError naming it, without the agent's body."""
    for status in (500, 404, 422):
        secret = uuid.uuid4().hex
        answer = asking.ask(target, json_payload(do="status", status=status, body={"message": secret}))

        verify_absent(answer.body.decode("utf-8", "replace"), secret, what="body", evidence=answer.describe())
        verify_error(
            answer,
            424,
            "RuntimeClientError",
            f"Received error ({status}) from runtime. Please check your CloudWatch logs for more information",
        )

        later = asking.ask(target, asking.WHOAMI)
        verify_absent(later.body.decode("utf-8", "replace"), secret, what="body of the next answer")
        asking.report(later)


@pytest.mark.requirement("A7")
def test_agent_that_does_not_start(target: Target) -> None:
    """A7: An agent that ends while it starts gives 424 RuntimeClientError: initialization time exceeded."""
    broken = asking.runtime(target, "broken")
    invocation = Invocation(runtime=broken, payload=asking.WHOAMI, session_id=asking.new_session_id())

    answer = DataPlane(target).invoke(invocation)

    verify_error(answer, 424, "RuntimeClientError", "Runtime initialization time exceeded")


@pytest.mark.requirement("A8")
def test_unknown_runtime_or_qualifier(target: Target) -> None:
    """A8: An unknown ARN or qualifier gives 404 ResourceNotFoundException naming the qualifier."""
    stem = asking.runtime(target).rpartition("-")[0]

    unknown_arn = asking.ask(target, asking.WHOAMI, runtime=f"{stem}-{uuid.uuid4().hex[:10]}")
    verify_error(unknown_arn, 404, "ResourceNotFoundException", "'DEFAULT'")

    unknown_qualifier = asking.ask(target, asking.WHOAMI, qualifier="no_such_endpoint")
    verify_error(unknown_qualifier, 404, "ResourceNotFoundException", "'no_such_endpoint'")
