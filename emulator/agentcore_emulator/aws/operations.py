"""Which operation a method and a raw path mean.

The path is looked at as it came, percent-encoded: an ARN is one segment because its slash is `%2F`.
Source: service model bedrock-agentcore and developer guide, read 2026-11-20 - documented
"""

from typing import Final

from agentcore_emulator.errors import ValidationException

INVOKE: Final = "InvokeAgentRuntime"
COMMAND: Final = "InvokeAgentRuntimeCommand"
STOP: Final = "StopRuntimeSession"
AGENT_CARD: Final = "GetAgentCard"
PROTECTED_RESOURCE: Final = "GetRuntimeProtectedResourceMetadata"

# What follows /runtimes/{agentRuntimeArn}/. A2A clients know a runtime by the URL that ends in /invocations/.
_RUNTIME_OPERATIONS: Final[dict[tuple[str, bytes], str]] = {
    ("POST", b"invocations"): INVOKE,
    ("POST", b"stopruntimesession"): STOP,
    ("POST", b"commands"): COMMAND,
    ("GET", b"invocations/.well-known/agent-card.json"): AGENT_CARD,
    ("GET", b"invocations/.well-known/oauth-protected-resource"): PROTECTED_RESOURCE,
    ("GET", b"ws"): "InvokeAgentRuntimeWithWebSocketStream",
    ("GET", b"ws/shells"): "InvokeAgentRuntimeCommandShell",
}
_BY_HTTP: Final = frozenset({INVOKE, COMMAND, STOP, AGENT_CARD, PROTECTED_RESOURCE})


def match(method: str, raw_path: bytes) -> tuple[str, bytes] | None:
    """The data plane's operation and its ARN label, still percent-encoded; None for what the models are asked about.

    Raises:
        ValidationException: the operation is a WebSocket, and this is not a request to open one.
    """
    family, _, rest = raw_path.removeprefix(b"/").partition(b"/")
    label, _, suffix = rest.partition(b"/")
    if family != b"runtimes" or not label:
        return None
    operation = _RUNTIME_OPERATIONS.get((method, suffix.removesuffix(b"/")))
    if operation is None:
        return None
    if operation not in _BY_HTTP:
        raise ValidationException(f"{operation} needs a WebSocket upgrade", reason="CannotParse")
    return operation, label
