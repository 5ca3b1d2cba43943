"""What the registry keeps of a runtime: its versions, its endpoints, and the changes that are still under way.

Takes every moment as an argument. A change ends when the clock has passed its due time and somebody looks.

    CREATING ──due──▶ READY ◀──due── UPDATING
                        │ Delete…
                        ▼
                     DELETING ──due──▶ gone
Source: service model bedrock-agentcore-control, shape AgentRuntimeStatus, and developer guide, agent runtime
versioning, read 2026-11-20 - documented; how long each takes on AWS is not known
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from math import inf
from typing import Any, Final, Literal, TypeAlias
from urllib.parse import quote

from agentcore_emulator.arn import DEFAULT_QUALIFIER, RuntimeArn
from agentcore_emulator.model import AgentKind, Deployment, Lifecycle, Runtime

Status: TypeAlias = Literal["CREATING", "UPDATING", "READY", "DELETING", "GONE"]


_RUNTIME_URL: Final = "AGENTCORE_RUNTIME_URL"


@dataclass(slots=True)
class Progress:
    """A status, and when the change it stands for is over."""

    status: Status = "READY"
    due: float = inf

    def begin(self, status: Status, due: float) -> None:
        """A change has begun."""
        self.status, self.due = status, due

    def settle(self, now: float) -> bool:
        """Whether a change ended just now."""
        if now < self.due:
            return False
        self.status, self.due = ("GONE" if self.status == "DELETING" else "READY"), inf
        return True


@dataclass(slots=True, eq=False)
class Version:
    """One version: immutable but for its deletion. `config` has the members of GetAgentRuntime that were given."""

    number: int
    config: Mapping[str, Any]
    lifecycle: Lifecycle
    agent_key: str
    kind: AgentKind
    created_at: datetime
    progress: Progress = field(default_factory=Progress)


@dataclass(slots=True, eq=False)
class Endpoint:
    """One endpoint: the version it serves (`live`), and the one it is moving to (`target`)."""

    name: str
    target: int
    created_at: datetime
    updated_at: datetime
    id: str
    live: int | None = None
    description: str | None = None
    progress: Progress = field(default_factory=Progress)
    tags: dict[str, str] = field(default_factory=dict)
    policy: str | None = None
    number: int = 0


@dataclass(slots=True, eq=False)
class RuntimeRecord:
    """One runtime with all that belongs to it."""

    name: str
    arn: RuntimeArn
    created_at: datetime
    number: int
    progress: Progress = field(default_factory=Progress)
    versions: dict[int, Version] = field(default_factory=dict)
    endpoints: dict[str, Endpoint] = field(default_factory=dict)
    tags: dict[str, str] = field(default_factory=dict)
    policy: str | None = None
    latest: int = 0
    endpoint_count: int = 0
    next_due: float = -inf
    arn_text: str = ""
    _deployments: dict[str, Deployment] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.arn_text = str(self.arn)

    @property
    def id(self) -> str:
        """The runtime id."""
        return self.arn.runtime_id

    @property
    def newest(self) -> Version:
        """The version made last."""
        return self.versions[self.latest]

    def add_version(self, version: Version) -> None:
        """`version` is now the newest."""
        self.versions[version.number] = version
        self.latest = version.number
        self.touch()

    def touch(self) -> None:
        """Something changed: what was derived is derived again when it is next asked for."""
        self._deployments.clear()
        self.next_due = -inf

    def settle(self, now: float) -> None:
        """Ends every change that is due by `now`."""
        if now < self.next_due:
            return
        for name, endpoint in list(self.endpoints.items()):
            if endpoint.progress.settle(now):
                endpoint.live = endpoint.target
            if endpoint.progress.status == "GONE":
                del self.endpoints[name]
        for number, version in list(self.versions.items()):
            version.progress.settle(now)
            if version.progress.status == "GONE":
                del self.versions[number]
        self.progress.settle(now)
        self._deployments.clear()
        changing = [self.progress, *(e.progress for e in self.endpoints.values())]
        changing += [version.progress for version in self.versions.values()]
        self.next_due = min(progress.due for progress in changing)

    def deployment(self, qualifier: str, base_url: str = "") -> Deployment | None:
        """What that qualifier stands for, or None when nothing can be invoked by it.

        Args:
            base_url: where the emulator serves, for agents that tell their clients their own address.

        That an endpoint cannot be invoked before it was READY once, and no more when the runtime or the endpoint is
        being deleted, is assumed.
        """
        known = self._deployments.get(qualifier)
        if known is not None:
            return known
        endpoint = self.endpoints.get(qualifier)
        if endpoint is None or endpoint.live is None or "DELETING" in {self.progress.status, endpoint.progress.status}:
            return None
        made = self._deployments[qualifier] = self._deploy(qualifier, self.versions[endpoint.live], base_url)
        return made

    def _deploy(self, qualifier: str, version: Version, base_url: str) -> Deployment:
        headers = version.config.get("requestHeaderConfiguration", {}).get("requestHeaderAllowlist", ())
        protocol = version.config.get("protocolConfiguration", {}).get("serverProtocol", "HTTP")
        own = {_RUNTIME_URL: self._url(base_url, qualifier)} if protocol == "A2A" and base_url else {}
        return Deployment(
            runtime=self.view(version),
            qualifier=qualifier,
            agent_key=version.agent_key,
            version=str(version.number),
            protocol=protocol,
            server_path=version.config.get("protocolConfiguration", {}).get("path"),
            lifecycle=version.lifecycle,
            header_allowlist=frozenset(name.lower().encode() for name in headers),
            environment=own | version.config.get("environmentVariables", {}),
            authorizer=version.config.get("authorizerConfiguration"),
            requires_mmds_v2=version.config.get("metadataConfiguration", {}).get("requireMMDSV2", True),
        )

    def _url(self, base_url: str, qualifier: str) -> str:
        """The URL that an agent card names, with the slash at its end that A2A clients are given.

        Source: a variable that the agent SDK reads, and users' reports, read 2026-11-20 - observed
        """
        query = "" if qualifier == DEFAULT_QUALIFIER else f"?qualifier={qualifier}"
        return f"{base_url}/runtimes/{quote(self.arn_text, safe='')}/invocations/{query}"

    def view(self, version: Version | None = None) -> Runtime:
        """The runtime as the data plane and the operator see it; by default as DEFAULT serves it."""
        if version is None:
            default = self.endpoints[DEFAULT_QUALIFIER]
            version = self.versions[default.live or default.target]
        qualifiers = tuple(name for name, endpoint in self.endpoints.items() if endpoint.live is not None)
        return Runtime(self.name, self.arn, version.kind, qualifiers, version.agent_key)
