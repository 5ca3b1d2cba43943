"""Which operation a method and a raw path mean.

The path is looked at as it came, percent-encoded: an ARN is one segment because its slash is `%2F`.
Source: service model bedrock-agentcore and developer guide, read 2026-11-20 - documented
"""

from typing import Final

from agentcore_emulator.errors import NotEmulatedException, UnknownOperationException

INVOKE: Final = "InvokeAgentRuntime"
STOP: Final = "StopRuntimeSession"

# What follows /runtimes/{agentRuntimeArn}/.
_RUNTIME_OPERATIONS: Final[dict[tuple[str, bytes], str]] = {
    ("POST", b"invocations"): INVOKE,
    ("POST", b"stopruntimesession"): STOP,
    ("POST", b"commands"): "InvokeAgentRuntimeCommand",
    ("GET", b"invocations/.well-known/agent-card.json"): "GetAgentCard",
    ("GET", b"invocations/.well-known/oauth-protected-resource"): "GetRuntimeProtectedResourceMetadata",
    ("GET", b"ws"): "InvokeAgentRuntimeWithWebSocketStream",
    ("GET", b"ws/shells"): "InvokeAgentRuntimeCommandShell",
}
_EMULATED: Final = frozenset({INVOKE, STOP})

# First path segments of the other operations that the service has.
_OTHER_FAMILIES: Final = frozenset(
    {
        b"ab-tests",
        b"browsers",
        b"capacity-providers",
        b"code-interpreters",
        b"datasets",
        b"evaluations",
        b"harnesses",
        b"identities",
        b"memories",
        b"payments",
        b"recommendations",
        b"registry-records",
        b"web-search",
    }
)


def match(method: str, raw_path: bytes) -> tuple[str, bytes]:
    """The operation's name and its ARN label, still percent-encoded.

    Raises:
        NotEmulatedException: AWS has the operation, this emulator has not.
        UnknownOperationException: nobody has it.
            Source: reports of users who invented paths or did not encode the ARN, read 2026-11-20 - observed
    """
    family, _, rest = raw_path.removeprefix(b"/").partition(b"/")
    if family == b"runtimes":
        label, _, suffix = rest.partition(b"/")
        operation = _RUNTIME_OPERATIONS.get((method, suffix)) if label else None
        if operation in _EMULATED:
            return operation, label
        if operation is not None:
            raise NotEmulatedException(f"{operation} is not emulated")
    elif family in _OTHER_FAMILIES:
        raise NotEmulatedException(f"operations under /{family.decode()}/ are not emulated")
    raise UnknownOperationException(
        f"no operation at {method} {raw_path[:200].decode('latin-1')}; the ARN in a path must be percent-encoded"
    )
