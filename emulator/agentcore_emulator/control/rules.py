"""What the service demands of a runtime's configuration beyond the constraints of the model."""

from collections.abc import Mapping
from typing import Any, Final

from agentcore_emulator.control.headers import allowlist_problems
from agentcore_emulator.model import Lifecycle
from agentcore_emulator.protocol.validate import Problem, refusal

IDLE_S_DEFAULT: Final = 900
LIFETIME_S_DEFAULT: Final = 28_800
RESERVED_PORT: Final = 8443

_CLAIM_LISTS = ("allowedAudience", "allowedClients", "allowedScopes", "customClaims")
# What identifies the request or the runtime, and is no configuration of a version.
_NOT_CONFIGURATION = frozenset({"agentRuntimeId", "agentRuntimeName", "clientToken", "tags"})


def configuration(request: Mapping[str, Any]) -> dict[str, Any]:
    """The configuration of a new version: what the request says and nothing of the version before.

    An update replaces everything: what it leaves out is back at its default, also the environment and the authorizer.
    Source: developer guide, header allow-list, and reports of users, read 2026-11-20 - documented;
    that the network mode PUBLIC and MMDSv2 are defaults is assumed

    Raises:
        ValidationException: members contradict each other.
    """
    problems = [*_header_problems(request), *_port_problems(request), *_authorizer_problems(request)]
    lifecycle = _lifecycle(request.get("lifecycleConfiguration", {}))
    if lifecycle["idleRuntimeSessionTimeout"] > lifecycle["maxLifetime"]:
        constraint = "idleRuntimeSessionTimeout must be less than or equal to maxLifetime"
        problems.append(Problem("lifecycleConfiguration", constraint))
    if problems:
        raise refusal(problems)
    given = {name: value for name, value in request.items() if name not in _NOT_CONFIGURATION}
    return {
        "networkConfiguration": {"networkMode": "PUBLIC"},
        "metadataConfiguration": {"requireMMDSV2": True},
        **given,
        "lifecycleConfiguration": lifecycle,
    }


def lifecycle_of(config: Mapping[str, Any]) -> Lifecycle:
    """The life cycle of the sessions of a version."""
    lifecycle = config["lifecycleConfiguration"]
    return Lifecycle(float(lifecycle["idleRuntimeSessionTimeout"]), float(lifecycle["maxLifetime"]))


def _lifecycle(given: Mapping[str, int]) -> dict[str, int]:
    """Both times; a lifetime of at most the default idle time, given alone, counts for both.

    Source: developer guide, lifecycle settings, read 2026-11-20 - documented
    """
    lifetime = given.get("maxLifetime", LIFETIME_S_DEFAULT)
    idle = given.get("idleRuntimeSessionTimeout", min(IDLE_S_DEFAULT, lifetime))
    return {"idleRuntimeSessionTimeout": idle, "maxLifetime": lifetime}


def _header_problems(request: Mapping[str, Any]) -> list[Problem]:
    names = request.get("requestHeaderConfiguration", {}).get("requestHeaderAllowlist", [])
    return allowlist_problems(names, has_jwt_authorizer="authorizerConfiguration" in request)


def _port_problems(request: Mapping[str, Any]) -> list[Problem]:
    """Ports of the server and of the session's URL.

    Source: service model bedrock-agentcore-control, texts of the members, read 2026-11-20 - documented
    """
    problems = []
    if request.get("protocolConfiguration", {}).get("port") == RESERVED_PORT:
        problems.append(Problem("protocolConfiguration.port", f"Port {RESERVED_PORT} is reserved", str(RESERVED_PORT)))
    last = 0
    ranges = [_range(entry) for entry in request.get("allowedPorts", [])]
    for first, end in sorted(ranges):
        if end < first:
            problems.append(Problem("allowedPorts", "A range must not end before it begins", f"{first}-{end}"))
        if first <= last:
            problems.append(Problem("allowedPorts", "Entries must not overlap", f"{first}-{end}"))
        if first <= RESERVED_PORT <= end:
            problems.append(Problem("allowedPorts", f"Port {RESERVED_PORT} is reserved", f"{first}-{end}"))
        last = max(last, end)
    return problems


def _range(entry: Mapping[str, Any]) -> tuple[int, int]:
    if "port" in entry:
        return entry["port"], entry["port"]
    return entry["portRange"]["from"], entry["portRange"]["to"]


def _authorizer_problems(request: Mapping[str, Any]) -> list[Problem]:
    """A JWT authorizer must check something.

    Source: developer guide, inbound JWT authorizer, read 2026-11-20 - documented
    """
    authorizer = request.get("authorizerConfiguration", {}).get("customJWTAuthorizer")
    if authorizer is None or any(name in authorizer for name in _CLAIM_LISTS):
        return []
    return [
        Problem("authorizerConfiguration.customJWTAuthorizer", f"Member must have one of [{', '.join(_CLAIM_LISTS)}]")
    ]
