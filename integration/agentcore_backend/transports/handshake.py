"""Opening a socket: signed with SigV4 in headers, bound to its session, tried again while the service is busy.

An AWS SDK retries by itself; who opens WebSockets has to. Only the handshake is repeated: nothing was asked before it.
Source: developer guide, HTTP protocol contract (409 while a session is provisioned; WebSocket clients retry
themselves), read 2026-11-20 - documented
"""

import asyncio
from collections.abc import Callable, Sequence

from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials, ReadOnlyCredentials
from botocore.exceptions import BotoCoreError, NoCredentialsError
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import InvalidStatus, WebSocketException

from agentcore_backend.failures import AgentFailure
from agentcore_backend.transports.arn import RuntimeArn
from agentcore_backend.transports.endpoint import signed_url, socket_url

SERVICE = "bedrock-agentcore"
SESSION_HEADER = "X-Amzn-Bedrock-AgentCore-Runtime-Session-Id"
ERROR_TYPE_HEADER = "x-amzn-ErrorType"
MESSAGE_SIZE_MAX = 16 * 1024 * 1024
CLOSE_TIMEOUT_S = 2.0
RETRY_DELAYS_S = (0.1, 0.4, 1.6)


class Handshake:
    """Opens sockets to runtimes.

    ``open_timeout_s`` is long: the session may have to be provisioned before the handshake is answered.
    """

    def __init__(
        self,
        credentials: Callable[[], Credentials | None],
        override: str | None,
        open_timeout_s: float,
        retry_delays_s: Sequence[float] = RETRY_DELAYS_S,
    ) -> None:
        self._credentials = credentials
        self._override = override
        self._open_timeout_s = open_timeout_s
        self._retry_delays_s = retry_delays_s

    async def open(self, runtime_arn: str, session_id: str) -> ClientConnection:
        """Return an open socket of the session. Raises ``AgentFailure`` when there is none to be had."""
        arn = RuntimeArn.parse(runtime_arn)
        for delay_s in self._retry_delays_s:
            try:
                return await self._open(arn, session_id)
            except AgentFailure as failure:
                if not failure.retryable:
                    raise
            await asyncio.sleep(delay_s)
        return await self._open(arn, session_id)

    async def _open(self, arn: RuntimeArn, session_id: str) -> ClientConnection:
        url = socket_url(arn, self._override)
        try:
            # in a thread: credentials may have to be fetched, and that blocks
            credentials = await asyncio.to_thread(_frozen, self._credentials)
            return await _ConnectThere(
                url,
                additional_headers=signed_headers(url, arn.region, session_id, credentials),
                compression=None,
                open_timeout=self._open_timeout_s,
                close_timeout=CLOSE_TIMEOUT_S,
                # an agent may be busy for minutes, and pings would keep the session of an idle socket alive
                ping_interval=None,
                max_size=MESSAGE_SIZE_MAX,
            )
        except (BotoCoreError, OSError, WebSocketException) as error:
            raise failure_of_handshake(error) from error


class _ConnectThere(connect):
    """A signature is for one place, and a session token is nobody else's business: redirects are not followed."""

    def process_redirect(self, exc: Exception) -> Exception | str:
        """Take a redirect for the refusal it is."""
        return exc


def signed_headers(url: str, region: str, session_id: str, credentials: ReadOnlyCredentials) -> dict[str, str]:
    """Return the headers that say which session is wanted and who wants it."""
    request = AWSRequest("GET", signed_url(url), headers={SESSION_HEADER: session_id})
    SigV4Auth(credentials, SERVICE, region).add_auth(request)
    return dict(request.headers.items())


def failure_of_handshake(error: Exception) -> AgentFailure:
    """Return what it means that a socket was not opened: the same as for an HTTP call that ends this way.

    Before the upgrade an error of the service is plain HTTP and names its type in a header.
    Source: developer guide, get started with bidirectional streaming, read 2026-11-20 - documented
    """
    if isinstance(error, InvalidStatus):
        named = error.response.headers.get(ERROR_TYPE_HEADER, "").partition(":")[0]
        return AgentFailure(named or str(error.response.status_code))
    # the system's own time-out of a connection has a number
    waited_too_long = isinstance(error, TimeoutError) and error.errno is None
    return AgentFailure("AgentTimeout" if waited_too_long else "AgentUnreachable")


def _frozen(credentials: Callable[[], Credentials | None]) -> ReadOnlyCredentials:
    found = credentials()
    if found is None:
        raise NoCredentialsError
    return found.get_frozen_credentials()
