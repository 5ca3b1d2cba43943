"""How the suite comes to a runtime without a signature, with a token, and with a URL signed beforehand."""

from base64 import urlsafe_b64encode
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any, Final
from urllib.parse import quote, urlencode, urlsplit

from botocore.auth import SigV4QueryAuth
from botocore.awsrequest import AWSRequest
from botocore.credentials import ReadOnlyCredentials

from agentcore_contracts.data_plane import SERVICE, SESSION_HEADER, DataPlane, Invocation, credentials_for, sign
from agentcore_contracts.http_client import Headers, Request, Response, send
from agentcore_contracts.suite import asking
from agentcore_contracts.suite.deploying import deployed
from agentcore_contracts.target import Target
from agentcore_contracts.verify import TargetUnavailable

SUBPROTOCOL: Final = "base64UrlBearerAuthorization"
METHOD_MISMATCH: Final = "Authorization method mismatch"
EXPIRES_S: Final = 300
_HANDSHAKE: Final[Headers] = (
    ("Upgrade", "websocket"),
    ("Connection", "Upgrade"),
    ("Sec-WebSocket-Version", "13"),
    ("Sec-WebSocket-Key", "dGhlIHNhbXBsZSBub25jZQ=="),
)


@dataclass(frozen=True, slots=True)
class OAuth:
    """An identity provider that the target can reach, and two of its tokens: `oauth` of the target file."""

    discovery_url: str
    client_id: str
    token: str
    other_client_token: str

    @classmethod
    def of(cls, target: Target) -> "OAuth":
        """Those of the target. Raises `TargetUnavailable` when its file does not say them."""
        asking.needs(target, "jwt")
        found = target.extra.get("oauth")
        content: dict[str, Any] = found if isinstance(found, dict) else {}
        try:
            return cls(*(content[name] for name in ("discovery_url", "client_id", "token", "other_client_token")))
        except KeyError as missing:
            raise TargetUnavailable(f"oauth of target {target.name} says no {missing}") from missing


@contextmanager
def runtime_with_tokens(target: Target, oauth: OAuth) -> Iterator[str]:
    """The ARN of a runtime that takes tokens of that provider and client, while the context lasts."""
    authorizer = {"discoveryUrl": oauth.discovery_url, "allowedClients": [oauth.client_id]}
    with deployed(target, "jwt", authorizerConfiguration={"customJWTAuthorizer": authorizer}) as runtime:
        yield runtime.arn


def invoke_with(target: Target, arn: str, token: str | None) -> Response:
    """Invoke without a signature: with a bearer token, or with no authorization at all."""
    bearer = () if token is None else (("Authorization", f"Bearer {token}"),)
    session = asking.new_session_id()
    invocation = Invocation(runtime=arn, payload=asking.WHOAMI, session_id=session, headers=bearer)
    return send(Request("POST", _origin(target), invocation.raw_path, invocation.all_headers, invocation.payload))


def invoke_signed(target: Target, arn: str) -> Response:
    """Invoke with a signature."""
    invocation = Invocation(runtime=arn, payload=asking.WHOAMI, session_id=asking.new_session_id())
    return DataPlane(target).invoke(invocation)


def get(target: Target, raw_path: str) -> Response:
    """GET without any authorization."""
    return send(Request("GET", _origin(target), raw_path))


def handshake(
    target: Target,
    arn: str,
    signed_s_ago: float,
    *,
    session_id: str | None = None,
    query: Mapping[str, str] | None = None,
) -> Request:
    """The WebSocket handshake of a URL that was presigned so long ago, for 300 seconds.

    Source: bedrock-agentcore 1.25.0, generate_presigned_url, read 2026-11-20 - observed
    """
    fields = {SESSION_HEADER: session_id or asking.new_session_id(), **(query or {})}
    unsigned = AWSRequest("GET", f"{_origin(target)}{_socket_path(arn)}?{urlencode(fields, quote_via=quote)}")
    moment = datetime.now(UTC) - timedelta(seconds=signed_s_ago)
    _SignedEarlier(credentials_for(target), target.region, moment).add_auth(unsigned)
    parts = urlsplit(str(unsigned.url))
    return Request("GET", _origin(target), f"{parts.path}?{parts.query}", _HANDSHAKE)


def signed_handshake(target: Target, arn: str, session_id: str) -> Request:
    """A WebSocket handshake with a signature in its headers; the session id and the upgrade are not signed.

    Source: bedrock-agentcore 1.25.0, generate_ws_connection, read 2026-11-20 - observed
    """
    signed = sign(Request("GET", _origin(target), _socket_path(arn)), credentials_for(target), target.region)
    return replace(signed, headers=(*signed.headers, (SESSION_HEADER, session_id), *_HANDSHAKE))


def token_handshake(target: Target, arn: str, token: str, session_id: str) -> Request:
    """A WebSocket handshake as a browser makes it: the token is one of the subprotocols, the session in the query."""
    carried = urlsafe_b64encode(token.encode()).rstrip(b"=").decode()
    offered = ("Sec-WebSocket-Protocol", f"{SUBPROTOCOL}.{carried}, {SUBPROTOCOL}")
    path = f"{_socket_path(arn)}?{SESSION_HEADER}={session_id}"
    return Request("GET", _origin(target), path, (*_HANDSHAKE, offered))


def _socket_path(arn: str) -> str:
    return f"/runtimes/{quote(arn, safe='')}/ws"


class _SignedEarlier(SigV4QueryAuth):
    """botocore's own signer of URLs, at another moment."""

    def __init__(self, credentials: ReadOnlyCredentials, region: str, moment: datetime) -> None:
        super().__init__(credentials, SERVICE, region, EXPIRES_S)
        self._stamp = moment.strftime("%Y%m%dT%H%M%SZ")

    def _modify_request_before_signing(self, request: AWSRequest) -> None:
        request.context["timestamp"] = self._stamp
        super()._modify_request_before_signing(request)  # type: ignore[misc]  # botocore-stubs leave it out


def _origin(target: Target) -> str:
    return target.endpoint_url.rstrip("/")
