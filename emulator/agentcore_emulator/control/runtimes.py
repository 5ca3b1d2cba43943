"""Runtimes and their versions: create, get, update, delete, list.

Source: service model bedrock-agentcore-control, and developer guide, agent runtime versioning, read 2026-11-20 -
documented; texts of errors are assumed
"""

from collections.abc import Mapping
from typing import Any

from agentcore_emulator.arn import DEFAULT_QUALIFIER
from agentcore_emulator.control.context import Control, version_of
from agentcore_emulator.control.paging import page
from agentcore_emulator.control.record import Endpoint, RuntimeRecord, Version
from agentcore_emulator.control.rules import configuration, lifecycle_of
from agentcore_emulator.errors import ConflictException, ServiceQuotaExceededException
from agentcore_emulator.registry import random_id

Request = Mapping[str, Any]
Output = dict[str, Any]


def create_agent_runtime(control: Control, request: Request) -> Output:
    """A new runtime in version 1, with the endpoint DEFAULT."""
    name = request["agentRuntimeName"]
    records = control.registry.records()
    if any(record.name == name for record in records):
        raise ConflictException(f"An agent runtime with the name {name} already exists")
    if len(records) >= control.limits.runtimes_max:
        raise ServiceQuotaExceededException(f"Limit of {control.limits.runtimes_max} agent runtimes exceeded")
    config = configuration(request)
    record = control.registry.new_record(name, random_id(name, control.random))
    now, due = control.wall(), control.due()
    record.tags.update(request.get("tags", {}))
    record.progress.begin("CREATING", due)
    default = Endpoint(DEFAULT_QUALIFIER, 1, now, now, random_id(DEFAULT_QUALIFIER, control.random))
    default.progress.begin("CREATING", due)
    record.endpoints[DEFAULT_QUALIFIER] = default
    record.add_version(_version(control, record, config))
    control.registry.insert(record)
    return {**_identity(control, record), "agentRuntimeVersion": "1", "createdAt": now, "status": "CREATING"}


def get_agent_runtime(control: Control, request: Request) -> Output:
    """The newest version, or the one that is asked for."""
    record = control.runtime(request)
    version = version_of(record, request.get("agentRuntimeVersion"))
    lifecycle = {
        "idleRuntimeSessionTimeout": int(version.lifecycle.idle_timeout_s),
        "maxLifetime": int(version.lifecycle.lifetime_s_max),
    }
    return {
        **version.config,
        **_identity(control, record),
        **_summary(record, version),
        "createdAt": record.created_at,
        "lifecycleConfiguration": lifecycle,
        "description": version.config.get("description"),
    }


def update_agent_runtime(control: Control, request: Request) -> Output:
    """A new version; DEFAULT moves to it when the update is over, named endpoints stay where they are.

    Raises:
        ServiceQuotaExceededException: the runtime has as many versions as it may have.
    """
    record = control.runtime_at_rest(request)
    if len(record.versions) >= control.limits.versions_max:
        raise ServiceQuotaExceededException(f"Limit of {control.limits.versions_max} versions per agent exceeded")
    version = _version(control, record, configuration(request))
    default = record.endpoints[DEFAULT_QUALIFIER]
    default.target, default.updated_at = version.number, version.created_at
    due = control.due()
    record.progress.begin("UPDATING", due)
    default.progress.begin("UPDATING", due)
    record.add_version(version)
    return {
        **_identity(control, record),
        "agentRuntimeVersion": str(version.number),
        "createdAt": record.created_at,
        "lastUpdatedAt": version.created_at,
        "status": "UPDATING",
    }


def delete_agent_runtime(control: Control, request: Request) -> Output:
    """Begins to delete the runtime with all its versions and endpoints, or one version of it.

    Raises:
        ConflictException: an endpoint serves that version; the rule is assumed.
    """
    record = control.runtime_at_rest(request)
    number = request.get("agentRuntimeVersion")
    if number is None:
        record.progress.begin("DELETING", control.due())
        control.end_sessions(record.id, None)
    else:
        version = version_of(record, number)
        users = [e.name for e in record.endpoints.values() if version.number in {e.live, e.target}]
        if users:
            raise ConflictException(f"Version {number} is in use by endpoint {', '.join(users)}")
        version.progress.begin("DELETING", control.due())
    record.touch()
    return {"status": "DELETING", "agentRuntimeId": record.id, "agentRuntimeVersion": number}


def list_agent_runtimes(control: Control, request: Request) -> Output:
    """Every runtime in its newest version, oldest runtime first."""
    shown, token = page(request, "runtimes", control.registry.records(), lambda record: record.number)
    return {"agentRuntimes": [_summary(record, record.newest) for record in shown], "nextToken": token}


def list_agent_runtime_versions(control: Control, request: Request) -> Output:
    """Every version of one runtime, oldest first."""
    record = control.runtime(request)
    shown, token = page(request, f"versions:{record.id}", record.versions.values(), lambda version: version.number)
    return {"agentRuntimes": [_summary(record, version) for version in shown], "nextToken": token}


def _version(control: Control, record: RuntimeRecord, config: Mapping[str, Any]) -> Version:
    agent_key, kind = control.bindings.agent_for(record.name, config)
    return Version(record.latest + 1, config, lifecycle_of(config), agent_key, kind, control.wall())


def _identity(control: Control, record: RuntimeRecord) -> Output:
    """Who the runtime is; the form of the workload identity's ARN is assumed."""
    directory = f"workload-identity-directory/default/workload-identity/{record.id}"
    arn = f"arn:aws:bedrock-agentcore:{control.registry.region}:{control.registry.account_id}:{directory}"
    return {
        "agentRuntimeArn": record.arn_text,
        "agentRuntimeId": record.id,
        "workloadIdentityDetails": {"workloadIdentityArn": arn},
    }


def _summary(record: RuntimeRecord, version: Version) -> Output:
    """One line of a list; the model requires a description, which is empty when none was given."""
    changing = version.progress if version.progress.status == "DELETING" else record.progress
    is_newest = version.number == record.latest
    return {
        "agentRuntimeArn": record.arn_text,
        "agentRuntimeId": record.id,
        "agentRuntimeVersion": str(version.number),
        "agentRuntimeName": record.name,
        "description": version.config.get("description", ""),
        "lastUpdatedAt": version.created_at,
        "status": changing.status if is_newest or changing.status == "DELETING" else "READY",
    }
