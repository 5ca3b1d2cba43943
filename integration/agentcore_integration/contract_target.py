"""The emulator as the contract suite's target: one of its own, with the agents that the suite asks for.

It is apart from the emulator that the backend calls, because the suite moves its clock, sets its quotas and deploys
runtimes there.
"""

import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from importlib.resources import files
from pathlib import Path

from agentcore_contracts.target import Target
from agentcore_integration.aws.bootstrap import Credentials, UserPool, create_client, sign_in, sign_up
from agentcore_integration.environment import base_environment
from agentcore_integration.process import Child, start_child, wait_ready
from agentcore_integration.profile import Agent
from agentcore_integration.stack import ACCOUNT_ID, REGION, START_TIMEOUT_S, OfflineStack, runtimes_of

AGENTS = {
    "contract": "contract_agent.py",
    "broken": "broken_agent.py",
    "slow": "slow_agent.py",
    "a2a": "contract_a2a_agent.py:app",
    "mcp": "contract_mcp_agent.py:app",
    "agui": "contract_agent.py",
}
FOLDER = Path(str(files("agentcore_contracts") / "agents"))
# what the properties of an emulator ask for, beside the agents of a profile
CONTRACT_AGENT = {"contract": Agent(file=FOLDER / AGENTS["contract"])}
PROTOCOLS = {"a2a": "A2A", "mcp": "MCP", "agui": "AGUI"}
CAPABILITIES = frozenset(
    {"a2a", "agui", "clock", "commands", "control-plane", "jwt", "mcp", "quotas", "sigv4", "websocket"}
)
# what the suite says its variants of the contract agent are made of, and what the emulator binds to that agent
ARTIFACT_URI = f"{ACCOUNT_ID}.dkr.ecr.{REGION}.amazonaws.com/contract:1"


@contextmanager
def contract_emulator(log_dir: Path) -> Iterator[Child]:
    """Start an emulator with every agent of the contract suite.

    Raises ``ChildError``, with the end of its log, when it does not start.
    """
    command = [sys.executable, "-m", "agentcore_emulator", "--fd", "{fd}", "--lifeline-fd", "{lifeline_fd}"]
    # without a pool: what a session meets while it starts is a part of the contract
    command += ["--region", REGION, "--account-id", ACCOUNT_ID, "--pool", "0"]
    for name, file in AGENTS.items():
        command += ["--agent", f"{name}={FOLDER / file}"]
    bindings = log_dir / "contract-bindings.toml"
    bindings.write_text(f'[bindings]\n"{ARTIFACT_URI}" = "contract"\n', encoding="utf-8")
    command += ["--config", str(bindings)]
    for name, protocol in PROTOCOLS.items():
        command += ["--agent-protocol", f"{name}={protocol}"]
    with start_child(command, name="contract-emulator", log_dir=log_dir, env=base_environment()) as emulator:
        wait_ready(emulator, "/_emulator/health", timeout_s=START_TIMEOUT_S)
        yield emulator


def identity_provider(pool: UserPool) -> dict[str, str]:
    """Describe a user pool to the suite: where it is discovered, and tokens of a client and of another."""
    credentials = Credentials.invent("contracts")
    sign_up(pool, credentials)
    other_client = create_client(pool.endpoint_url, pool.region, pool.user_pool_id, "contracts-other")
    return {
        "discovery_url": f"{pool.endpoint_url}/{pool.user_pool_id}/.well-known/openid-configuration",
        "client_id": pool.client_id,
        "token": sign_in(pool, credentials).access_token,
        "other_client_token": sign_in(pool, credentials, other_client).access_token,
    }


def contract_target(emulator: Child, oauth: Mapping[str, str] | None = None) -> Target:
    """Describe that emulator for the contract suite; ``oauth`` is an identity provider for its tokens."""
    target = _target(emulator, CAPABILITIES if oauth else CAPABILITIES - {"jwt"})
    extra: dict[str, object] = {
        "contract_artifact": {"containerConfiguration": {"containerUri": ARTIFACT_URI}},
        "control_endpoint_url": emulator.url,
        "clock_url": f"{emulator.url}/_emulator/clock",
        "quotas_url": f"{emulator.url}/_emulator/quotas",
    }
    return replace(target, extra={**extra, "oauth": oauth} if oauth else extra)


def backend_target(stack: OfflineStack, backend: Mapping[str, object]) -> Target:
    """Describe the backend, and the emulator it calls, for the suites that judge the two."""
    return replace(_target(stack.emulator, frozenset()), extra={"backend": backend})


def _target(emulator: Child, capabilities: frozenset[str]) -> Target:
    return Target("emulator", emulator.url, REGION, ACCOUNT_ID, runtimes_of(emulator), capabilities)
