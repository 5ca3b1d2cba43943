"""The control plane of the imitated service: runtimes, their versions and endpoints."""

import json
import re
from dataclasses import dataclass, field
from typing import Any, Final

from defects import Defect
from imitated_agent import Answer, in_json
from imitated_errors import ServiceError

REGION: Final = "ap-southeast-2"
ACCOUNT_ID: Final = "123456789012"
ARN_STEM: Final = f"arn:aws:bedrock-agentcore:{REGION}:{ACCOUNT_ID}:runtime/"
PROTOCOLS: Final = {"contract": "HTTP", "broken": "HTTP", "slow": "HTTP", "mcp": "MCP", "a2a": "A2A", "agui": "AGUI"}
ARTIFACT: Final = {"containerConfiguration": {"containerUri": "123456789012.dkr.ecr.ap-southeast-2.amazonaws.com/c:1"}}
ROLE: Final = f"arn:aws:iam::{ACCOUNT_ID}:role/contract"
MADE_AT: Final = "2026-11-20T12:00:00Z"
_RESERVED: Final = re.compile(r"x-amz-.*|x-amzn-(?!bedrock-agentcore-runtime-custom-).*|cookie", re.IGNORECASE)
_PATH: Final = re.compile(r"/runtimes/(?:([^/?]+)/)?(?:runtime-endpoints/(?:([^/?]+)/)?)?(?:\?.*)?")


@dataclass(frozen=True)
class Version:
    """One version of a runtime."""

    runtime_id: str
    number: int
    settings: dict[str, Any]
    protocol: str = "HTTP"

    @property
    def slow(self) -> bool:
        return self.runtime_id.startswith("slow-")

    @property
    def variant(self) -> str:
        return str(self.settings.get("environmentVariables", {}).get("CONTRACT_VARIANT", ""))

    @property
    def allow_list(self) -> list[str]:
        return list(self.settings.get("requestHeaderConfiguration", {}).get("requestHeaderAllowlist", []))

    @property
    def idle_s(self) -> float:
        return float(self.settings.get("lifecycleConfiguration", {}).get("idleRuntimeSessionTimeout", 900))

    @property
    def lifetime_s(self) -> float:
        return float(self.settings.get("lifecycleConfiguration", {}).get("maxLifetime", 28_800))


@dataclass
class Runtime:
    """A runtime, its versions, and the endpoints that name one of them."""

    name: str
    versions: list[Version]
    endpoints: dict[str, int] = field(default_factory=dict)


class ControlPlane:
    """The runtimes of the account, and the operations that change them."""

    def __init__(self, defect: Defect | None) -> None:
        self._defect = defect
        self.runtimes: dict[str, Runtime] = {}
        for name, protocol in PROTOCOLS.items():
            self._add(name, {"agentRuntimeArtifact": ARTIFACT, "roleArn": ROLE}, protocol)

    def version(self, runtime_id: str, qualifier: str) -> Version | None:
        """The version that a qualifier of a runtime stands for."""
        runtime = self.runtimes.get(runtime_id)
        if runtime is None:
            return None
        if qualifier == "DEFAULT":
            return runtime.versions[0 if self._defect is Defect.DEFAULT_KEEPS_ITS_VERSION else -1]
        number = runtime.endpoints.get(qualifier)
        if number is None and self._defect is not Defect.UNKNOWN_QUALIFIER_ACCEPTED:
            return None
        moves = number is None or self._defect is Defect.VERSION_OF_ENDPOINT_MOVES
        return runtime.versions[-1 if moves else (number or 1) - 1]

    def answer(self, method: str, raw_path: str, body: bytes) -> Answer:
        """The answer to one request of the control plane."""
        found = _PATH.fullmatch(raw_path)
        runtime_id, endpoint = (found[1], found[2]) if found else (None, None)
        content = json.loads(body) if body else {}
        if runtime_id is None:
            return self._create(content)
        runtime = self.runtimes[runtime_id]
        if "runtime-endpoints" in raw_path:
            if method == "PUT":
                endpoint = content["name"]
                runtime.endpoints[content["name"]] = int(content["agentRuntimeVersion"])
            described = {
                "name": endpoint,
                "id": endpoint,
                "agentRuntimeEndpointArn": f"{ARN_STEM}{runtime_id}/{endpoint}",
            }
            return in_json(200, {**self._described(runtime_id), "targetVersion": "1", **described})
        if method == "PUT":
            self._update(runtime, runtime_id, content)
        if method == "DELETE":
            del self.runtimes[runtime_id]
            return in_json(202, {"status": "DELETING"})
        return in_json(200, self._described(runtime_id))

    def _create(self, content: dict[str, Any]) -> Answer:
        for name in content.get("requestHeaderConfiguration", {}).get("requestHeaderAllowlist", []):
            if _RESERVED.fullmatch(name) and self._defect is not Defect.RESERVED_NAME_LISTED:
                raise ServiceError(400, "ValidationException", f"{name} cannot be listed")
        return in_json(202, self._described(self._add(content.pop("agentRuntimeName"), content, "HTTP")))

    def _add(self, name: str, settings: dict[str, Any], protocol: str) -> str:
        runtime_id = f"{name}-0123456789"
        self.runtimes[runtime_id] = Runtime(name, [Version(runtime_id, 1, settings, protocol)])
        return runtime_id

    def _update(self, runtime: Runtime, runtime_id: str, content: dict[str, Any]) -> None:
        runtime.versions.append(Version(runtime_id, len(runtime.versions) + 1, content))

    def _described(self, runtime_id: str) -> dict[str, Any]:
        runtime = self.runtimes[runtime_id]
        newest = runtime.versions[-1]
        return {
            "lifecycleConfiguration": {},
            **newest.settings,
            "agentRuntimeArn": ARN_STEM + runtime_id,
            "agentRuntimeId": runtime_id,
            "agentRuntimeName": runtime.name,
            "agentRuntimeVersion": str(newest.number),
            "createdAt": MADE_AT,
            "lastUpdatedAt": MADE_AT,
            "status": "READY",
        }
