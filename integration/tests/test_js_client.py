"""The AWS SDK for JavaScript against the emulator: it streams as it is sent, and knows the errors by name."""

import base64
import json
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from emulator_child import Emulator, assert_seen_in_time, emulator

__all__ = ["emulator"]

JS = Path(__file__).parents[1] / "js"


@pytest.fixture
def stream(emulator: Emulator) -> Callable[[str], list[dict[str, Any]]]:
    """Runs ``stream.mjs`` and returns the lines it printed."""
    node = shutil.which("node")
    if node is None:
        pytest.skip("node is not installed: the AWS SDK for JavaScript was not tried")
    if not (JS / "node_modules" / "@aws-sdk" / "client-bedrock-agentcore").is_dir():
        pytest.skip("integration/js has no node_modules (npm ci): the AWS SDK for JavaScript was not tried")

    def run(runtime_arn: str) -> list[dict[str, Any]]:
        run = subprocess.run(
            [node, str(JS / "stream.mjs"), runtime_arn],
            env=dict(emulator.client_environment),
            capture_output=True,
            timeout=30,
            check=False,
        )
        assert run.returncode in {0, 1}, run.stderr
        return [json.loads(line) for line in run.stdout.splitlines()]

    return run


def test_events_as_they_are_sent(emulator: Emulator, stream: Callable[[str], list[dict[str, Any]]]) -> None:
    """Five events 300 ms apart are each seen within 100 ms, the first before the last is sent."""
    head, *chunks, end = stream(emulator.arn)
    assert (head["kind"], end["kind"]) == ("head", "end")
    assert len(head["session_id"]) >= 33
    assert_seen_in_time([(chunk["received_ms"], base64.b64decode(chunk["base64"])) for chunk in chunks])


def test_error_by_name(emulator: Emulator, stream: Callable[[str], list[dict[str, Any]]]) -> None:
    """A runtime that does not exist is a ``ResourceNotFoundException`` with status 404."""
    (error,) = stream(f"{emulator.arn[:-10]}0000000000")
    assert error["name"] == "ResourceNotFoundException"
    assert error["metadata"]["httpStatusCode"] == 404
