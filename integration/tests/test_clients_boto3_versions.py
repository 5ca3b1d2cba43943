"""boto3 of two generations against the emulator: both stream, each retries in its own way."""

import base64
import http.client
import json
import threading
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from client_runs import PROGRAMS, ManyAgents, client_folder, lines_of, run_client, running_agents
from emulator_child import assert_seen_in_time

from agentcore_contracts.data_plane import DataPlane, Invocation
from agentcore_contracts.target import Target

PROGRAM = str(PROGRAMS / "boto3_program.py")
LEGACY = "boto3_1_43"


@pytest.fixture(scope="module")
def agents(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ManyAgents]:
    """One emulator for all tests of the module."""
    with running_agents(tmp_path_factory.mktemp("boto3"), "five", "slow") as running:
        yield running


def folder_of(version: str) -> Path | None:
    """The older boto3 lives in a folder of its own; the newest is the project's."""
    return client_folder(LEGACY) if version == LEGACY else None


def call(version: str, agents: ManyAgents, name: str, session_id: str) -> dict[str, Any]:
    """What became of one invocation."""
    return lines_of(run_client(folder_of(version), agents, PROGRAM, "call", agents.arns[name], session_id))[-1]


@contextmanager
def quota(agents: ManyAgents, **values: float | None) -> Iterator[None]:
    """Quotas of the emulator while the context lasts."""
    before = _admin(agents, "GET", "/_emulator/quotas", None)
    _admin(agents, "PUT", "/_emulator/quotas", values)
    try:
        yield
    finally:
        _admin(agents, "PUT", "/_emulator/quotas", {name: before[name] for name in values})


def _admin(agents: ManyAgents, method: str, path: str, values: object) -> dict[str, Any]:
    connection = http.client.HTTPConnection("127.0.0.1", agents.child.port, timeout=20)
    body = None if values is None else json.dumps(values)
    connection.request(method, path, body, {"Content-Type": "application/json"})
    answer: dict[str, Any] = json.loads(connection.getresponse().read())
    connection.close()
    return answer


@pytest.mark.parametrize("version", ["newest", LEGACY])
def test_events_as_they_are_sent(version: str, agents: ManyAgents) -> None:
    """Five events 300 ms apart are each seen within 100 ms, the first before the last is sent."""
    said, *received = lines_of(run_client(folder_of(version), agents, PROGRAM, "stream", agents.arns["five"]))

    assert said["versions"][1].startswith("1.43.") is (version == LEGACY)
    assert_seen_in_time([(byte["at_ms"], base64.b64decode(byte["base64"])) for byte in received])


@pytest.mark.parametrize(("version", "retries"), [("newest", 2), (LEGACY, 4)])
def test_throttling_is_retried(version: str, retries: int, agents: ManyAgents) -> None:
    """429 is retried: three attempts of the newest, five of the older one."""
    with quota(agents, calls_per_s=0):
        said = call(version, agents, "five", str(uuid.uuid4()))

    assert said == {"code": "ThrottlingException", "metadata": {"status": 429, "retries": retries}}


@pytest.mark.parametrize(("version", "retries"), [("newest", 2), (LEGACY, 0)])
def test_retryable_conflict(version: str, retries: int, agents: ManyAgents) -> None:
    """409 of a session that is starting is retried by the newest boto3, and not by the older one."""
    session_id = str(uuid.uuid4())
    with first_invocation(agents, session_id):
        said = call(version, agents, "slow", session_id)

    assert said == {"code": "RetryableConflictException", "metadata": {"status": 409, "retries": retries}}


@contextmanager
def first_invocation(agents: ManyAgents, session_id: str) -> Iterator[None]:
    """An invocation of the slow agent that has begun, and has its answer when the context ends."""
    target = Target("emulator", agents.child.url, "ap-southeast-2", "123456789012", dict(agents.arns))
    invocation = Invocation(runtime=agents.arns["slow"], payload=b"{}", session_id=session_id)
    first = threading.Thread(target=DataPlane(target).invoke, args=(invocation,))
    first.start()
    try:
        while not _admin(agents, "GET", f"/_emulator/journal?session_id={session_id}", None)["invocations"]:
            assert first.is_alive()
        yield
    finally:
        first.join()
