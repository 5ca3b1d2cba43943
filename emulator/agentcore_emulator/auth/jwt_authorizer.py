"""The JWT authorizer of one runtime: verified tokens whose claims are those that it was configured for.

Source: developer guide, runtime-oauth and inbound-jwt-authorizer, read 2026-11-20 - documented; the texts for client_id
and aud are users' logs - observed; the others follow their form - assumed
"""

import logging
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from agentcore_emulator.auth.authorizer_config import AuthorizerConfig, CustomClaim
from agentcore_emulator.auth.jwks import Provider, ProviderUnreachableError
from agentcore_emulator.auth.timeline import Timeline
from agentcore_emulator.auth.tokens import InvalidTokenError, verified

log = logging.getLogger("agentcore_emulator.auth")

_MISMATCH: Final = "Claim '{}' value mismatch with configuration."


@dataclass(frozen=True, slots=True)
class ProtectedResource:
    """What RFC 9728 metadata says of the authorization of a runtime."""

    authorization_servers: tuple[str, ...]
    scopes_supported: tuple[str, ...]


class JwtAuthorizer:
    """Lets bearers pass whose token fulfils every condition of the configuration."""

    def __init__(self, config: AuthorizerConfig, provider: Provider, timeline: Timeline) -> None:
        self._config = config
        self._provider = provider
        self._timeline = timeline

    async def check(self, token: bytes) -> Mapping[str, Any]:
        """The claims of the token, when it may pass.

        Raises:
            InvalidTokenError: it may not.
        """
        try:
            found = await verified(token, self._provider, self._timeline)
        except ProviderUnreachableError:
            raise InvalidTokenError("The keys of the identity provider cannot be fetched") from None
        check_claims(self._config, found.claims)
        return found.claims

    async def describe(self) -> ProtectedResource:
        """Where tokens for this runtime come from, and the scopes it tells callers to ask for."""
        issuer = await self._provider.issuer()
        advertised = self._config.advertised_scopes
        scopes = tuple(advertised.get(scope, scope) for scope in self._config.scopes)
        return ProtectedResource(() if issuer is None else (issuer,), scopes)


def check_claims(config: AuthorizerConfig, claims: Mapping[str, Any]) -> None:
    """Every condition that the configuration makes is fulfilled.

    Raises:
        InvalidTokenError: one is not.
    """
    if config.clients and claims.get("client_id") not in config.clients:
        raise InvalidTokenError(_MISMATCH.format("client_id"))
    if config.audiences and not _texts(claims.get("aud")) & set(config.audiences):
        raise InvalidTokenError(_MISMATCH.format("aud"))
    if config.scopes and not _scopes(claims) & set(config.scopes):
        raise InvalidTokenError(_MISMATCH.format("scope"))
    for claim in config.claims:
        if not _fulfils(claims.get(claim.name), claim):
            raise InvalidTokenError(f"Authorization denied. {_MISMATCH.format(claim.name)}")


def _fulfils(value: object, claim: CustomClaim) -> bool:
    if claim.array:
        return isinstance(value, list) and bool(_texts(value) & set(claim.values))
    if not isinstance(value, str):
        return False
    if claim.operator == "EQUALS":
        return value in claim.values
    return any(wanted in value for wanted in claim.values)


def _texts(value: object) -> set[str]:
    """The texts that a claim holds: it may be one, or a list of them."""
    if isinstance(value, str):
        return {value}
    return {item for item in value if isinstance(item, str)} if isinstance(value, list) else set()


def _scopes(claims: Mapping[str, Any]) -> set[str]:
    scope, listed = claims.get("scope"), claims.get("scp")
    found = set(scope.split(" ")) if isinstance(scope, str) else set()
    return found | (set(listed.split(" ")) if isinstance(listed, str) else _texts(listed))
