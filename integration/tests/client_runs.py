"""An emulator with an agent of each kind, and real clients of other versions as programs of their own."""

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from agentcore_integration.environment import base_environment
from agentcore_integration.process import Child, start_child, wait_ready
from agentcore_integration.stack import runtimes_of

ROOT = Path(__file__).resolve().parents[2]
CLIENTS = ROOT / ".venv" / "clients"
PROGRAMS = ROOT / "integration" / "clients"
CONTRACT_AGENTS = ROOT / "contracts" / "agentcore_contracts" / "agents"
REGION = "ap-southeast-2"
AGENTS = {
    "five": Path(__file__).with_name("five_events_agent.py"),
    "slow": CONTRACT_AGENTS / "slow_agent.py",
    "contract": CONTRACT_AGENTS / "contract_agent.py",
    "mcp": CONTRACT_AGENTS / "contract_mcp_agent.py:app",
    "a2a": CONTRACT_AGENTS / "contract_a2a_agent.py:app",
}
PROTOCOLS = {"mcp": "MCP", "a2a": "A2A"}
IMAGE = "123456789012.dkr.ecr.ap-southeast-2.amazonaws.com/contract:1"


@dataclass(frozen=True)
class ManyAgents:
    """A running emulator, and the ARNs of its runtimes by name."""

    child: Child
    arns: Mapping[str, str]

    @property
    def environment(self) -> dict[str, str]:
        """What lets any AWS client find both planes of it."""
        return {
            **base_environment(),
            "AWS_ENDPOINT_URL_BEDROCK_AGENTCORE": self.child.url,
            "AWS_ENDPOINT_URL_BEDROCK_AGENTCORE_CONTROL": self.child.url,
            "AWS_REGION": REGION,
            "AWS_DEFAULT_REGION": REGION,
            "AWS_ACCESS_KEY_ID": "offline",
            "AWS_SECRET_ACCESS_KEY": "offline",
        }

    def invocations_url(self, name: str) -> str:
        """The URL that speaks for the agent to clients which know no AWS."""
        return f"{self.child.url}/runtimes/{quote(self.arns[name], safe='')}/invocations"


@contextmanager
def running_agents(log_dir: Path, *names: str) -> Iterator[ManyAgents]:
    """Start the emulator with these agents and stop it at the end."""
    config = log_dir / "emulator.toml"
    config.write_text(f'[bindings]\n"{IMAGE}" = "contract"\n' if "contract" in names else "", encoding="utf-8")
    command = [sys.executable, "-m", "agentcore_emulator", "--fd", "{fd}", "--lifeline-fd", "{lifeline_fd}"]
    command += ["--region", REGION, "--config", str(config), "--pool", "0"]
    for name in names:
        command += ["--agent", f"{name}={AGENTS[name]}"]
        command += ["--agent-protocol", f"{name}={PROTOCOLS[name]}"] if name in PROTOCOLS else []
    with start_child(command, name="emulator", log_dir=log_dir, env=base_environment()) as child:
        wait_ready(child, "/_emulator/health", timeout_s=20)
        yield ManyAgents(child, runtimes_of(child))


def client_folder(name: str) -> Path:
    """Where a client of `integration/clients/*.lock` is installed; without it the test is skipped."""
    folder = CLIENTS / name
    if not (folder / "installed-from").is_file():
        pytest.skip(f"{name} is not installed (python integration/clients/install.py): it was not tried")
    return folder


def run_client(folder: Path | None, agents: ManyAgents, *arguments: str) -> "subprocess.CompletedProcess[str]":
    """Run Python with a client's folder before everything else on its path."""
    path = {} if folder is None else {"PYTHONPATH": str(folder)}
    with tempfile.TemporaryDirectory(prefix="agentcore-client-") as elsewhere:
        return subprocess.run(
            [sys.executable, "-P", *arguments],
            env=agents.environment | path | {"HOME": elsewhere, "PATH": os.environ["PATH"]},
            cwd=elsewhere,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )


def lines_of(run: "subprocess.CompletedProcess[str]") -> list[dict[str, Any]]:
    """The JSON lines that a client's program printed."""
    assert run.returncode == 0, run.stderr
    return [json.loads(line) for line in run.stdout.splitlines()]


def signed_headers(method: str, url: str, headers: Mapping[str, str], body: bytes) -> dict[str, str]:
    """The headers of Signature Version 4 for a request of a client that knows no AWS."""
    request = AWSRequest(method, url, headers=dict(headers), data=body)
    SigV4Auth(Credentials("offline", "offline"), "bedrock-agentcore", REGION).add_auth(request)
    return {name: request.headers[name] for name in ("Authorization", "X-Amz-Date")}
