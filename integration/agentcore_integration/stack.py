"""The offline stack: moto for Cognito and DynamoDB, the emulator for AgentCore, each a child process on loopback."""

import http.client
import json
import sys
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from agentcore_integration.aws.bootstrap import UserPool, create_tables, create_user_pool
from agentcore_integration.environment import base_environment
from agentcore_integration.errors import HarnessError
from agentcore_integration.process import Child, start_child, wait_ready
from agentcore_integration.profile import Agent

REGION = "ap-southeast-2"
ACCOUNT_ID = "123456789012"
START_TIMEOUT_S = 30.0


@dataclass(frozen=True)
class OfflineStack:
    """A running offline AWS: where it answers, and what a chat backend needs to find in it."""

    emulator: Child
    aws: Child
    pool: UserPool
    runtimes: Mapping[str, str]
    region: str = REGION
    account_id: str = ACCOUNT_ID


@contextmanager
def offline_stack(agents: Mapping[str, Agent], log_dir: Path, *, emulator_port: int = 0) -> Iterator[OfflineStack]:
    """Start both servers side by side, make the user pool and the tables, and stop everything at the end.

    Raises ``ChildError``, with the end of the log, when one of them does not start.
    """
    with ExitStack() as running:
        emulator = running.enter_context(_start_emulator(agents, log_dir, emulator_port))
        aws = running.enter_context(_start_aws(log_dir))
        wait_ready(aws, "/moto-api/", timeout_s=START_TIMEOUT_S)
        pool = create_user_pool(aws.url, REGION)
        create_tables(aws.url, REGION)
        wait_ready(emulator, "/_emulator/health", timeout_s=START_TIMEOUT_S)
        runtimes = runtimes_of(emulator)
        for name in agents:
            if name not in runtimes:
                raise HarnessError(
                    f'agents.{name}: its scenario answers for another runtime; write runtime = "{name}" in it'
                )
        yield OfflineStack(emulator, aws, pool, runtimes)


def check_agents(agents: Mapping[str, Agent], log_dir: Path) -> None:
    """Load every live agent once, side by side, each in a process of its own.

    Raises ``HarnessError`` naming the first that does not load, with the last lines of what it wrote.
    """
    host = [sys.executable, "-m", "agentcore_emulator.agents.host", "--lifeline-fd", "{lifeline_fd}", "--check"]
    with ExitStack() as running:
        checks = {
            name: running.enter_context(
                start_child(
                    [*host, str(agent.file)],
                    name=f"agent-{name}",
                    log_dir=log_dir,
                    env=base_environment(),
                    listen=False,
                )
            )
            for name, agent in agents.items()
            if agent.file is not None
        }
        for name, check in checks.items():
            if check.wait(START_TIMEOUT_S) != 0:
                problem = check.failed(f"agents.{name}: {agents[name].file} does not load; mend it, or leave it out")
                raise HarnessError(str(problem))


def runtimes_of(emulator: Child) -> dict[str, str]:
    """Return the ARNs of the emulator's runtimes by name."""
    connection = http.client.HTTPConnection("127.0.0.1", emulator.port, timeout=START_TIMEOUT_S)
    try:
        connection.request("GET", "/_emulator/runtimes")
        document = json.loads(connection.getresponse().read())
    finally:
        connection.close()
    return {runtime["name"]: runtime["arn"] for runtime in document["runtimes"]}


def _start_emulator(agents: Mapping[str, Agent], log_dir: Path, port: int) -> Child:
    command = [sys.executable, "-m", "agentcore_emulator", "--fd", "{fd}", "--lifeline-fd", "{lifeline_fd}"]
    command += ["--region", REGION, "--account-id", ACCOUNT_ID]
    for name, agent in agents.items():
        if agent.file is not None:
            command += ["--agent", f"{name}={agent.file}"]
        else:
            command += ["--scenario", str(agent.scenario)]
    return start_child(command, name="emulator", log_dir=log_dir, env=base_environment(), port=port)


def _start_aws(log_dir: Path) -> Child:
    module = "agentcore_integration.aws.moto_child"
    command = [sys.executable, "-m", module, "--fd", "{fd}", "--lifeline-fd", "{lifeline_fd}"]
    return start_child(command, name="aws", log_dir=log_dir, env=base_environment())
