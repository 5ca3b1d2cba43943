"""What the handlers of the control plane work on, and how they find a runtime, a version, an endpoint."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from random import Random
from typing import Any

from agentcore_emulator.arn import DEFAULT_QUALIFIER, parse_runtime_arn
from agentcore_emulator.clock import Clock
from agentcore_emulator.control.binding import Bindings
from agentcore_emulator.control.record import Endpoint, RuntimeRecord, Version
from agentcore_emulator.errors import ConflictException, ResourceNotFoundException
from agentcore_emulator.registry import Registry
from agentcore_emulator.settings import TRANSITION_S_DEFAULT


@dataclass(frozen=True, slots=True)
class ControlLimits:
    """How many of each an account may have.

    Source: developer guide, quotas, read 2026-11-20 - documented; that DEFAULT counts as an endpoint is assumed
    """

    runtimes_max: int = 1_000
    versions_max: int = 1_000
    endpoints_max: int = 10


@dataclass(frozen=True, slots=True)
class Control:
    """The registry, the clock, the source of random ids, and what the operator set.

    `end_sessions` stops the sessions of a runtime, or of one endpoint of it, that is being deleted.
    """

    registry: Registry
    clock: Clock
    random: Random
    bindings: Bindings
    transition_s: float = TRANSITION_S_DEFAULT
    limits: ControlLimits = ControlLimits()
    end_sessions: Callable[[str, str | None], None] = lambda runtime_id, qualifier: None  # noqa: ARG005 - nothing runs

    def due(self) -> float:
        """When a change that begins now is over."""
        return self.clock.now() + self.transition_s

    def wall(self) -> datetime:
        """The date of now."""
        return self.clock.wall()

    def runtime(self, request: Mapping[str, Any]) -> RuntimeRecord:
        """The runtime that the request's id names.

        Raises:
            ResourceNotFoundException: there is none.
        """
        record = self.registry.find(request["agentRuntimeId"])
        if record is None:
            raise ResourceNotFoundException(f"Agent runtime {request['agentRuntimeId']} was not found")
        return record

    def runtime_at_rest(self, request: Mapping[str, Any]) -> RuntimeRecord:
        """The same, when no change of it is under way.

        Raises:
            ResourceNotFoundException: there is none.
            ConflictException: it is being created, updated or deleted; the text is assumed.
        """
        record = self.runtime(request)
        if record.progress.status != "READY":
            raise ConflictException(f"Agent runtime {record.id} is {record.progress.status}; wait until it is READY")
        return record

    def resource(self, arn: str) -> RuntimeRecord | Endpoint:
        """The runtime or the endpoint of that ARN: what can carry tags and a policy.

        Raises:
            ResourceNotFoundException: there is none.
        """
        parsed = parse_runtime_arn(arn)
        record = self.registry.find(parsed.runtime_id) if parsed is not None else None
        if parsed is not None and record is not None and arn.startswith(record.arn_text):
            if parsed.endpoint is None:
                return record
            if parsed.endpoint in record.endpoints:
                return record.endpoints[parsed.endpoint]
        raise ResourceNotFoundException(f"Resource {arn} was not found")


def version_of(record: RuntimeRecord, number: str | None) -> Version:
    """That version of the runtime; the newest when none is named.

    Raises:
        ResourceNotFoundException: the runtime has no such version, or it is being deleted.
    """
    version = record.newest if number is None else record.versions.get(int(number))
    if version is None or version.progress.status == "DELETING":
        raise ResourceNotFoundException(f"Version {number} of agent runtime {record.id} was not found")
    return version


def endpoint_of(record: RuntimeRecord, name: str) -> Endpoint:
    """That endpoint of the runtime.

    Raises:
        ResourceNotFoundException: the runtime has no such endpoint.
    """
    endpoint = record.endpoints.get(name)
    if endpoint is None:
        raise ResourceNotFoundException(f"Endpoint {name} of agent runtime {record.id} was not found")
    return endpoint


def changeable_endpoint(record: RuntimeRecord, name: str) -> Endpoint:
    """That endpoint, when a caller may change it now.

    Raises:
        ResourceNotFoundException: the runtime has no such endpoint.
        ConflictException: it is DEFAULT, which the service alone moves (assumed), or it is changing.
    """
    endpoint = endpoint_of(record, name)
    if name == DEFAULT_QUALIFIER:
        raise ConflictException("The DEFAULT endpoint is managed by the service and cannot be changed or deleted")
    if endpoint.progress.status != "READY":
        raise ConflictException(f"Endpoint {name} is {endpoint.progress.status}; wait until it is READY")
    return endpoint
