"""The nouns of the emulator: what a runtime is, and by what a session is known."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal, TypeAlias

from agentcore_emulator.arn import DEFAULT_QUALIFIER, RuntimeArn

AgentKind: TypeAlias = Literal["live", "scripted"]
ServerProtocol: TypeAlias = Literal["HTTP", "MCP", "A2A", "AGUI"]


@dataclass(frozen=True, slots=True)
class Runtime:
    """One runtime that can be invoked, and the agent that answers for it: its kind, and the name it was given."""

    name: str
    arn: RuntimeArn
    kind: AgentKind
    qualifiers: tuple[str, ...] = (DEFAULT_QUALIFIER,)
    bound_to: str = ""

    @property
    def id(self) -> str:
        """The runtime id: `<name>-<10 letters or digits>`."""
        return self.arn.runtime_id

    def to_json(self) -> dict[str, object]:
        """The runtime as `GET /_emulator/runtimes` shows it."""
        return {
            "name": self.name,
            "arn": str(self.arn),
            "id": self.id,
            "qualifiers": list(self.qualifiers),
            "kind": self.kind,
            "bound_to": self.bound_to,
        }


@dataclass(frozen=True, slots=True)
class SessionKey:
    """What tells one session from another.

    That two qualifiers of one runtime keep their sessions apart is assumed.
    """

    runtime_id: str
    qualifier: str
    session_id: str


@dataclass(frozen=True, slots=True)
class Lifecycle:
    """How long a session may be quiet, and how long it may live at all.

    Source: Amazon Bedrock AgentCore developer guide, lifecycle settings, read 2026-11-20 - documented
    """

    idle_timeout_s: float = 900.0
    lifetime_s_max: float = 28_800.0


@dataclass(frozen=True, slots=True)
class Deployment:
    """What one qualifier of a runtime stands for: a version with its configuration, and the agent that answers.

    A session keeps the deployment it began with, also when the runtime is updated afterwards.
    Source: developer guide, agent runtime versioning, read 2026-11-20 - documented
    """

    runtime: Runtime
    qualifier: str
    agent_key: str
    version: str = "1"
    protocol: ServerProtocol = "HTTP"
    lifecycle: Lifecycle = field(default_factory=Lifecycle)
    server_path: str | None = None
    header_allowlist: frozenset[bytes] = frozenset()
    environment: Mapping[str, str] = field(default_factory=dict, hash=False)
    authorizer: Mapping[str, object] | None = field(default=None, hash=False)
    requires_mmds_v2: bool = True
