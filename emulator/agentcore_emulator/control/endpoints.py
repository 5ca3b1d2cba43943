"""Endpoints of a runtime: create, get, update, delete, list. DEFAULT belongs to the service, the others to the caller.

Source: service model bedrock-agentcore-control, and developer guide, agent runtime versioning, read 2026-11-20 -
documented; texts of errors are assumed
"""

from collections.abc import Mapping
from typing import Any

from agentcore_emulator.control.context import Control, changeable_endpoint, endpoint_of, version_of
from agentcore_emulator.control.paging import page
from agentcore_emulator.control.record import Endpoint, RuntimeRecord
from agentcore_emulator.errors import ConflictException, ServiceQuotaExceededException
from agentcore_emulator.registry import random_id

Request = Mapping[str, Any]
Output = dict[str, Any]


def create_agent_runtime_endpoint(control: Control, request: Request) -> Output:
    """A named endpoint on a version; on the newest when none is named.

    Raises:
        ConflictException: the name is taken.
        ServiceQuotaExceededException: the runtime has as many endpoints as it may have.
    """
    record = control.runtime_at_rest(request)
    name = request["name"]
    if name in record.endpoints:
        raise ConflictException(f"An endpoint with the name {name} already exists for agent runtime {record.id}")
    if len(record.endpoints) >= control.limits.endpoints_max:
        raise ServiceQuotaExceededException(f"Limit of {control.limits.endpoints_max} endpoints per agent exceeded")
    version = version_of(record, request.get("agentRuntimeVersion"))
    now = control.wall()
    endpoint = Endpoint(name, version.number, now, now, random_id(name, control.random))
    endpoint.description = request.get("description")
    endpoint.tags.update(request.get("tags", {}))
    endpoint.number = record.endpoint_count = record.endpoint_count + 1
    endpoint.progress.begin("CREATING", control.due())
    record.endpoints[name] = endpoint
    record.touch()
    return {
        **_state(record, endpoint),
        "targetVersion": str(version.number),
        "agentRuntimeId": record.id,
        "endpointName": name,
        "createdAt": now,
    }


def get_agent_runtime_endpoint(control: Control, request: Request) -> Output:
    """One endpoint."""
    record = control.runtime(request)
    return _view(record, endpoint_of(record, request["endpointName"]))


def update_agent_runtime_endpoint(control: Control, request: Request) -> Output:
    """Moves a named endpoint to another version; what the request leaves out stays (assumed)."""
    record = control.runtime_at_rest(request)
    endpoint = changeable_endpoint(record, request["endpointName"])
    number = request.get("agentRuntimeVersion")
    if number is not None:
        endpoint.target = version_of(record, number).number
    endpoint.description = request.get("description", endpoint.description)
    endpoint.updated_at = control.wall()
    endpoint.progress.begin("UPDATING", control.due())
    record.touch()
    return _view(record, endpoint)


def delete_agent_runtime_endpoint(control: Control, request: Request) -> Output:
    """Begins to delete a named endpoint."""
    record = control.runtime_at_rest(request)
    endpoint = changeable_endpoint(record, request["endpointName"])
    endpoint.progress.begin("DELETING", control.due())
    control.end_sessions(record.id, endpoint.name)
    record.touch()
    return {"status": "DELETING", "agentRuntimeId": record.id, "endpointName": endpoint.name}


def list_agent_runtime_endpoints(control: Control, request: Request) -> Output:
    """Every endpoint of one runtime, oldest first."""
    record = control.runtime(request)
    shown, token = page(request, f"endpoints:{record.id}", record.endpoints.values(), lambda endpoint: endpoint.number)
    return {"runtimeEndpoints": [_view(record, endpoint) for endpoint in shown], "nextToken": token}


def _state(record: RuntimeRecord, endpoint: Endpoint) -> Output:
    return {
        "agentRuntimeEndpointArn": f"{record.arn_text}/runtime-endpoint/{endpoint.name}",
        "agentRuntimeArn": record.arn_text,
        "status": endpoint.progress.status,
    }


def _view(record: RuntimeRecord, endpoint: Endpoint) -> Output:
    """The target is shown only while the endpoint moves; this is assumed."""
    moving = endpoint.live != endpoint.target
    return {
        **_state(record, endpoint),
        "name": endpoint.name,
        "id": endpoint.id,
        "liveVersion": None if endpoint.live is None else str(endpoint.live),
        "targetVersion": str(endpoint.target) if moving else None,
        "description": endpoint.description,
        "createdAt": endpoint.created_at,
        "lastUpdatedAt": endpoint.updated_at,
    }
