"""The `bedrock-agentcore` SDK's runtime client against the emulator: what of it can reach an endpoint of ours."""

import json
import uuid
import warnings
from collections.abc import Iterator
from typing import Any

import pytest
from client_runs import IMAGE, REGION, ManyAgents, running_agents

ROLE = "arn:aws:iam::123456789012:role/contract"
ARTIFACT = {"containerConfiguration": {"containerUri": IMAGE}}


@pytest.fixture(scope="module")
def agents(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ManyAgents]:
    """One emulator for all tests of the module."""
    with running_agents(tmp_path_factory.mktemp("sdk"), "contract") as running:
        yield running


@pytest.fixture
def client(agents: ManyAgents, monkeypatch: pytest.MonkeyPatch) -> Any:
    """A client that finds the emulator by the environment alone, as its boto3 clients do."""
    for name, value in agents.environment.items():
        monkeypatch.setenv(name, value)
    with warnings.catch_warnings():
        # The SDK's own use of pydantic is deprecated there.
        warnings.simplefilter("ignore", DeprecationWarning)
        from bedrock_agentcore.runtime import AgentCoreRuntimeClient
    return AgentCoreRuntimeClient(region=REGION)


def test_invoke_and_stop(agents: ManyAgents, client: Any) -> None:
    """Its invocations and stops are boto3's, and reach the agent."""
    arn, session_id = agents.arns["contract"], str(uuid.uuid4())

    answer = client.invoke_agent_runtime(
        agentRuntimeArn=arn, runtimeSessionId=session_id, payload=b'{"do": "whoami"}', contentType="application/json"
    )
    seen = json.loads(answer["response"].read())
    stopped = client.stop_runtime_session(agentRuntimeArn=arn, runtimeSessionId=session_id)

    assert (seen["session_id"], stopped["statusCode"]) == (session_id, 200)


def test_create_and_wait(client: Any) -> None:
    """Its helper polls a new runtime until it is READY; the variant answers; its helper sees it gone."""
    from bedrock_agentcore._utils.config import WaitConfig

    each_second = WaitConfig(poll_interval=1)
    made = client.create_agent_runtime_and_wait(
        agentRuntimeName="made_by_sdk",
        agentRuntimeArtifact=ARTIFACT,
        roleArn=ROLE,
        networkConfiguration={"networkMode": "PUBLIC"},
        environmentVariables={"CONTRACT_VARIANT": "sdk"},
        wait_config=each_second,
    )
    answer = client.invoke_agent_runtime(agentRuntimeArn=made["agentRuntimeArn"], payload=b'{"do": "whoami"}')
    variant = json.loads(answer["response"].read())["variant"]
    client.delete_agent_runtime_and_wait(agentRuntimeId=made["agentRuntimeId"], wait_config=each_second)

    assert (made["status"], variant) == ("READY", "sdk")
    with pytest.raises(client.cp_client.exceptions.ResourceNotFoundException):
        client.get_agent_runtime(agentRuntimeId=made["agentRuntimeId"])


def test_websocket_urls_name_aws_only(agents: ManyAgents, client: Any) -> None:
    """Its WebSocket helpers take no endpoint of ours: the URL names the real host whatever the environment says."""
    url, _ = client.generate_ws_connection(agents.arns["contract"])

    assert url.startswith(f"wss://bedrock-agentcore.{REGION}.amazonaws.com/runtimes/")
