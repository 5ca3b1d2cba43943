"""How the suite asks a target and the backend in front of it: raw, many at once."""

import json
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Final

import pytest

from agentcore_contracts.data_plane import SESSION_HEADER, DataPlane, Invocation, json_payload
from agentcore_contracts.http_client import Request, Response, Timeouts, send
from agentcore_contracts.target import Target
from agentcore_contracts.verify import RequirementFailed, verify, verify_status

_OF_THE_SUITES: Final = ("contract", "broken")
_USUAL_AGENT: Final = "onboarding"
_BACKEND_TIMEOUTS: Final = Timeouts(connect_s=5, read_s=15, total_s=30)


def at_once(calls: Sequence[Callable[[], Response]]) -> list[Response]:
    """The responses to calls made at the same time, each on a connection of its own."""
    with ThreadPoolExecutor(len(calls)) as pool:
        return [future.result() for future in [pool.submit(call) for call in calls]]


def contract_runtime(target: Target) -> str:
    """The ARN of the runtime that the contract agent answers for."""
    if "contract" not in target.runtimes:
        pytest.skip(f"target {target.name} has no runtime 'contract'")
    return target.runtimes["contract"]


def invoke_without_session_id(target: Target) -> Response:
    """One invocation whose caller leaves the choice of the session id to the service."""
    invocation = Invocation(runtime=contract_runtime(target), payload=json_payload(do="echo", value="ok"))
    return DataPlane(target).invoke(invocation)


def generated_session_id(response: Response) -> str:
    """The session id that came back with a response."""
    verify_status(response, 200)
    id_ = response.header(SESSION_HEADER)
    verify(id_ is not None, expected=f"a header {SESSION_HEADER}", actual="none", evidence=response.describe())
    return id_ or ""


def stream_of_target(target: Target, session_id: str, events: int) -> Response:
    """A stream of the contract agent, its bytes as they came."""
    invocation = Invocation(
        runtime=contract_runtime(target),
        payload=json_payload(do="stream", events=events, interval_ms=0, filler=40),
        session_id=session_id,
    )
    response = DataPlane(target).invoke(invocation)
    verify_status(response, 200)
    return response


@dataclass(frozen=True)
class Backend:
    """A running backend, and users who are signed in to it."""

    base_url: str
    agent: str
    tokens: tuple[str, ...] = field(repr=False)

    @classmethod
    def of(cls, target: Target) -> "Backend":
        """The backend of a target file; a target without one, or without users, leaves the check out."""
        described = target.extra.get("backend")
        if not isinstance(described, Mapping):
            pytest.skip(f"target {target.name} has no backend in front of it")
        tokens = described.get("tokens")
        if not isinstance(tokens, list) or not tokens:
            pytest.skip(f"the backend of target {target.name} comes without tokens of users")
        agent = next((name for name in described.get("agents", ()) if name not in _OF_THE_SUITES), _USUAL_AGENT)
        return cls(base_url=str(described["base_url"]), agent=agent, tokens=tuple(map(str, tokens)))

    def create_chat(self, token: str) -> Response:
        """One chat for the user of that token."""
        headers = (("Authorization", f"Bearer {token}"), ("Content-Type", "application/json"))
        body = json.dumps({"title": "A chat of the property suite", "agent": self.agent}).encode()
        return send(Request("POST", self.base_url.rstrip("/"), "/api/chats", headers, body), _BACKEND_TIMEOUTS)


def created_session_id(response: Response) -> str:
    """The session id of a chat that was created."""
    verify_status(response, 201)
    created = response.json()
    if not isinstance(created, dict) or not isinstance(created.get("session_id"), str):
        raise RequirementFailed(
            expected='JSON with a text "session_id"', actual=repr(created), evidence=response.describe()
        )
    return str(created["session_id"])
