"""boto3 against the emulator: it streams as it is sent, and knows the errors by name."""

import time
from typing import TYPE_CHECKING

import boto3
import pytest
from emulator_child import REGION, Emulator, assert_seen_in_time, emulator

if TYPE_CHECKING:
    from mypy_boto3_bedrock_agentcore import BedrockAgentCoreClient

__all__ = ["emulator"]


@pytest.fixture
def client(emulator: Emulator, monkeypatch: pytest.MonkeyPatch) -> "BedrockAgentCoreClient":
    """A client that finds the emulator by the environment alone."""
    for name, value in emulator.client_environment.items():
        monkeypatch.setenv(name, value)
    return boto3.Session(region_name=REGION).client("bedrock-agentcore")


def test_events_as_they_are_sent(emulator: Emulator, client: "BedrockAgentCoreClient") -> None:
    """Five events 300 ms apart are each seen within 100 ms, the first before the last is sent."""
    answer = client.invoke_agent_runtime(agentRuntimeArn=emulator.arn, payload=b'{"prompt": "hello"}')
    received = [(time.time_ns() / 1e6, byte) for byte in answer["response"].iter_chunks(chunk_size=1)]
    assert answer["contentType"].startswith("text/event-stream")
    assert len(answer["runtimeSessionId"]) >= 33
    assert_seen_in_time(received)


def test_error_by_name(emulator: Emulator, client: "BedrockAgentCoreClient") -> None:
    """A runtime that does not exist is a ``ResourceNotFoundException`` with status 404."""
    with pytest.raises(client.exceptions.ResourceNotFoundException) as refusal:
        client.invoke_agent_runtime(agentRuntimeArn=f"{emulator.arn[:-10]}0000000000", payload=b"{}")
    assert refusal.value.response["ResponseMetadata"]["HTTPStatusCode"] == 404
