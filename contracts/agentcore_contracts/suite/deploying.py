"""Runtimes that a check deploys for itself: variants of the contract agent, named with the run and removed by it.

Nothing that this run did not create is changed or removed. A variant takes its artifact, role and network from the
runtime `contract`; a target whose control plane cannot tell the artifact names it as `contract_artifact`.
"""

import itertools
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import Any, Final

import pytest
from botocore.exceptions import BotoCoreError, ClientError

from agentcore_contracts.data_plane import control_client
from agentcore_contracts.suite import asking
from agentcore_contracts.target import Target
from agentcore_contracts.verify import RequirementFailed, TargetUnavailable, verify

RUN_ID: Final = uuid.uuid4().hex[:8]
_NUMBERS: Final = itertools.count(1)
"""A name is free again only when the deletion of the runtime that had it is over."""
READY_S: Final = 300.0
PAUSE_S: Final = 1.0
COPIED: Final = ("agentRuntimeArtifact", "roleArn", "networkConfiguration", "filesystemConfigurations")
NOT_ALLOWED: Final = ("AccessDeniedException", "UnrecognizedClientException", "ExpiredTokenException")


@dataclass(frozen=True, slots=True)
class Deployed:
    """A runtime of this run, and the control plane that made it."""

    client: Any
    arn: str
    id: str
    settings: dict[str, Any]

    def update(self, **settings: Any) -> None:
        """UpdateAgentRuntime, a whole new configuration; returns when it is READY."""
        self.client.update_agent_runtime(agentRuntimeId=self.id, **self.settings | settings)
        self.wait_ready()

    def add_endpoint(self, name: str, version: str) -> None:
        """CreateAgentRuntimeEndpoint for one version; returns when it is READY."""
        self.client.create_agent_runtime_endpoint(agentRuntimeId=self.id, name=name, agentRuntimeVersion=version)
        _wait_ready(lambda: self.client.get_agent_runtime_endpoint(agentRuntimeId=self.id, endpointName=name))

    def wait_ready(self) -> None:
        """Poll the runtime until it is READY."""
        _wait_ready(lambda: self.client.get_agent_runtime(agentRuntimeId=self.id))


@contextmanager
def deployed(target: Target, purpose: str, **settings: Any) -> Iterator[Deployed]:
    """A variant of the runtime `contract` while the context lasts; its name holds the run id and `purpose`."""
    asking.needs(target, "control-plane")
    with _findings():
        client = control_client(target)
        runtime = create(client, target, purpose, settings)
        try:
            runtime.wait_ready()
            yield runtime
        finally:
            with suppress(ClientError, BotoCoreError):
                client.delete_agent_runtime(agentRuntimeId=runtime.id)


@contextmanager
def short_lived(target: Target, idle_s: int, lifetime_s: int) -> Iterator[str]:
    """The ARN of a runtime whose sessions live that short: `short_lived` of the target, else one made for the check."""
    if "short_lived" in target.runtimes:
        yield target.runtimes["short_lived"]
        return
    lifecycle = {"idleRuntimeSessionTimeout": idle_s, "maxLifetime": lifetime_s}
    with deployed(target, "short", lifecycleConfiguration=lifecycle) as runtime:
        yield runtime.arn


def create(client: Any, target: Target, purpose: str, settings: dict[str, Any]) -> Deployed:
    """CreateAgentRuntime with what `contract` is made of and these settings. Raises `ClientError` when refused."""
    model = client.get_agent_runtime(agentRuntimeId=asking.runtime(target).rpartition("/")[2])
    members = {name: model[name] for name in COPIED if model.get(name)} | settings
    if isinstance(artifact := target.extra.get("contract_artifact"), dict):
        members["agentRuntimeArtifact"] = artifact
    if "agentRuntimeArtifact" not in members:
        pytest.skip(f"target {target.name} does not tell what `contract` is made of: give contract_artifact")
    name = f"contracts_{RUN_ID}_{purpose}_{next(_NUMBERS)}"
    made = client.create_agent_runtime(agentRuntimeName=name, **members)
    return Deployed(client, made["agentRuntimeArn"], made["agentRuntimeId"], members)


def verify_refused(target: Target, purpose: str, **settings: Any) -> None:
    """CreateAgentRuntime with these settings is refused as invalid."""
    asking.needs(target, "control-plane")
    client = control_client(target)
    try:
        made = create(client, target, purpose, settings)
    except ClientError as error:
        code, status = error.response["Error"]["Code"], error.response["ResponseMetadata"]["HTTPStatusCode"]
        verify(
            (status, code) == (400, "ValidationException"),
            expected=f"400 ValidationException of CreateAgentRuntime with {settings}",
            actual=f"{status} {error}",
        )
    else:
        client.delete_agent_runtime(agentRuntimeId=made.id)
        raise RequirementFailed(expected=f"CreateAgentRuntime refuses {settings}", actual=f"it made {made.arn}")


@contextmanager
def _findings() -> Iterator[None]:
    """An error answer of the control plane is a finding about the target; no answer or no permission is none."""
    try:
        yield
    except ClientError as error:
        if error.response["Error"]["Code"] in NOT_ALLOWED:
            raise TargetUnavailable(f"the control plane may not be used: {error}") from error
        raise RequirementFailed(expected="success of the control plane", actual=str(error)) from error
    except BotoCoreError as error:
        raise TargetUnavailable(f"the control plane gave no answer: {error}") from error


def _wait_ready(get: Any) -> None:
    deadline_s, pause_s = time.monotonic() + READY_S, 0.02
    while (status := get()["status"]) in ("CREATING", "UPDATING") and time.monotonic() < deadline_s:
        time.sleep(pause_s)
        pause_s = min(PAUSE_S, pause_s * 2)
    verify(status == "READY", expected="status READY", actual=f"status {status} after at most {READY_S:g} s")
