"""JSON documents of identity providers: fetched in a thread, bounded in size and time, no redirects, no proxy."""

import asyncio
import http.client
import json
import ssl
import time
from typing import Any, Final
from urllib.parse import urlsplit

from agentcore_emulator.auth.authorizer_config import is_fetchable

SIZE_MAX: Final = 262_144
TIMEOUT_S: Final = 4.0
_SILENCE_S: Final = 2.0
_PIECE: Final = 65_536


class FetchError(Exception):
    """There is no such document now; the text says why."""


async def fetch_json(url: str) -> dict[str, Any]:
    """The JSON object at that URL; the event loop goes on meanwhile.

    Raises:
        FetchError: it cannot be had, or is something else.
    """
    try:
        async with asyncio.timeout(TIMEOUT_S + 1):
            return await asyncio.to_thread(_fetch, url)
    except TimeoutError:
        raise FetchError(f"{url}: no answer in {TIMEOUT_S:g} s") from None


def _fetch(url: str) -> dict[str, Any]:
    if not is_fetchable(url):
        raise FetchError(f"{url[:200]}: only https, or http on this machine, is asked")
    parts = urlsplit(url)
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    connection = _connection(parts.scheme, parts.hostname or "", parts.port)
    try:
        connection.request("GET", path, headers={"Accept": "application/json", "Connection": "close"})
        with connection.getresponse() as response:
            document = json.loads(_read(response, url))
    except (OSError, http.client.HTTPException, ValueError, RecursionError) as failure:
        raise FetchError(f"{url}: {type(failure).__name__}") from failure
    finally:
        connection.close()
    if not isinstance(document, dict):
        raise FetchError(f"{url}: not a JSON object")
    return document


def _connection(scheme: str, host: str, port: int | None) -> http.client.HTTPConnection:
    if scheme == "https":
        return http.client.HTTPSConnection(host, port, timeout=_SILENCE_S, context=ssl.create_default_context())
    return http.client.HTTPConnection(host, port, timeout=_SILENCE_S)


def _read(response: http.client.HTTPResponse, url: str) -> bytes:
    if response.status != 200:
        raise FetchError(f"{url}: HTTP {response.status}")
    deadline_s = time.monotonic() + TIMEOUT_S
    body = bytearray()
    while piece := response.read1(_PIECE):
        body += piece
        if len(body) > SIZE_MAX:
            raise FetchError(f"{url}: larger than {SIZE_MAX} bytes")
        if time.monotonic() > deadline_s:
            raise FetchError(f"{url}: not complete in {TIMEOUT_S:g} s")
    return bytes(body)
