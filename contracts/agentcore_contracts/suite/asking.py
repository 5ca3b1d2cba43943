"""How the suite speaks with the contract agent: one line per question, and a finding where the answer is not one."""

import json
import time
import uuid
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from functools import lru_cache
from typing import Any, cast

import pytest
from botocore.exceptions import BotoCoreError, ClientError, IncompleteReadError, ResponseStreamingError
from botocore.response import StreamingBody

from agentcore_contracts.data_plane import DataPlane, Invocation, boto3_client, json_payload
from agentcore_contracts.http_client import Ending, Response
from agentcore_contracts.target import Target
from agentcore_contracts.verify import RequirementFailed, TargetUnavailable, verify, verify_equal, verify_status

WHOAMI = json_payload(do="whoami")
BETWEEN_STATES = (404, 409)
"""A new endpoint is unknown for some seconds after READY, and a session that ends or starts refuses: users' reports."""
PATIENCE_S = 60.0
PAUSE_S = 0.2


def runtime(target: Target, name: str = "contract") -> str:
    """The ARN of a runtime of the target; a target that has none cannot be asked."""
    if name not in target.runtimes:
        pytest.skip(f"target {target.name} has no runtime {name!r}")
    return target.runtimes[name]


def needs(target: Target, capability: str) -> None:
    """The check asks for an optional feature; a target that does not declare it is not asked."""
    if capability not in target.capabilities:
        pytest.skip(f"target {target.name} does not declare the capability {capability!r}")


def new_session_id(length: int = 36) -> str:
    """A fresh session id of `length` characters, at least a UUID's worth of randomness in it."""
    return f"{uuid.uuid4().hex}{'-' * length}"[: length - 1] + "x"


def shared_session_id(target: Target) -> str:
    """The session of all checks that need none of their own: a session may cost a container."""
    return _shared_session_id(target.endpoint_url, runtime(target))


@lru_cache
def _shared_session_id(endpoint_url: str, arn: str) -> str:  # noqa: ARG001 - they are the key: one session for each
    return new_session_id()


def ask(target: Target, payload: bytes, **members: Any) -> Response:
    """Invoke the contract agent raw, in the shared session unless `members` of the invocation say otherwise."""
    if "session_id" not in members:
        members["session_id"] = shared_session_id(target)
    arn = runtime(target)
    return DataPlane(target).invoke(Invocation(**{"runtime": arn, "payload": payload, **members}))


def whoami(target: Target, **members: Any) -> dict[str, Any]:
    """What the contract agent says of itself and of the request that reached it."""
    return report(ask(target, WHOAMI, **members))


def whoami_at_rest(target: Target, **members: Any) -> dict[str, Any]:
    """`whoami`, asked again while the session is between two states (409) or the endpoint not known yet (404)."""
    deadline_s = time.monotonic() + PATIENCE_S
    while True:
        answer = ask(target, WHOAMI, **members)
        if answer.status not in BETWEEN_STATES or time.monotonic() > deadline_s:
            return report(answer)
        time.sleep(PAUSE_S)


def report(answer: Response | bytes) -> dict[str, Any]:
    """The report of the contract agent out of an answer to `whoami`, or out of its bare body."""
    body, evidence = (answer, "") if isinstance(answer, bytes) else (answer.body, answer.describe())
    if isinstance(answer, Response):
        verify_status(answer, 200)
        verify_equal(answer.ending, Ending.COMPLETE, what="end of the body", evidence=evidence)
    content = _json_object(body, evidence)
    verify(
        "process" in content, expected="the report of the contract agent", actual=f"{body[:200]!r}", evidence=evidence
    )
    return content


def events_of(data: Sequence[str]) -> list[dict[str, Any]]:
    """The JSON objects in the data of one or more events."""
    verify(bool(data), expected="a stream of events", actual="no event")
    return [_json_object(text, f"data of the events: {data}") for text in data]


def _json_object(text: str | bytes, evidence: str) -> dict[str, Any]:
    try:
        content = json.loads(text)
    except ValueError:
        content = None
    verify(isinstance(content, dict), expected="a JSON object", actual=f"{text[:200]!r}", evidence=evidence)
    return cast("dict[str, Any]", content)


def boto3_invoke(target: Target, payload: bytes) -> bytes:
    """Invoke the contract agent through boto3 in the shared session; the body of its answer."""
    with open_boto3(target, payload) as body:
        return body.read()


@contextmanager
def open_boto3(target: Target, payload: bytes, accept: str = "application/json") -> Iterator[StreamingBody]:
    """Invoke through boto3 and read the body inside.

    An error answer or a broken body is a finding about the target; no answer is none.
    """
    try:
        answer = boto3_client(target).invoke_agent_runtime(
            agentRuntimeArn=runtime(target),
            runtimeSessionId=shared_session_id(target),
            contentType="application/json",
            accept=accept,
            payload=payload,
        )
        with closing(answer["response"]) as body:
            yield body
    except ClientError as error:
        status = error.response["ResponseMetadata"].get("HTTPStatusCode")
        raise RequirementFailed(expected="HTTP 200", actual=f"HTTP {status}: {error}") from error
    except (ResponseStreamingError, IncompleteReadError) as error:
        raise RequirementFailed(expected="a complete body", actual=f"boto3: {error}") from error
    except BotoCoreError as error:
        raise TargetUnavailable(f"boto3 got no response: {error}") from error
