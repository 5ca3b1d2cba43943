"""Invocations on the wire: the path of the service model, and the signature that boto3 would make."""

from datetime import UTC, datetime
from typing import Any

import pytest
from botocore.awsrequest import AWSPreparedRequest
from botocore.credentials import ReadOnlyCredentials

from agentcore_contracts.data_plane import SESSION_HEADER, DataPlane, Invocation, boto3_client, credentials_for, sign
from agentcore_contracts.http_client import Request
from agentcore_contracts.target import Target
from agentcore_contracts.verify import TargetUnavailable

ARN = "arn:aws:bedrock-agentcore:ap-southeast-2:123456789012:runtime/contract-0123456789"
ENCODED = ARN.replace(":", "%3A").replace("/", "%2F")
TARGET = Target("here", "http://127.0.0.1:4599", "ap-southeast-2", "123456789012", {"contract": ARN})
SESSION_ID = "s" * 40


@pytest.mark.parametrize(
    ("invocation", "expected"),
    [
        (Invocation(runtime=ARN, payload=b""), f"/runtimes/{ENCODED}/invocations"),
        (
            Invocation(runtime=ARN, payload=b"", qualifier="a b/ü"),
            f"/runtimes/{ENCODED}/invocations?qualifier=a%20b%2F%C3%BC",
        ),
        (
            Invocation(runtime="contract-0123456789", payload=b"", qualifier="q", account_id="123456789012"),
            "/runtimes/contract-0123456789/invocations?qualifier=q&accountId=123456789012",
        ),
    ],
)
def test_raw_path(invocation: Invocation, expected: str) -> None:
    """The runtime is one percent-encoded segment, and only what is given is in the query."""
    assert invocation.raw_path == expected


def test_only_given_members_are_headers() -> None:
    """Members that are None leave no header; further headers follow."""
    invocation = Invocation(runtime=ARN, payload=b"", session_id=SESSION_ID, content_type=None, headers=(("A", "1"),))

    assert invocation.all_headers == ((SESSION_HEADER, SESSION_ID), ("A", "1"))


def test_signature_is_the_one_of_boto3(monkeypatch: pytest.MonkeyPatch) -> None:
    """For the same invocation at the same moment the raw call carries the signature that boto3 makes."""
    monkeypatch.setattr("botocore.auth.get_current_datetime", lambda *_, **__: datetime(2026, 11, 20, tzinfo=UTC))
    members: dict[str, Any] = {"qualifier": "DEFAULT", "payload": b'{"do": "whoami"}'}
    invocation = Invocation(runtime=ARN, session_id=SESSION_ID, accept="*/*", **members)
    client = boto3_client(TARGET)
    client.meta.events.register("before-send.bedrock-agentcore.InvokeAgentRuntime", _raise_what_is_sent)

    with pytest.raises(SentError) as caught:
        client.invoke_agent_runtime(
            agentRuntimeArn=ARN, runtimeSessionId=SESSION_ID, contentType="application/json", accept="*/*", **members
        )
    client.meta.events.unregister("before-send.bedrock-agentcore.InvokeAgentRuntime", _raise_what_is_sent)

    ours = dict(DataPlane(TARGET).request(invocation).headers)
    assert ours["Authorization"] == caught.value.authorization


class SentError(Exception):
    """What boto3 was about to send."""

    def __init__(self, request: AWSPreparedRequest) -> None:
        super().__init__(request.url)
        header: object = request.headers["Authorization"]
        self.authorization = header.decode() if isinstance(header, bytes) else header


def _raise_what_is_sent(request: AWSPreparedRequest, **_: object) -> None:
    raise SentError(request)


def test_signing_adds_and_keeps() -> None:
    """Signing adds headers behind the given ones and changes nothing, repeated headers included."""
    given = (("X-One", "1"), ("X-One", "2"))

    signed = sign(Request("POST", TARGET.endpoint_url, "/", given), ReadOnlyCredentials("k", "s", "t"), "r")

    assert signed.headers[:2] == given
    assert {name for name, _ in signed.headers[2:]} == {"Authorization", "X-Amz-Date", "X-Amz-Security-Token"}


def test_real_credentials_stay_away_from_loopback(monkeypatch: pytest.MonkeyPatch) -> None:
    """A target on this machine is called with made-up credentials, whatever the environment holds."""
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKIAREAL")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "real")

    assert credentials_for(TARGET).access_key == "offline"


def test_real_credentials_for_a_target_elsewhere(monkeypatch: pytest.MonkeyPatch) -> None:
    """A target elsewhere is called with the credentials of the environment."""
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKIAREAL")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "real")
    elsewhere = Target("aws", "https://bedrock-agentcore.us-east-1.amazonaws.com", "us-east-1", "1", {})

    assert credentials_for(elsewhere).access_key == "AKIAREAL"


def test_no_credentials_anywhere(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without credentials a target elsewhere cannot be asked."""
    monkeypatch.setattr("boto3.Session.get_credentials", lambda _: None)
    elsewhere = Target("aws", "https://bedrock-agentcore.us-east-1.amazonaws.com", "us-east-1", "1", {})

    with pytest.raises(TargetUnavailable, match="no AWS credentials found for target aws"):
        credentials_for(elsewhere)
