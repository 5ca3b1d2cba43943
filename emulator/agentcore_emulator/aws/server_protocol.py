"""What the agent server of a runtime speaks, and where it listens.

The ports of AWS (8080, 8000 for MCP, 9000 for A2A) are names only: here each agent process has a port of its own.
Source: developer guide, runtime service contract, read 2026-11-20 - documented
"""

from typing import Final

from agentcore_emulator.arn import DEFAULT_QUALIFIER
from agentcore_emulator.aws.request import decode_label, read_query
from agentcore_emulator.errors import ServiceError
from agentcore_emulator.model import Deployment, ServerProtocol
from agentcore_emulator.registry import Registry

AGENT_CARD_PATH: Final = "/.well-known/agent-card.json"
_INVOKE_PATHS: Final[dict[ServerProtocol, str]] = {
    "HTTP": "/invocations",
    "MCP": "/mcp",
    "A2A": "/",
    "AGUI": "/invocations",
}


def invoke_path(deployment: Deployment) -> str:
    """Where an invocation is POSTed to: what the runtime's configuration says, else the protocol's own path."""
    return deployment.server_path or _INVOKE_PATHS[deployment.protocol]


def protocol_of(registry: Registry, label: bytes, query_string: bytes) -> ServerProtocol:
    """The protocol in which a refused invocation is answered: that of its runtime, HTTP when that is not known.

    A qualifier that the runtime does not have is no reason to answer its clients in another way than they speak.
    """
    try:
        qualifier, account_id = read_query(query_string)
        arn = decode_label(label)
    except ServiceError:
        return "HTTP"
    for candidate in (qualifier, DEFAULT_QUALIFIER):
        try:
            return registry.resolve(arn, account_id, candidate).protocol
        except ServiceError:
            continue
    return "HTTP"
