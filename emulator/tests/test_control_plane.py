"""The control plane, as boto3 sees it: runtimes, versions and endpoints from creation to the end."""

import itertools
from collections.abc import Iterator
from typing import Any

import pytest
from botocore.exceptions import ClientError
from control_calls import IMAGE, ROLE, TRANSITION_S, client, container, created, invoked, segment, settle
from emulator_calls import admin, call, script
from hypothesis import HealthCheck, given, settings
from model_inputs import values_of

from agentcore_emulator.arn import is_runtime_id
from agentcore_emulator.protocol.shapes import CONTROL_PLANE, load_service
from agentcore_emulator.server import Emulator
from agentcore_emulator.settings import Settings

CREATE = load_service(CONTROL_PLANE).shape("CreateAgentRuntimeRequest")
NUMBERS = itertools.count()
TWO = IMAGE.replace(":1", ":2")
UPDATE = {"agentRuntimeArtifact": container(TWO), "roleArn": ROLE}


@pytest.fixture(scope="module")
def emulator() -> Iterator[Emulator]:
    """An emulator with two scripted agents, which the two images are bound to."""
    chosen = Settings(
        scenarios=(script("one", 0), script("two", 0, 0)),
        bindings={IMAGE: "one", TWO: "two"},
        transition_s=TRANSITION_S,
    )
    with Emulator(chosen) as emulator:
        yield emulator


def failure(code: str) -> Any:
    """That a call fails with this error code."""
    return pytest.raises(ClientError, match=rf"\({code}\)")


def test_from_creation_to_deletion(emulator: Emulator) -> None:
    """Pollers meet each status; DEFAULT follows an update, a named endpoint stays; what is deleted is not found."""
    control = client(emulator)
    made = control.create_agent_runtime(agentRuntimeName="whole", agentRuntimeArtifact=container(), roleArn=ROLE)
    runtime_id, arn = made["agentRuntimeId"], made["agentRuntimeArn"]
    assert (made["status"], made["agentRuntimeVersion"]) == ("CREATING", "1")
    assert arn.endswith(f":runtime/{runtime_id}")
    assert is_runtime_id(runtime_id)
    with pytest.raises(ClientError, match="No endpoint or agent found"):
        invoked(emulator, arn)
    settle(emulator)
    assert control.get_agent_runtime(agentRuntimeId=runtime_id)["status"] == "READY"
    assert invoked(emulator, arn) == b"data: 0\n\n"

    control.create_agent_runtime_endpoint(agentRuntimeId=runtime_id, name="prod", agentRuntimeVersion="1")
    settle(emulator)
    updated = control.update_agent_runtime(agentRuntimeId=runtime_id, **UPDATE)
    assert (updated["status"], updated["agentRuntimeVersion"]) == ("UPDATING", "2")
    assert invoked(emulator, arn) == b"data: 0\n\n"
    settle(emulator)
    assert invoked(emulator, arn) == b"data: 0\n\ndata: 1\n\n"
    assert invoked(emulator, arn, "prod") == b"data: 0\n\n"

    assert control.delete_agent_runtime(agentRuntimeId=runtime_id)["status"] == "DELETING"
    assert control.get_agent_runtime(agentRuntimeId=runtime_id)["status"] == "DELETING"
    settle(emulator)
    with failure("ResourceNotFoundException"):
        control.get_agent_runtime(agentRuntimeId=runtime_id)


def test_an_update_resets_what_it_leaves_out(emulator: Emulator) -> None:
    """The second version has nothing of the first: an update is a full replacement."""
    control = client(emulator)
    runtime_id = created(
        emulator,
        "trap",
        description="first",
        environmentVariables={"MODE": "a"},
        authorizerConfiguration={
            "customJWTAuthorizer": {
                "discoveryUrl": "https://id.example/.well-known/openid-configuration",
                "allowedClients": ["web"],
            }
        },
        requestHeaderConfiguration={"requestHeaderAllowlist": ["Authorization", "X-Tenant"]},
        protocolConfiguration={"serverProtocol": "MCP"},
        lifecycleConfiguration={"maxLifetime": 600},
    )
    control.update_agent_runtime(agentRuntimeId=runtime_id, **UPDATE)
    settle(emulator)

    first = control.get_agent_runtime(agentRuntimeId=runtime_id, agentRuntimeVersion="1")
    second = control.get_agent_runtime(agentRuntimeId=runtime_id)

    assert first["lifecycleConfiguration"] == {"idleRuntimeSessionTimeout": 600, "maxLifetime": 600}
    assert first["requestHeaderConfiguration"] == {"requestHeaderAllowlist": ["Authorization", "X-Tenant"]}
    assert (first["environmentVariables"], first["description"]) == ({"MODE": "a"}, "first")
    assert second["lifecycleConfiguration"] == {"idleRuntimeSessionTimeout": 900, "maxLifetime": 28_800}
    lost = {"environmentVariables", "authorizerConfiguration", "requestHeaderConfiguration", "protocolConfiguration"}
    assert not lost & set(second)


def test_the_data_plane_gets_what_was_configured(emulator: Emulator) -> None:
    """Protocol, lifecycle, headers, environment and authorizer reach the deployment of the endpoint."""
    authorizer = {
        "customJWTAuthorizer": {"discoveryUrl": "x/.well-known/openid-configuration", "allowedClients": ["w"]}
    }
    runtime_id = created(
        emulator,
        "configured",
        authorizerConfiguration=authorizer,
        environmentVariables={"A": "b"},
        requestHeaderConfiguration={"requestHeaderAllowlist": ["X-Tenant"]},
        protocolConfiguration={"serverProtocol": "A2A"},
        lifecycleConfiguration={"idleRuntimeSessionTimeout": 60},
    )

    deployment = emulator.core.registry.resolve(runtime_id, "123456789012", "DEFAULT")

    assert (deployment.protocol, deployment.version, deployment.agent_key) == ("A2A", "1", "one")
    assert (deployment.header_allowlist, deployment.environment["A"]) == (frozenset({b"x-tenant"}), "b")
    assert (deployment.lifecycle.idle_timeout_s, deployment.lifecycle.lifetime_s_max) == (60, 28_800)
    assert deployment.authorizer == authorizer


def test_endpoints_move_and_go(emulator: Emulator) -> None:
    """A named endpoint can be moved to a version and deleted; DEFAULT belongs to the service."""
    control = client(emulator)
    runtime_id = created(emulator, "moving")
    control.update_agent_runtime(agentRuntimeId=runtime_id, **UPDATE)
    settle(emulator)
    named = {"agentRuntimeId": runtime_id, "endpointName": "prod"}
    control.create_agent_runtime_endpoint(agentRuntimeId=runtime_id, name="prod", agentRuntimeVersion="1")
    assert control.get_agent_runtime_endpoint(**named)["status"] == "CREATING"
    settle(emulator)
    moving = control.update_agent_runtime_endpoint(**named, agentRuntimeVersion="2")
    assert (moving["status"], moving["liveVersion"], moving["targetVersion"]) == ("UPDATING", "1", "2")
    settle(emulator)
    assert control.get_agent_runtime_endpoint(**named)["liveVersion"] == "2"
    with failure("ConflictException"):
        control.delete_agent_runtime_endpoint(agentRuntimeId=runtime_id, endpointName="DEFAULT")
    control.delete_agent_runtime_endpoint(**named)
    settle(emulator)
    with failure("ResourceNotFoundException"):
        control.get_agent_runtime_endpoint(**named)


def test_a_version_is_deleted_alone(emulator: Emulator) -> None:
    """One that an endpoint serves stays; another one goes, and its number does not come back."""
    control = client(emulator)
    runtime_id = created(emulator, "versions")
    for _ in range(2):
        control.update_agent_runtime(agentRuntimeId=runtime_id, **UPDATE)
        settle(emulator)
    with failure("ConflictException"):
        control.delete_agent_runtime(agentRuntimeId=runtime_id, agentRuntimeVersion="3")
    control.delete_agent_runtime(agentRuntimeId=runtime_id, agentRuntimeVersion="2")
    with failure("ResourceNotFoundException"):
        control.create_agent_runtime_endpoint(agentRuntimeId=runtime_id, name="late", agentRuntimeVersion="2")
    settle(emulator)
    control.update_agent_runtime(agentRuntimeId=runtime_id, **UPDATE)

    pages = control.get_paginator("list_agent_runtime_versions").paginate(
        agentRuntimeId=runtime_id, PaginationConfig={"PageSize": 1}
    )

    assert [entry["agentRuntimeVersion"] for page in pages for entry in page["agentRuntimes"]] == ["1", "3", "4"]


def test_lists_come_in_pages(emulator: Emulator) -> None:
    """Every runtime appears once; a token of another list is refused."""
    control = client(emulator)
    names = [f"paged{number}" for number in range(5)]
    ids = {name: created(emulator, name) for name in names}

    pages = list(control.get_paginator("list_agent_runtimes").paginate(PaginationConfig={"PageSize": 2}))

    listed = [entry["agentRuntimeName"] for page in pages for entry in page["agentRuntimes"]]
    assert [name for name in listed if name in names] == names
    assert listed[:2] == ["one", "two"]
    assert all(len(page["agentRuntimes"]) <= 2 for page in pages)
    with failure("ValidationException"):
        control.list_agent_runtime_versions(agentRuntimeId=ids["paged0"], nextToken=pages[0]["nextToken"])


def test_what_contradicts_the_state_is_a_conflict(emulator: Emulator) -> None:
    """A taken name, a runtime that is changing, an endpoint that exists."""
    control = client(emulator)
    runtime_id = created(emulator, "taken")
    with failure("ConflictException"):
        control.create_agent_runtime(agentRuntimeName="taken", agentRuntimeArtifact=container(), roleArn=ROLE)
    with failure("ConflictException"):
        control.create_agent_runtime_endpoint(agentRuntimeId=runtime_id, name="DEFAULT")
    control.update_agent_runtime(agentRuntimeId=runtime_id, **UPDATE)
    with failure("ConflictException"):
        control.update_agent_runtime(agentRuntimeId=runtime_id, **UPDATE)
    with failure("ConflictException"):
        control.delete_agent_runtime(agentRuntimeId=runtime_id)


def test_a_repeated_request_changes_nothing(emulator: Emulator) -> None:
    """The same clientToken gets the same answer; with other parameters it is refused."""
    control = client(emulator)
    request = {
        "agentRuntimeName": "once",
        "agentRuntimeArtifact": container(),
        "roleArn": ROLE,
        "clientToken": "t" * 33,
    }

    first, second = (control.create_agent_runtime(**request) for _ in range(2))

    assert first["agentRuntimeId"] == second["agentRuntimeId"]
    with failure("ValidationException"):
        control.create_agent_runtime(**{**request, "agentRuntimeName": "twice"})


def test_tags_and_policies_are_kept(emulator: Emulator) -> None:
    """Tags are merged and removed; a policy is there until it is deleted, on runtimes and on endpoints."""
    control = client(emulator)
    runtime_id = created(emulator, "tagged", tags={"team": "a"})
    arn = control.get_agent_runtime(agentRuntimeId=runtime_id)["agentRuntimeArn"]
    control.tag_resource(resourceArn=arn, tags={"stage": "test", "gone": "x"})
    control.untag_resource(resourceArn=arn, tagKeys=["gone", "never"])
    assert control.list_tags_for_resource(resourceArn=arn)["tags"] == {"team": "a", "stage": "test"}
    endpoint = f"{arn}/runtime-endpoint/DEFAULT"
    assert control.put_resource_policy(resourceArn=endpoint, policy='{"Version": "2012-10-17"}')["policy"]
    assert control.get_resource_policy(resourceArn=endpoint)["policy"] == '{"Version": "2012-10-17"}'
    control.delete_resource_policy(resourceArn=endpoint)
    with failure("ResourceNotFoundException"):
        control.get_resource_policy(resourceArn=endpoint)
    with failure("ResourceNotFoundException"):
        control.list_tags_for_resource(resourceArn=arn.replace("tagged", "untagged"))


def test_what_nobody_bound_is_answered_by_hello(emulator: Emulator) -> None:
    """A runtime of an unknown image has the default agent; the list of runtimes and the journal say so."""
    runtime_id = created(emulator, "stranger", agentRuntimeArtifact=container(IMAGE.replace("travel", "other")))
    arn = client(emulator).get_agent_runtime(agentRuntimeId=runtime_id)["agentRuntimeArn"]

    assert b"Hello" in invoked(emulator, arn)

    listed = {runtime["arn"]: runtime for runtime in admin(emulator.port, "runtimes")["runtimes"]}
    assert (listed[arn]["bound_to"], listed[arn]["kind"]) == ("default:hello", "scripted")
    (entry,) = admin(emulator.port, "journal?runtime=stranger")["invocations"]
    assert entry["bound_to"] == "default:hello"


def test_a_runtime_of_the_command_line_is_one_like_the_others(emulator: Emulator) -> None:
    """It is READY in version 1 with the endpoint DEFAULT, and keeps its agent when it is updated."""
    control = client(emulator)
    two = emulator.runtime("two")
    assert control.get_agent_runtime(agentRuntimeId=two.id)["status"] == "READY"
    (endpoint,) = control.list_agent_runtime_endpoints(agentRuntimeId=two.id)["runtimeEndpoints"]
    assert (endpoint["name"], endpoint["liveVersion"]) == ("DEFAULT", "1")

    control.update_agent_runtime(
        agentRuntimeId=two.id, roleArn=ROLE, agentRuntimeArtifact=container("public.ecr.aws/any/image")
    )
    settle(emulator)

    assert emulator.core.registry.resolve(str(two.arn), None, "DEFAULT").agent_key == "two"


def test_a_version_without_mmds_v2_is_not_invoked(emulator: Emulator) -> None:
    """Only a version that says so itself is refused; one that says nothing is not."""
    control = client(emulator)
    runtime_id = created(emulator, "old_metadata")
    arn = control.get_agent_runtime(agentRuntimeId=runtime_id)["agentRuntimeArn"]
    control.update_agent_runtime(agentRuntimeId=runtime_id, **UPDATE, metadataConfiguration={"requireMMDSV2": False})
    settle(emulator)

    with pytest.raises(ClientError, match="This runtime is not MMDSv2-enabled"):
        invoked(emulator, arn)


def test_quotas_of_versions_and_endpoints(emulator: Emulator) -> None:
    """Ten endpoints to a runtime, DEFAULT among them; the next is refused with the modelled error."""
    control = client(emulator)
    runtime_id = created(emulator, "full")
    for number in range(9):
        control.create_agent_runtime_endpoint(agentRuntimeId=runtime_id, name=f"e{number}")

    with failure("ServiceQuotaExceededException"):
        control.create_agent_runtime_endpoint(agentRuntimeId=runtime_id, name="e9")


@settings(max_examples=20, suppress_health_check=list(HealthCheck), deadline=None)
@given(request=values_of(CREATE))
def test_any_legal_configuration_is_kept(emulator: Emulator, request: dict[str, Any]) -> None:
    """What the model allows is taken, or refused by a rule beyond it; what is taken is given back as it was."""
    control = client(emulator)
    request["agentRuntimeName"] = f"drawn{next(NUMBERS)}"
    try:
        runtime_id = control.create_agent_runtime(**request)["agentRuntimeId"]
    except ClientError as refusal:
        assert refusal.response["Error"]["Code"] == "ValidationException"  # noqa: PT017 - most draws are not refused
        return
    shown = control.get_agent_runtime(agentRuntimeId=runtime_id)
    settle(emulator)
    control.delete_agent_runtime(agentRuntimeId=runtime_id)
    settle(emulator)

    unlike = {"clientToken", "tags", "lifecycleConfiguration"}
    assert {name: shown[name] for name in request if name not in unlike} == {
        name: value for name, value in request.items() if name not in unlike
    }
    assert shown["lifecycleConfiguration"].items() >= request.get("lifecycleConfiguration", {}).items()


def test_what_is_not_emulated_says_so(emulator: Emulator) -> None:
    """Every other operation of the services answers one clear error, and names itself."""
    with pytest.raises(ClientError, match="ListMemories is not emulated"):
        client(emulator).list_memories()
    assert call(emulator.port, "DELETE", f"/runtimes/{segment('x')}/nothing").error == (
        404,
        "UnknownOperationException",
    )
