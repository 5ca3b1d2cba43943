"""One identity provider: its issuer and its public keys, fetched when needed, kept, fetched again when they change.

A token that names an unknown key may be signed with a key that was added since, so the keys are fetched again. It may
also be made up, so that happens at most once in `REFETCH_INTERVAL_S`. Keys that were good stay in use while the
provider cannot be reached.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Final

import jwt

from agentcore_emulator.auth.authorizer_config import AuthorizerConfig
from agentcore_emulator.auth.fetch import FetchError, fetch_json

REFETCH_INTERVAL_S: Final = 10.0
RETRY_INTERVAL_S: Final = 1.0
"""Least time between a fetch that failed and the next one."""
AGE_MAX_S: Final = 3_600.0
"""After this time the keys are fetched again, so that one that was taken out is no longer accepted."""
KEYS_MAX: Final = 100

ALGORITHMS: Final[Mapping[str, str]] = {"RS256": "RSA", "ES256": "EC"}
"""What a token may be signed with, and the type of key that belongs to it."""

log = logging.getLogger("agentcore_emulator.auth")

Fetch = Callable[[str], Awaitable[dict[str, Any]]]


class UnknownKeyError(Exception):
    """The provider has no key of this id for this algorithm."""


class ProviderUnreachableError(Exception):
    """The provider's documents have never been had."""


class Provider:
    """The issuer and the keys behind one discovery URL.

    Args:
        now: seconds that never run backwards; the emulator's clock.
    """

    def __init__(self, config: AuthorizerConfig, now: Callable[[], float], fetch: Fetch = fetch_json) -> None:
        self._config = config
        self._now = now
        self._fetch = fetch
        self._issuer: str | None = None
        self._keys: Mapping[tuple[str, str], jwt.PyJWK] = {}
        self._fetched_at_s: float | None = None
        self._next_fetch_at_s = now()
        self._lock = asyncio.Lock()

    async def key(self, key_id: str, algorithm: str) -> tuple[str, jwt.PyJWK]:
        """The issuer, and its key of this id for this algorithm.

        Raises:
            UnknownKeyError, ProviderUnreachableError: there is none.
        """
        wanted = key_id, algorithm
        if self._lacks(wanted):
            async with self._lock:
                if self._lacks(wanted) and self._may_fetch():
                    await self._refresh()
        if self._issuer is None:
            raise ProviderUnreachableError
        found = self._keys.get(wanted)
        if found is None:
            raise UnknownKeyError
        return self._issuer, found

    async def issuer(self) -> str | None:
        """The issuer as its discovery document says, or as its URL says while there is none."""
        if self._fetched_at_s is None:
            async with self._lock:
                if self._may_fetch():
                    await self._refresh()
        return self._issuer or self._config.issuer or self._config.issuer_by_url

    def _lacks(self, wanted: tuple[str, str]) -> bool:
        is_old = self._fetched_at_s is None or self._now() - self._fetched_at_s > AGE_MAX_S
        return is_old or wanted not in self._keys

    def _may_fetch(self) -> bool:
        return self._now() >= self._next_fetch_at_s

    async def _refresh(self) -> None:
        try:
            issuer, jwks_url = await self._discovered()
            keys = usable_keys(await self._fetch(jwks_url))
        except FetchError as failure:
            log.warning("the keys of an authorizer cannot be fetched: %s", failure)
            self._next_fetch_at_s = self._now() + RETRY_INTERVAL_S
            return
        self._issuer, self._keys = issuer, keys
        self._fetched_at_s = self._now()
        self._next_fetch_at_s = self._fetched_at_s + REFETCH_INTERVAL_S

    async def _discovered(self) -> tuple[str, str]:
        issuer, jwks_url = self._config.issuer, self._config.jwks_url
        if issuer is None or jwks_url is None:
            url = self._config.discovery_url or ""
            document = await self._fetch(url)
            issuer = issuer or document.get("issuer")
            jwks_url = jwks_url or document.get("jwks_uri")
            if not isinstance(issuer, str) or not isinstance(jwks_url, str):
                raise FetchError(f"{url}: no issuer or no jwks_uri")
        return issuer, jwks_url


def usable_keys(document: Mapping[str, Any]) -> dict[tuple[str, str], jwt.PyJWK]:
    """The signing keys of a key set by their id and the algorithm that belongs to their type; others are left out.

    Raises:
        FetchError: it is not a key set.
    """
    listed = document.get("keys")
    if not isinstance(listed, list):
        raise FetchError("the key set has no keys")
    usable = {}
    for entry in listed[:KEYS_MAX]:
        if not isinstance(entry, dict) or entry.get("use", "sig") != "sig" or not isinstance(entry.get("kid"), str):
            continue
        for algorithm, key_type in ALGORITHMS.items():
            if entry.get("kty") == key_type and entry.get("alg", algorithm) == algorithm:
                try:
                    usable[entry["kid"], algorithm] = jwt.PyJWK.from_dict(entry, algorithm)
                except (jwt.PyJWTError, ValueError, TypeError) as failure:
                    log.warning("a key of a key set is left out: %s", type(failure).__name__)
    return usable
