"""Events of a real SDK agent, 300 ms apart, are seen within 100 ms of their sending."""

import http.client
import json
import time
from collections.abc import Iterable, Iterator

import boto3
import pytest
from botocore.config import Config
from emulator_calls import live, open_stream, session_id

from agentcore_emulator.server import Emulator
from agentcore_emulator.settings import Settings

DELAY_S_MAX = 0.1


@pytest.fixture(scope="module")
def emulator() -> Iterator[Emulator]:
    """An emulator with an agent as users write it."""
    with Emulator(Settings(agents=(live("five", "five_events.py"),))) as emulator:
        yield emulator


def test_a_raw_client_sees_each_event_at_once(emulator: Emulator) -> None:
    """Read from the socket as it comes."""
    with open_stream(emulator.port, emulator.runtime("five").arn, {}, "raw") as stream:
        verify_prompt(lines_of(stream))


def test_a_boto3_client_sees_each_event_at_once(emulator: Emulator) -> None:
    """Read from boto3's StreamingBody as it comes; status, session and type are those of the model."""
    client = boto3.client(
        "bedrock-agentcore",
        region_name="ap-southeast-2",
        endpoint_url=emulator.url,
        aws_access_key_id="offline",
        aws_secret_access_key="offline",
        config=Config(retries={"total_max_attempts": 1}),
    )
    answer = client.invoke_agent_runtime(
        agentRuntimeArn=str(emulator.runtime("five").arn), runtimeSessionId=session_id("boto3"), payload=b"{}"
    )
    verify_prompt(answer["response"].iter_lines(chunk_size=1))

    assert (answer["statusCode"], answer["runtimeSessionId"]) == (200, session_id("boto3"))
    assert answer["contentType"] == "text/event-stream; charset=utf-8"


def lines_of(stream: http.client.HTTPResponse) -> Iterator[bytes]:
    """The lines of a stream, each when it has come."""
    while chunk := stream.read1():
        yield from chunk.splitlines()


def verify_prompt(lines: Iterable[bytes]) -> None:
    """Five events, in order, each one's stamp hardly older than its arrival."""
    seen = [(json.loads(line.removeprefix(b"data: ")), time.time()) for line in lines if line]

    assert [event["n"] for event, _ in seen] == [0, 1, 2, 3, 4]
    assert max(arrived - event["sent_at"] for event, arrived in seen) < DELAY_S_MAX
