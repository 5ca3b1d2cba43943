"""What is judged: where it answers, and which runtimes the suites may call there.

A target is a JSON file, written by whoever started it. The same suite judges the emulator and the real service: nothing
here or in the suite asks which of the two it is.
"""

import ipaddress
import json
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any, cast
from urllib.parse import urlsplit


class TargetError(Exception):
    """A target file cannot be used: it is the person at the keyboard who must act, not the target."""


@dataclass(frozen=True, slots=True)
class Target:
    """An AgentCore data plane and the runtimes deployed there for the suites."""

    name: str
    endpoint_url: str
    region: str
    account_id: str
    runtimes: Mapping[str, str]
    """Runtime ARNs by the name the suites use: `contract`, `broken`."""
    capabilities: frozenset[str] = frozenset()
    """Optional features the target declares; a suite asks for them by name. None by default."""
    extra: Mapping[str, object] = field(default_factory=dict)
    """Further top-level keys of the file, for the suites of other packages."""

    def __post_init__(self) -> None:
        try:
            parts = urlsplit(self.endpoint_url)
            _ = parts.port
        except ValueError as error:
            raise TargetError(f"endpoint_url {self.endpoint_url!r}: {error}") from error
        if parts.scheme not in ("http", "https") or not parts.hostname or parts.path.strip("/") or parts.query:
            raise TargetError(
                f"endpoint_url {self.endpoint_url!r}: expected http(s)://HOST[:PORT] and nothing after it"
            )

    @property
    def on_loopback(self) -> bool:
        """Whether the endpoint is on this machine: then no real credentials are sent to it, and no proxy asked."""
        host = urlsplit(self.endpoint_url).hostname or ""
        try:
            return ipaddress.ip_address(host).is_loopback
        except ValueError:
            return host == "localhost"

    @classmethod
    def load(cls, path: Path) -> "Target":
        """Read a target file. Raises `TargetError` with the one line that says what is wrong with it."""
        try:
            content = json.loads(path.read_text("utf-8"))
        except (OSError, ValueError) as error:
            raise TargetError(f"target file {path}: {error}") from error
        if not isinstance(content, dict):
            raise TargetError(f"target file {path}: expected one JSON object")
        try:
            return cls.from_mapping(content)
        except TargetError as error:
            raise TargetError(f"target file {path}: {error}") from error

    @classmethod
    def from_mapping(cls, content: Mapping[str, Any]) -> "Target":
        """A target from the object of a target file; keys that are not fields go to `extra`."""
        texts = {name: content.get(name) for name in ("name", "endpoint_url", "region", "account_id")}
        for name, value in texts.items():
            if not isinstance(value, str) or not value:
                raise TargetError(f"{name} must be a text that is not empty, not {value!r}")
        runtimes = content.get("runtimes", {})
        if not isinstance(runtimes, dict) or not all(isinstance(arn, str) and arn for arn in runtimes.values()):
            raise TargetError(f"runtimes must map names to ARNs, not {runtimes!r}")
        capabilities = content.get("capabilities", [])
        if not isinstance(capabilities, list) or not all(isinstance(item, str) for item in capabilities):
            raise TargetError(f"capabilities must be a list of names, not {capabilities!r}")
        own = {item.name for item in fields(cls)}
        return cls(
            **cast("dict[str, str]", texts),
            runtimes=dict(runtimes),
            capabilities=frozenset(capabilities),
            extra={key: value for key, value in content.items() if key not in own},
        )

    def dump(self, path: Path) -> None:
        """Write the file that `load` reads back to an equal target."""
        content: dict[str, object] = {item.name: getattr(self, item.name) for item in fields(self)}
        extra = cast("Mapping[str, object]", content.pop("extra"))
        content |= {"runtimes": dict(self.runtimes), "capabilities": sorted(self.capabilities), **extra}
        path.write_text(json.dumps(content, indent=2) + "\n", "utf-8")
