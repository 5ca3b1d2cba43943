"""The data plane as the suites call it: raw, with control over each byte of the request, and through boto3."""

import json
import threading
import uuid
from dataclasses import dataclass, replace
from functools import cache, lru_cache
from typing import TYPE_CHECKING, Any, Final, cast
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
        return self._signed("POST", invocation.raw_path, invocation.all_headers, invocation.payload)

    def stop(self, runtime: str, session_id: str) -> Response:
        """StopRuntimeSession, with a fresh client token.

        Source: service model of botocore 1.44.5, StopRuntimeSessionRequest, read 2026-11-20 - documented
        """
        body = json_payload(clientToken=str(uuid.uuid4()))
        return self._on_session("stopruntimesession", runtime, session_id, body)

    def command(self, runtime: str, session_id: str, command: str, timeout_s: int) -> Response:
        """InvokeAgentRuntimeCommand, read to the end of its event stream.

        Source: service model of botocore 1.44.5, InvokeAgentRuntimeCommandRequest, read 2026-11-20 - documented
        """
        return self._on_session("commands", runtime, session_id, json_payload(command=command, timeout=timeout_s))

    def agent_card(self, runtime: str, session_id: str) -> Response:
        """GetAgentCard.

        Source: service model of botocore 1.44.5, GetAgentCardRequest, read 2026-11-20 - documented
        """
        path = f"/runtimes/{quote(runtime, safe='')}/invocations/.well-known/agent-card.json"
        return send(self._signed("GET", path, ((SESSION_HEADER, session_id),), b""), self._timeouts)

    def _on_session(self, operation: str, runtime: str, session_id: str, body: bytes) -> Response:
        headers = (("Content-Type", "application/json"), (SESSION_HEADER, session_id))
        path = f"/runtimes/{quote(runtime, safe='')}/{operation}"
        return send(self._signed("POST", path, headers, body), self._timeouts)

    def _signed(self, method: str, raw_path: str, headers: Headers, body: bytes) -> Request:
        unsigned = Request(method, self.target.endpoint_url.rstrip("/"), raw_path, headers, body)
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


def boto3_client(target: Target, *, attempts: int | None = None) -> "BedrockAgentCoreClient":
    """A boto3 client of the target, with the retries boto3 has by default or with that many attempts."""
    credentials = credentials_for(target)
    client = _boto3_client(SERVICE, target.endpoint_url, target.region, credentials, target.on_loopback, attempts)
    return cast("BedrockAgentCoreClient", client)


def control_client(target: Target) -> Any:
    """A boto3 client of the target's control plane: at `control_endpoint_url`, else where boto3 finds the real one."""
    credentials = credentials_for(target)
    found = target.extra.get("control_endpoint_url")
    endpoint_url = found if isinstance(found, str) else None
    if endpoint_url is None and target.on_loopback:
        raise TargetUnavailable(f"target {target.name} is on this machine and names no control_endpoint_url")
    return _boto3_client(f"{SERVICE}-control", endpoint_url, target.region, credentials, target.on_loopback, None)


@lru_cache(maxsize=64)
def _boto3_client(
    service: str,
    endpoint_url: str | None,
    region: str,
    credentials: ReadOnlyCredentials,
    on_loopback: bool,
    attempts: int | None,
) -> object:
    # An empty mapping means no proxy, whatever the environment says; None means what the environment says.
    proxies: dict[str, str] | None = {} if on_loopback else None
    config = Config(connect_timeout=10, read_timeout=150, proxies=proxies)
    if attempts is not None:
        config = config.merge(Config(retries={"mode": "standard", "total_max_attempts": attempts}))
    client: Any = _session().client
    with _MAKING_A_CLIENT:
        return client(
            service,
            region_name=region,
            endpoint_url=endpoint_url,
            aws_access_key_id=credentials.access_key,
            aws_secret_access_key=credentials.secret_key,
            aws_session_token=credentials.token,
            config=config,
        )


@cache
def _session() -> boto3.Session:
    """One for all: it keeps the service models and credentials, whose loading costs 50 ms and more."""
    return boto3.Session()
