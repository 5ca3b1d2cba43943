"""Quotas of a target that lets them be set: lowered for a check, and put back."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final
from urllib.parse import urlsplit

import pytest

from agentcore_contracts.http_client import Request, Response, send
from agentcore_contracts.target import Target
from agentcore_contracts.verify import TargetUnavailable

ACTIVE_SESSIONS: Final = "active_sessions"


@contextmanager
def one_session_allowed(target: Target) -> Iterator[None]:
    """A quota of one active session while the context lasts.

    The target shows its quotas at `GET quotas_url` and takes new ones as `POST {"active_sessions": N}` there.
    """
    url = target.extra.get("quotas_url")
    if not isinstance(url, str):
        pytest.skip(f"target {target.name} names no quotas_url")
    before = _quotas(url)
    if ACTIVE_SESSIONS not in before:
        raise TargetUnavailable(f"{url} shows no {ACTIVE_SESSIONS}: {before}")
    _set(url, 1)
    try:
        yield
    finally:
        _set(url, before[ACTIVE_SESSIONS])


def _quotas(url: str) -> dict[str, object]:
    content = _ask(url, "GET", b"").json()
    found = content.get("quotas", content) if isinstance(content, dict) else {}
    return found if isinstance(found, dict) else {}


def _set(url: str, sessions: object) -> None:
    _ask(url, "POST", json.dumps({ACTIVE_SESSIONS: sessions}).encode())


def _ask(url: str, method: str, body: bytes) -> Response:
    parts = urlsplit(url)
    answer = send(
        Request(method, f"{parts.scheme}://{parts.netloc}", parts.path, (("Content-Type", "application/json"),), body)
    )
    if answer.status != 200:
        raise TargetUnavailable(f"the quotas of the target cannot be set:\n{answer.describe()}")
    return answer
