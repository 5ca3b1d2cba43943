"""Bad input to the control plane: a modelled error each time, and the emulator stays up."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from botocore.exceptions import ClientError
from control_calls import IMAGE, ROLE, client, container, created, segment
from emulator_calls import Answer, call
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from agentcore_emulator.control.plane import BODY_SIZE_MAX
from agentcore_emulator.server import Emulator
from agentcore_emulator.settings import Settings

GOOD = {"agentRuntimeName": "good", "agentRuntimeArtifact": container(), "roleArn": ROLE}
MODELLED = {400, 404, 409, 501}
JWT = {"discoveryUrl": "https://id/.well-known/openid-configuration"}


@pytest.fixture(scope="module")
def emulator() -> Iterator[Emulator]:
    """An emulator whose changes end at once."""
    with Emulator(Settings(transition_s=0)) as emulator:
        yield emulator


def create(emulator: Emulator, document: object) -> Answer:
    """CreateAgentRuntime with any JSON document."""
    return call(emulator.port, "PUT", "/runtimes/", json.dumps(document).encode())


@pytest.mark.parametrize(
    ("change", "path", "constraint"),
    [
        ({"agentRuntimeName": "1x"}, "agentRuntimeName", "Member must satisfy regular expression pattern"),
        ({"agentRuntimeName": None}, "agentRuntimeName", "Member must not be null"),
        ({"agentRuntimeName": 7}, "agentRuntimeName", "Member must be a string"),
        ({"agentRuntimeArtifact": {}}, "agentRuntimeArtifact", "Member must have exactly one of"),
        ({"agentRuntimeArtifact": []}, "agentRuntimeArtifact", "Member must be an object"),
        (
            {"agentRuntimeArtifact": container("x")},
            "agentRuntimeArtifact.containerConfiguration.containerUri",
            "regular",
        ),
        (
            {"lifecycleConfiguration": {"maxLifetime": 59}},
            "lifecycleConfiguration.maxLifetime",
            "greater than or equal",
        ),
        ({"lifecycleConfiguration": {"maxLifetime": True}}, "lifecycleConfiguration.maxLifetime", "an integer"),
        ({"lifecycleConfiguration": {"maxLifetime": 6e1}}, "lifecycleConfiguration.maxLifetime", "an integer"),
        ({"environmentVariables": {"": "x"}}, "environmentVariables.key", "length greater than or equal to 1"),
        ({"environmentVariables": {"A": "x" * 5_001}}, "environmentVariables.value", "less than or equal to 5000"),
        (
            {"protocolConfiguration": {"serverProtocol": "SMTP"}},
            "protocolConfiguration.serverProtocol",
            "enum value set",
        ),
        ({"tags": ["a"]}, "tags", "Member must be an object"),
        ({"roleArn": "\ud800"}, "roleArn", "Member must be Unicode text"),
    ],
)
def test_a_member_that_breaks_its_constraint_is_named(
    emulator: Emulator, change: dict[str, Any], path: str, constraint: str
) -> None:
    """The error says which member and why, in its message and in its field list."""
    answer = create(emulator, {**GOOD, **change})

    assert answer.error == (400, "ValidationException")
    body = answer.json()
    assert body["reason"] == "FieldValidationFailed"
    assert [field["name"] for field in body["fieldList"]] == [path]
    assert constraint in body["fieldList"][0]["message"]
    assert body["message"].startswith("1 validation error detected: Value")


def test_all_that_is_wrong_is_said_at_once(emulator: Emulator) -> None:
    """Three members that are missing are three errors in one answer; secrets are not repeated."""
    assert (
        create(emulator, {}).json()["message"].startswith("3 validation errors detected: Value at 'agentRuntimeName'")
    )
    secret = create(emulator, {**GOOD, "environmentVariables": {"A": "hush" * 2_000}})
    assert "hush" not in secret.body.decode()


@pytest.mark.parametrize(
    "change",
    [
        {"lifecycleConfiguration": {"idleRuntimeSessionTimeout": 700, "maxLifetime": 600}},
        {"requestHeaderConfiguration": {"requestHeaderAllowlist": ["X-Amz-Date"]}},
        {"requestHeaderConfiguration": {"requestHeaderAllowlist": ["x-amzn-other"]}},
        {"requestHeaderConfiguration": {"requestHeaderAllowlist": ["Cookie"]}},
        {"requestHeaderConfiguration": {"requestHeaderAllowlist": ["X-A", "x-a"]}},
        {"requestHeaderConfiguration": {"requestHeaderAllowlist": ["Authorization"]}},
        {"requestHeaderConfiguration": {"requestHeaderAllowlist": []}},
        {"requestHeaderConfiguration": {"requestHeaderAllowlist": [f"X-{n}" for n in range(21)]}},
        {"protocolConfiguration": {"serverProtocol": "HTTP", "port": 8443}},
        {"allowedPorts": [{"port": 8100}, {"portRange": {"from": 8000, "to": 8100}}]},
        {"allowedPorts": [{"portRange": {"from": 8400, "to": 8500}}]},
        {"allowedPorts": [{"portRange": {"from": 9000, "to": 8999}}]},
        {"authorizerConfiguration": {"customJWTAuthorizer": JWT}},
    ],
)
def test_configurations_that_contradict_the_rules_are_refused(emulator: Emulator, change: dict[str, Any]) -> None:
    """Rules that the model does not hold: life cycle, headers, ports, authorizers."""
    assert create(emulator, {**GOOD, **change}).error == (400, "ValidationException")


def test_the_custom_prefix_may_be_listed(emulator: Emulator) -> None:
    """Of the names that begin with X-Amzn- only this one is the callers'."""
    name = "X-Amzn-Bedrock-AgentCore-Runtime-Custom-Tenant"
    created(emulator, "custom", requestHeaderConfiguration={"requestHeaderAllowlist": [name]})


@pytest.mark.parametrize(
    ("method", "path", "body", "status"),
    [
        ("PUT", "/runtimes/", b"{", 400),
        ("PUT", "/runtimes/", b"[]", 400),
        ("PUT", "/runtimes/", b"\xff\xfe", 400),
        ("PUT", "/runtimes/", b"[" * 200_000, 400),
        ("PUT", "/runtimes/", b'{"tags":' * 50_000, 400),
        ("PUT", "/runtimes/", b'{"agentRuntimeName": ' + b"9" * 5_000 + b"}", 400),
        ("PUT", "/runtimes/", b" " * (BODY_SIZE_MAX + 1), 400),
        ("PUT", "/runtimes", b"", 400),
        ("POST", "/runtimes/?maxResults=0", b"", 400),
        ("POST", "/runtimes/?maxResults=" + "9" * 5_000, b"", 400),
        ("POST", "/runtimes/?maxResults=ten", b"", 400),
        ("POST", "/runtimes/?nextToken=bm90aGluZw==", b"", 400),
        ("POST", "/runtimes/?nextToken=%E9", b"", 400),
        ("POST", "/runtimes/?" + "a=1&" * 2_000, b"", 400),
        ("GET", "/runtimes/none-0123456789/", b"", 404),
        ("GET", "/runtimes/%zz/", b"", 400),
        ("GET", "/runtimes/%ff/", b"", 400),
        ("GET", "/runtimes/%00/", b"", 400),
        ("GET", "/runtimes/..%2f..%2fetc/", b"", 400),
        ("GET", "/tags/" + "a" * 2_000, b"", 400),
        ("PATCH", "/runtimes/", b"", 404),
        ("GET", "//", b"", 404),
        ("GET", "/runtimes/a/b/c/d/e", b"", 404),
        ("POST", "/gateways/", b"", 501),
    ],
)
def test_what_cannot_be_read_is_refused(emulator: Emulator, method: str, path: str, body: bytes, status: int) -> None:
    """Garbage in body, query or path is an error that boto3 understands, never a failure of the emulator."""
    answer = call(emulator.port, method, path, body)

    assert answer.status == status
    assert answer.headers["x-amzn-errortype"].isalpha()
    assert answer.json()["message"]


@pytest.mark.parametrize("name", ["x\r\nX-Injected: 1", "x\r\n\r\nHTTP/1.1 200 OK"])
def test_nothing_of_a_request_becomes_a_header(emulator: Emulator, name: str) -> None:
    """Line ends in a path or in a member stay in the JSON of the error."""
    answer = call(emulator.port, "GET", f"/runtimes/{segment(name)}/")

    assert answer.error == (400, "ValidationException")
    assert name in answer.json()["message"]
    assert set(answer.headers) == {"date", "content-type", "content-length", "x-amzn-errortype", "x-amzn-requestid"}


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.sampled_from(sorted(GOOD)) | st.text(), inner),
    max_leaves=12,
)


@settings(max_examples=100, suppress_health_check=list(HealthCheck), deadline=None)
@given(document=JSON, member=st.sampled_from(["agentRuntimeArtifact", "tags", "lifecycleConfiguration", "clientToken"]))
def test_no_document_makes_it_fail(emulator: Emulator, document: object, member: str) -> None:
    """Any JSON, whole or as a member of a good request: refused by name or taken, never 500."""
    assert create(emulator, document).status in MODELLED
    assert create(emulator, {**GOOD, member: document}).status in {202, *MODELLED}


def test_unknown_members_are_ignored(emulator: Emulator) -> None:
    """A client newer than the installed model is served."""
    answer = create(emulator, {**GOOD, "agentRuntimeName": "newer", "somethingNew": {"a": [1]}})

    assert answer.status == 202
    assert "somethingNew" not in client(emulator).get_agent_runtime(agentRuntimeId=answer.json()["agentRuntimeId"])


def test_policies_are_json_objects_of_known_resources(emulator: Emulator) -> None:
    """Text that is none is invalid; a policy for a resource that is not there is not found."""
    control = client(emulator)
    arn = control.get_agent_runtime(agentRuntimeId=created(emulator, "policed"))["agentRuntimeArn"]

    for resource, policy, code in [(arn, "{", "Validation"), (arn, "[]", "Validation"), (arn + "x", "{}", "NotFound")]:
        with pytest.raises(ClientError, match=code):
            control.put_resource_policy(resourceArn=resource, policy=policy)
    with pytest.raises(ClientError, match="NotFound"):
        control.tag_resource(resourceArn=arn.replace("123456789012", "210987654321"), tags={"a": "b"})


def test_a_resource_has_fifty_tags_at_most(emulator: Emulator) -> None:
    """The fifty-first is refused, and the others stay."""
    control = client(emulator)
    runtime_id = created(emulator, "many", agentRuntimeArtifact=container(IMAGE), tags={f"k{n}": "" for n in range(50)})
    arn = control.get_agent_runtime(agentRuntimeId=runtime_id)["agentRuntimeArn"]

    with pytest.raises(ClientError, match="ServiceQuotaExceededException"):
        control.tag_resource(resourceArn=arn, tags={"one": "more"})

    assert len(control.list_tags_for_resource(resourceArn=arn)["tags"]) == 50
