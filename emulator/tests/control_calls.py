"""How the tests speak to the control plane: as boto3 does, against an emulator with a clock that is moved by hand."""

import json
from typing import Any
from urllib.parse import quote

import boto3
from botocore.config import Config
from emulator_calls import admin

from agentcore_emulator.server import Emulator

ROLE = "arn:aws:iam::123456789012:role/agent"
IMAGE = "123456789012.dkr.ecr.eu-west-1.amazonaws.com/agents/travel:1"
TRANSITION_S = 60.0


def client(emulator: Emulator, service: str = "bedrock-agentcore-control") -> Any:
    """A boto3 client of the emulator that tries once."""
    connect: Any = boto3.client
    return connect(
        service,
        region_name="ap-southeast-2",
        endpoint_url=emulator.url,
        aws_access_key_id="test",
        aws_secret_access_key="test",
        config=Config(retries={"total_max_attempts": 1}, tcp_keepalive=False),
    )


def container(image: str = IMAGE) -> dict[str, Any]:
    """A container artifact."""
    return {"containerConfiguration": {"containerUri": image}}


def settle(emulator: Emulator) -> None:
    """Lets every change that is under way end."""
    admin(emulator.port, "clock", {"advance_s": TRANSITION_S})


def created(emulator: Emulator, name: str, **members: Any) -> str:
    """The id of a new runtime that is READY."""
    members = {"agentRuntimeArtifact": container(), "roleArn": ROLE, **members}
    runtime_id: str = client(emulator).create_agent_runtime(agentRuntimeName=name, **members)["agentRuntimeId"]
    settle(emulator)
    return runtime_id


def invoked(emulator: Emulator, arn: str, qualifier: str | None = None) -> bytes:
    """What an invocation answers."""
    members = {} if qualifier is None else {"qualifier": qualifier}
    answer = client(emulator, "bedrock-agentcore").invoke_agent_runtime(
        agentRuntimeArn=arn, payload=json.dumps({}).encode(), **members
    )
    body: bytes = answer["response"].read()
    return body


def segment(arn: str) -> str:
    """An ARN as one segment of a path."""
    return quote(arn, safe="")
