"""The identity provider's public keys: fetched when first needed, kept, and fetched again when a new key shows up.

A token that names an unknown key may be signed with a key that was added since, so the set is fetched again.
It may also be made up, so that happens at most once in ``REFETCH_INTERVAL_S``.
Fetching runs in a thread: other requests go on meanwhile, and those that need a key wait for the same fetch.
"""

import asyncio
import logging
import time
from collections.abc import Callable, Mapping

import jwt
import requests

from agentcore_backend.errors import KeysUnavailable

REFETCH_INTERVAL_S = 10.0
RETRY_INTERVAL_S = 1.0
"""Least time between a fetch that failed and the next one."""
AGE_MAX_S = 3600.0
"""After this time the set is fetched again, so that a key that was taken out of it is no longer accepted."""
FETCH_TIMEOUT_S = (2.0, 3.0)

logger = logging.getLogger(__name__)


class UnknownKeyError(Exception):
    """The key set, as far as we may look, has no key of this id."""


class KeySet:
    """RSA signing keys by key id."""

    def __init__(self, url: str, clock: Callable[[], float] = time.monotonic) -> None:
        self._url = url
        self._clock = clock
        self._keys: Mapping[str, jwt.PyJWK] = {}
        self._fetched_at: float | None = None
        self._next_fetch_at = clock()
        self._lock: asyncio.Lock = asyncio.Lock()

    async def key(self, key_id: str) -> jwt.PyJWK:
        """Return the key of this id.

        Raises ``UnknownKeyError`` when the provider has none, ``KeysUnavailable`` when the provider was never reached.
        """
        if key_id not in self._keys or self._is_old():
            async with self._lock:
                if (key_id not in self._keys or self._is_old()) and self._may_fetch():
                    await self._fetch()
        if self._fetched_at is None:
            raise KeysUnavailable("the identity provider's keys cannot be fetched; try again later")
        if key_id not in self._keys:
            raise UnknownKeyError(key_id)
        return self._keys[key_id]

    def _is_old(self) -> bool:
        return self._fetched_at is None or self._clock() - self._fetched_at > AGE_MAX_S

    def _may_fetch(self) -> bool:
        return self._clock() >= self._next_fetch_at

    async def _fetch(self) -> None:
        try:
            self._keys = await asyncio.to_thread(fetch_keys, self._url)
        except (requests.RequestException, ValueError, jwt.PyJWTError) as error:
            # keys that were good before stay in use: an outage of the provider must not lock everybody out
            logger.warning("fetching keys from %s failed: %s", self._url, type(error).__name__)
            self._next_fetch_at = self._clock() + RETRY_INTERVAL_S
        else:
            self._fetched_at = self._clock()
            self._next_fetch_at = self._fetched_at + REFETCH_INTERVAL_S


def fetch_keys(url: str) -> Mapping[str, jwt.PyJWK]:
    """Fetch a key set (blocking) and return its RSA signing keys by id.

    Raises ``requests.RequestException``, ``ValueError`` or ``jwt.PyJWTError`` when there is no usable set.
    """
    response = requests.get(url, timeout=FETCH_TIMEOUT_S, allow_redirects=False)
    response.raise_for_status()
    document = response.json()
    if response.status_code != requests.codes.ok or not isinstance(document, dict):
        raise ValueError("the answer is not a key set")
    keys = jwt.PyJWKSet.from_dict(document).keys
    return {key.key_id: key for key in keys if key.key_id and key.key_type == "RSA" and key.public_key_use != "enc"}
