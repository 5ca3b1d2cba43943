"""Who may pass: what every request of the AWS surface goes through before its handler.

A runtime takes signatures or tokens, never both. Runtimes that have a JWT authorizer take tokens; everything else, the
control plane too, is signed.
Source: developer guide, runtime-oauth and runtime-http-protocol-contract; users' logs; read 2026-11-20 - observed
"""

import logging
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from agentcore_emulator.auth.authorizer_config import AuthorizerConfig, AuthorizerConfigError
from agentcore_emulator.auth.bearer import Bearers, read_bearers
from agentcore_emulator.auth.settings import AuthMode, AuthSettings
from agentcore_emulator.auth.signed_callers import SignedCallers
from agentcore_emulator.auth.sigv4_request import WireRequest
from agentcore_emulator.auth.sigv4_signature import is_presigned
from agentcore_emulator.auth.timeline import Timeline
from agentcore_emulator.clock import Clock
from agentcore_emulator.errors import AccessDeniedException
from agentcore_emulator.exchange import Message, Receive
from agentcore_emulator.model import Deployment

if TYPE_CHECKING:
    from agentcore_emulator.auth.jwt_authorizer import ProtectedResource
    from agentcore_emulator.auth.token_callers import TokenCallers

METHOD_MISMATCH: Final = (
    "Authorization method mismatch. The agent is configured for a different authorization method than what was used "
    "in your request. Check the agent's authorization configuration and ensure your request uses the matching method "
    "(OAuth or SigV4)"
)

log = logging.getLogger("agentcore_emulator.auth")


@dataclass(frozen=True, slots=True)
class Caller:
    """Somebody who may pass."""

    subprotocol: bytes | None = None
    """What a WebSocket handshake must select, where the token came as a subprotocol."""


class Authorization:
    """Judges callers by the settings, the emulator's clock and the authorizers of its runtimes.

    Args:
        machine: seconds since the epoch by the clock of the callers.
    """

    def __init__(
        self, settings: AuthSettings, clock: Clock, region: str, machine: Callable[[], float] = time.time
    ) -> None:
        self._settings = settings
        self._clock = clock
        self._timeline = Timeline(clock, machine)
        self._signed = SignedCallers(settings, region, self._timeline)
        self._tokens: TokenCallers | None = None

    async def admit(self, scope: Message, deployment: Deployment | None, receive: Receive) -> Receive:
        """Lets an HTTP request pass, and gives back the `receive` to read its payload with.

        Args:
            deployment: None where no runtime is meant that could have an authorizer, as in the control plane.

        Raises:
            AccessDeniedException, UnauthorizedException: the caller may not pass.
            ClientLeftError, ValidationException: a payload that is to be verified did not come, or is too large.
        """
        if self._settings.mode is AuthMode.OFF and (deployment is None or self._config_of(deployment) is None):
            return receive
        request = _wire_request(scope)
        if await self._needs_signature(scope, request, read_bearers(request, websocket=False), deployment):
            return await self._signed.admit(request, receive)
        return receive

    async def check(self, scope: Message, deployment: Deployment) -> Caller:
        """Lets a WebSocket handshake pass, which may bring its token as a subprotocol.

        Raises:
            AccessDeniedException, UnauthorizedException: the caller may not pass.
        """
        request = _wire_request(scope)
        bearers = read_bearers(request, websocket=True)
        if await self._needs_signature(scope, request, bearers, deployment):
            self._signed.check(request)
        return Caller(bearers.subprotocol)

    async def describe(self, deployment: Deployment) -> "ProtectedResource | None":
        """What the protected-resource metadata of a runtime says; None for one that takes signatures."""
        config = self._config_of(deployment)
        return None if config is None else await self._token_callers().describe(config)

    async def _needs_signature(
        self, scope: Message, request: WireRequest, bearers: Bearers, deployment: Deployment | None
    ) -> bool:
        """Whether it is a signature that must be looked at; where it is a token, it is good."""
        config = None if deployment is None else self._config_of(deployment)
        signatures = bearers.others + is_presigned(request)
        if config is None or deployment is None:
            if self._settings.mode is AuthMode.OFF:
                return False
            if bearers.tokens:
                raise AccessDeniedException(METHOD_MISMATCH)
            return True
        if signatures:
            raise AccessDeniedException(METHOD_MISMATCH)
        await self._token_callers().check(config, bearers, scope, deployment)
        return False

    def _config_of(self, deployment: Deployment) -> AuthorizerConfig | None:
        if not deployment.authorizer:
            return self._settings.authorizers.get(deployment.runtime.name)
        try:
            return AuthorizerConfig.read(deployment.authorizer)
        except AuthorizerConfigError as failure:
            log.warning("the authorizer of %s lets nobody in: %s", deployment.runtime.name, failure)
            raise AccessDeniedException("The agent's authorizer configuration cannot be used") from None

    def _token_callers(self) -> "TokenCallers":
        if self._tokens is None:
            from agentcore_emulator.auth.token_callers import TokenCallers

            self._tokens = TokenCallers(self._clock, self._timeline)
        return self._tokens


def _wire_request(scope: Message) -> WireRequest:
    return WireRequest(scope.get("method", "GET"), scope["raw_path"], scope["query_string"], scope["headers"])
