"""InvokeAgentRuntime as the suites call it: raw, with control over each byte of the request, and through boto3."""

import json
import threading
from dataclasses import dataclass, replace
from functools import cache, lru_cache
from typing import TYPE_CHECKING, Final
from urllib.parse import quote, urlencode

import boto3
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.config import Config
from botocore.credentials import ReadOnlyCredentials

from agentcore_contracts.http_client import Exchange, Headers, Request, Response, Timeouts, send
from agentcore_contracts.target import Target
from agentcore_contracts.verify import TargetUnavailable

if TYPE_CHECKING:
    from mypy_boto3_bedrock_agentcore import BedrockAgentCoreClient

SERVICE: Final = "bedrock-agentcore"
SESSION_HEADER: Final = "X-Amzn-Bedrock-AgentCore-Runtime-Session-Id"
_OFFLINE: Final = ReadOnlyCredentials("offline", "offline", None)
_MAKING_A_CLIENT: Final = threading.Lock()
"""Clients may be used by several threads, but a session may make only one at a time."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Invocation:
    """One InvokeAgentRuntime; None leaves a part out of the request.

    Source: service model of botocore 1.44.5, InvokeAgentRuntimeRequest, read 2026-11-20 - documented
    """

    runtime: str
    """ARN, or the bare runtime id."""
    payload: bytes
    session_id: str | None = None
    qualifier: str | None = None
    account_id: str | None = None
    content_type: str | None = "application/json"
    accept: str | None = None
    headers: Headers = ()

    @property
    def raw_path(self) -> str:
        """Path and query on the wire: the ARN is one percent-encoded segment."""
        query = {"qualifier": self.qualifier, "accountId": self.account_id}
        encoded = urlencode({name: value for name, value in query.items() if value is not None}, quote_via=quote)
        return f"/runtimes/{quote(self.runtime, safe='')}/invocations" + (f"?{encoded}" if encoded else "")

    @property
    def all_headers(self) -> Headers:
        """The headers of the members that are given, and the additional ones."""
        members = (("Content-Type", self.content_type), ("Accept", self.accept), (SESSION_HEADER, self.session_id))
        return tuple((name, value) for name, value in members if value is not None) + self.headers


class DataPlane:
    """The data plane of a target, as its callers see it."""

    def __init__(self, target: Target, timeouts: Timeouts | None = None) -> None:
        self.target = target
        self._timeouts = timeouts

    def invoke(self, invocation: Invocation) -> Response:
        """Invoke and read the response to its end. Raises `TargetUnavailable` when there is none."""
        return send(self.request(invocation), self._timeouts)

    def open(self, invocation: Invocation) -> Exchange:
        """Invoke and leave the response open, to be read event by event."""
        return Exchange(self.request(invocation), self._timeouts)

    def request(self, invocation: Invocation) -> Request:
        """The signed request of an invocation."""
        unsigned = Request(
            "POST",
            self.target.endpoint_url.rstrip("/"),
            invocation.raw_path,
            invocation.all_headers,
            invocation.payload,
        )
        return sign(unsigned, credentials_for(self.target), self.target.region)


def json_payload(**members: object) -> bytes:
    """A payload of JSON text."""
    return json.dumps(members).encode()


def sign(request: Request, credentials: ReadOnlyCredentials, region: str) -> Request:
    """The request with the headers of Signature Version 4, made by botocore."""
    url = request.endpoint_url + request.raw_path
    signed = AWSRequest(request.method, url, headers=dict(request.headers), data=request.body)
    given = {name.lower() for name, _ in request.headers}
    SigV4Auth(credentials, SERVICE, region).add_auth(signed)
    added = tuple((name, value) for name, value in signed.headers.items() if name.lower() not in given)
    return replace(request, headers=request.headers + added)


def credentials_for(target: Target) -> ReadOnlyCredentials:
    """Those of the environment for a target elsewhere, made-up ones on this machine."""
    if target.on_loopback:
        return _OFFLINE
    found = _session().get_credentials()
    if found is None:
        raise TargetUnavailable(f"no AWS credentials found for target {target.name} at {target.endpoint_url}")
    return found.get_frozen_credentials()


def boto3_client(target: Target, *, read_timeout_s: float = 150.0) -> "BedrockAgentCoreClient":
    """A boto3 client of the target, with the retries boto3 has by default."""
    credentials = credentials_for(target)
    return _boto3_client(target.endpoint_url, target.region, credentials, target.on_loopback, read_timeout_s)


@lru_cache(maxsize=8)
def _boto3_client(
    endpoint_url: str, region: str, credentials: ReadOnlyCredentials, on_loopback: bool, read_timeout_s: float
) -> "BedrockAgentCoreClient":
    # An empty mapping means no proxy, whatever the environment says; None means what the environment says.
    proxies: dict[str, str] | None = {} if on_loopback else None
    with _MAKING_A_CLIENT:
        return _session().client(
            "bedrock-agentcore",
            region_name=region,
            endpoint_url=endpoint_url,
            aws_access_key_id=credentials.access_key,
            aws_secret_access_key=credentials.secret_key,
            aws_session_token=credentials.token,
            config=Config(connect_timeout=10, read_timeout=read_timeout_s, proxies=proxies),
        )


@cache
def _session() -> boto3.Session:
    """One for all: it keeps the service models and credentials, whose loading costs 50 ms and more."""
    return boto3.Session()
