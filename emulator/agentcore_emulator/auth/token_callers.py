"""Callers with tokens: one authorizer for each configuration, one set of keys for each identity provider.

Source: developer guide, runtime-oauth and the protocol contracts, read 2026-11-20 - documented; that every 401 carries
the challenge, and where scopes stand in it - assumed
"""

import logging
import re
from collections.abc import Mapping
from typing import Final
from urllib.parse import quote

from agentcore_emulator.auth.authorizer_config import AuthorizerConfig
from agentcore_emulator.auth.bearer import Bearers
from agentcore_emulator.auth.jwks import Provider
from agentcore_emulator.auth.jwt_authorizer import JwtAuthorizer, ProtectedResource
from agentcore_emulator.auth.timeline import Timeline
from agentcore_emulator.auth.tokens import InvalidTokenError
from agentcore_emulator.clock import Clock
from agentcore_emulator.errors import UnauthorizedException
from agentcore_emulator.exchange import Message
from agentcore_emulator.model import Deployment

PROVIDERS_MAX: Final = 1_000
METADATA_PATH: Final = "invocations/.well-known/oauth-protected-resource"
_HOST_FORM: Final = re.compile(r"[A-Za-z0-9.:\[\]_-]{1,255}")
_TLS: Final = frozenset({"https", "wss"})

log = logging.getLogger("agentcore_emulator.auth")


class TokenCallers:
    """Judges bearer tokens for runtimes that have a JWT authorizer."""

    def __init__(self, clock: Clock, timeline: Timeline) -> None:
        self._clock = clock
        self._timeline = timeline
        self._providers: dict[tuple[str | None, ...], Provider] = {}

    async def check(self, config: AuthorizerConfig, bearers: Bearers, scope: Message, deployment: Deployment) -> None:
        """Lets a caller pass who has one token, and a good one.

        Raises:
            UnauthorizedException: there is none, more than one, or it is not good.
        """
        try:
            await self._authorizer(config).check(_only_token(bearers))
        except InvalidTokenError as refusal:
            log.info("a token for %s is refused: %s", deployment.runtime.name, refusal)
            error = UnauthorizedException(str(refusal))
            error.headers = ((b"www-authenticate", challenge(config, scope, deployment).encode()),)
            raise error from None

    async def describe(self, config: AuthorizerConfig) -> ProtectedResource:
        """What the metadata of a runtime with that authorizer says."""
        return await self._authorizer(config).describe()

    def _authorizer(self, config: AuthorizerConfig) -> JwtAuthorizer:
        identity = config.discovery_url, config.issuer, config.jwks_url
        provider = self._providers.get(identity)
        if provider is None:
            if len(self._providers) == PROVIDERS_MAX:
                self._providers.clear()
            provider = self._providers[identity] = Provider(config, self._clock.now)
        return JwtAuthorizer(config, provider, self._timeline)


def _only_token(bearers: Bearers) -> bytes:
    if not any(bearers.tokens):
        raise InvalidTokenError("Missing Authentication Token")
    if len(bearers.tokens) > 1:
        raise InvalidTokenError("Only one authorization mechanism is allowed")
    return bearers.tokens[0]


def challenge(config: AuthorizerConfig, scope: Message, deployment: Deployment) -> str:
    """The value of `WWW-Authenticate`: where the runtime's metadata can be read, by the name the caller used."""
    headers: Mapping[bytes, bytes] = dict(scope["headers"])
    host = headers.get(b"host", b"").decode("latin-1")
    arn = deployment.runtime.arn
    if _HOST_FORM.fullmatch(host) is None:
        host = f"bedrock-agentcore.{arn.region}.amazonaws.com"
    origin = f"{'https' if scope.get('scheme') in _TLS else 'http'}://{host}"
    url = (
        f"{origin}/runtimes/{quote(str(arn), safe='')}/{METADATA_PATH}?qualifier={quote(deployment.qualifier, safe='')}"
    )
    scopes = " ".join(config.advertised_scopes.get(name, name) for name in config.scopes)
    return f'Bearer resource_metadata="{url}"' + (f', scope="{scopes}"' if config.advertised_scopes else "")
