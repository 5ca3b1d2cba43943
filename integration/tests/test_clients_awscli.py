"""The AWS command line, version 1, against the emulator: data plane and control plane by the environment alone."""

import json
import subprocess
import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest
from client_runs import ManyAgents, client_folder, run_client, running_agents


@pytest.fixture(scope="module")
def agents(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ManyAgents]:
    """One emulator for all tests of the module."""
    with running_agents(tmp_path_factory.mktemp("awscli"), "contract") as running:
        yield running


def aws(agents: ManyAgents, service: str, *arguments: str) -> "subprocess.CompletedProcess[str]":
    """Run `aws`."""
    return run_client(client_folder("awscli_v1"), agents, "-m", "awscli", service, *arguments)


def test_invoke_and_stop(agents: ManyAgents, tmp_path: Path) -> None:
    """An invocation writes the agent's answer to the file; stopping its session succeeds."""
    arn, session_id, file = agents.arns["contract"], str(uuid.uuid4()), tmp_path / "answer.json"
    on = ("--agent-runtime-arn", arn, "--runtime-session-id", session_id)

    invoked = aws(agents, "bedrock-agentcore", "invoke-agent-runtime", *on, "--payload", '{"do": "whoami"}', str(file))
    stopped = aws(agents, "bedrock-agentcore", "stop-runtime-session", *on)

    assert (invoked.returncode, stopped.returncode) == (0, 0), invoked.stderr + stopped.stderr
    assert json.loads(invoked.stdout)["runtimeSessionId"] == session_id
    assert json.loads(file.read_text("utf-8"))["session_id"] == session_id
    assert json.loads(stopped.stdout)["runtimeSessionId"] == session_id


def test_error_by_name(agents: ManyAgents, tmp_path: Path) -> None:
    """A runtime that does not exist is named by its error."""
    arn = f"{agents.arns['contract'][:-10]}0000000000"

    failed = aws(
        agents, "bedrock-agentcore", "invoke-agent-runtime", "--agent-runtime-arn", arn, "--payload", "{}",
        str(tmp_path / "answer.json"),
    )  # fmt: skip

    assert failed.returncode != 0
    assert "ResourceNotFoundException" in failed.stderr


def test_control_plane(agents: ManyAgents) -> None:
    """The runtimes that are served are listed by the control plane."""
    listed = aws(agents, "bedrock-agentcore-control", "list-agent-runtimes")

    assert listed.returncode == 0, listed.stderr
    arns = [runtime["agentRuntimeArn"] for runtime in json.loads(listed.stdout)["agentRuntimes"]]
    assert arns == [agents.arns["contract"]]
