"""Which agent answers for a runtime that was created over the API.

A call of the control plane never starts a program of its own choice: it can only be bound to an agent that the
operator named when the emulator was started. The operator says how in a TOML file, given with `--config`:

    [bindings]
    travel_bot = "travel"                                                      # by the runtime's name
    "123456789012.dkr.ecr.eu-west-1.amazonaws.com/travel:2" = "travel_next"    # by the image
    "my-bucket/travel.zip" = "travel"                                          # by the code's bucket and key

The first that fits counts, in this order; then an agent of the runtime's own name; then the scripted `hello`.
"""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from agentcore_emulator.errors import UsageError
from agentcore_emulator.model import AgentKind

# No runtime can have this name, so no declared agent can be mistaken for it.
DEFAULT_AGENT: Final = "default:hello"


@dataclass(frozen=True, slots=True)
class Bindings:
    """The operator's table, and the agents there are."""

    agents: Mapping[str, AgentKind] = field(default_factory=dict)
    table: Mapping[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for key, agent in self.table.items():
            if agent not in self.agents:
                known = ", ".join(sorted(self.agents)) or "none"
                raise UsageError(f"binding '{key}' names agent '{agent}', which is not given; given are: {known}")

    def agent_for(self, name: str, config: Mapping[str, Any]) -> tuple[str, AgentKind]:
        """The key and the kind of the agent for a version of the runtime `name` with this configuration."""
        for key in (name, *_artifact_keys(config.get("agentRuntimeArtifact", {}))):
            if key in self.table:
                return self.table[key], self.agents[self.table[key]]
        if name in self.agents:
            return name, self.agents[name]
        return DEFAULT_AGENT, "scripted"


def _artifact_keys(artifact: Mapping[str, Any]) -> list[str]:
    keys = []
    if "containerConfiguration" in artifact:
        keys.append(artifact["containerConfiguration"]["containerUri"])
    location = artifact.get("codeConfiguration", {}).get("code", {}).get("s3")
    if location is not None:
        keys.append(f"{location['bucket']}/{location['prefix']}")
    return keys


def load_bindings(path: Path) -> dict[str, str]:
    """The `[bindings]` table of that file.

    Raises:
        UsageError: the file cannot be read, is not TOML, or says something else.
    """
    try:
        document = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError) as failure:
        raise UsageError(f"config {path}: cannot be read: {failure}") from failure
    except tomllib.TOMLDecodeError as failure:
        raise UsageError(f"config {path}: not TOML: {failure}") from failure
    unknown = [key for key in document if key != "bindings"]
    if unknown:
        raise UsageError(f"config {path}: key '{unknown[0]}' is unknown; known is bindings")
    table = document.get("bindings", {})
    if not isinstance(table, dict):
        raise UsageError(f"config {path}: key 'bindings' must be a table")
    for key, agent in table.items():
        if not isinstance(agent, str):
            raise UsageError(f"config {path}: key 'bindings.{key}' must be the name of an agent, found {agent!r}")
    return table
