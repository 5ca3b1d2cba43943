"""Headers of an invocation: which the agent gets, which come back, and how long each may be."""

from collections.abc import Iterator
from dataclasses import replace

import pytest
from control_calls import IMAGE, client, created
from emulator_calls import SESSION_HEADER, Answer, call, invocations_path, live, session_id

from agentcore_emulator.aws.request import listed_headers
from agentcore_emulator.server import Emulator
from agentcore_emulator.settings import Settings

CUSTOM = "X-Amzn-Bedrock-AgentCore-Runtime-Custom-"
USER_ID = "X-Amzn-Bedrock-AgentCore-Runtime-User-Id"
DISCOVERY = "https://login.test/pool/.well-known/openid-configuration"
JWT = {"customJWTAuthorizer": {"discoveryUrl": DISCOVERY, "allowedClients": ["c"]}}
TRACE = {"X-Amzn-Trace-Id": "Root=1", "traceparent": "00-1-2-01", "tracestate": "a=1", "baggage": "b=2"}


@pytest.fixture(scope="module")
def emulator() -> Iterator[Emulator]:
    """An emulator with the agent that tells what it saw."""
    settings = Settings(agents=(live("probe", "probe_agent.py", "app"),), bindings={IMAGE: "probe"}, transition_s=60.0)
    with Emulator(settings) as emulator:
        yield emulator


@pytest.fixture(scope="module")
def listing(emulator: Emulator) -> str:
    """The ARN of a runtime of the same agent, with an allow-list."""
    return _arn(emulator, "listing", requestHeaderConfiguration={"requestHeaderAllowlist": ["X-Listed", f"{CUSTOM}L"]})


@pytest.fixture(scope="module")
def oauth(emulator: Emulator) -> str:
    """The ARN of a runtime of the same agent, with a JWT authorizer and the caller's token on its allow-list."""
    allowed = {"requestHeaderAllowlist": ["Authorization"]}
    return _arn(emulator, "oauth", requestHeaderConfiguration=allowed, authorizerConfiguration=JWT)


def _arn(emulator: Emulator, name: str, **members: object) -> str:
    runtime_id = created(emulator, name, **members)
    arn: str = client(emulator).get_agent_runtime(agentRuntimeId=runtime_id)["agentRuntimeArn"]
    return arn


def sent(emulator: Emulator, arn: object, headers: dict[str, str], query: str = "") -> Answer:
    """An invocation of the session `a` with these headers."""
    return call(emulator.port, "POST", invocations_path(arn, query), b"1", {SESSION_HEADER: session_id("a")} | headers)


def seen(emulator: Emulator, arn: object, headers: dict[str, str]) -> dict[str, str]:
    """The headers that reached the agent."""
    reached: dict[str, str] = sent(emulator, arn, headers).json()["headers"]
    return reached


def test_listed_headers_reach_the_agent_in_any_case(emulator: Emulator, listing: str) -> None:
    """Names are compared without regard to case; the custom prefix needs listing as well."""
    headers = seen(emulator, listing, {"x-LISTED": "one", f"{CUSTOM.upper()}L": "two"})

    assert headers["x-listed"] == "one"
    assert headers[f"{CUSTOM}L".lower()] == "two"


def test_authorization_reaches_the_agent_of_a_jwt_runtime_that_lists_it(emulator: Emulator, oauth: str) -> None:
    """Only there; elsewhere the credential stays outside, listed or not."""
    bearer = [(b"authorization", b"Bearer t"), (b"x-unlisted", b"x")]
    deployment = emulator.core.registry.resolve(oauth, None, "DEFAULT")

    assert listed_headers(bearer, deployment) == bearer[:1]
    assert listed_headers(bearer, replace(deployment, authorizer=None)) == []
    assert "authorization" not in seen(emulator, emulator.runtime("probe").arn, {"Authorization": "Bearer t"})


@pytest.mark.parametrize("name", ["X-Unlisted", f"{CUSTOM}Unlisted", "X-Amz-Date", "Cookie", "User-Agent", USER_ID])
def test_other_headers_stay_outside(emulator: Emulator, listing: str, name: str) -> None:
    """Unlisted, reserved and restricted names, and the user id, which AWS is not known to pass on."""
    assert name.lower() not in seen(emulator, listing, {name: "x"})


@pytest.mark.parametrize(("size", "status"), [(4_096, 200), (4_097, 400)])
def test_a_listed_value_has_4_kb(emulator: Emulator, listing: str, size: int, status: int) -> None:
    """A longer one is refused."""
    assert sent(emulator, listing, {"X-Listed": "x" * size}).status == status


@pytest.mark.parametrize(
    ("name", "longest"),
    [
        ("Accept", 256),
        ("Content-Type", 256),
        ("baggage", 8_192),
        ("tracestate", 512),
        ("traceparent", 128),
        ("X-Amzn-Trace-Id", 128),
        ("Mcp-Session-Id", 1_024),
        ("Mcp-Protocol-Version", 1_024),
        ("Mcp-Method", 1_024),
        ("Mcp-Name", 1_024),
        (USER_ID, 1_024),
    ],
)
def test_a_modelled_header_has_its_length(emulator: Emulator, name: str, longest: int) -> None:
    """The longest is taken, one more is refused with the member's name."""
    arn = emulator.runtime("probe").arn

    assert sent(emulator, arn, {name: "x" * longest}).status == 200
    refused = sent(emulator, arn, {name: "x" * (longest + 1)})
    assert refused.error == (400, "ValidationException")
    assert refused.json()["fieldList"][0]["name"] in refused.json()["message"]


@pytest.mark.parametrize("name", ["Accept", "Mcp-Name", USER_ID])
def test_a_modelled_header_is_not_empty(emulator: Emulator, name: str) -> None:
    """At least one character, where the model says so."""
    assert sent(emulator, emulator.runtime("probe").arn, {name: ""}).error == (400, "ValidationException")


def test_the_trace_of_a_request_is_in_its_answer(emulator: Emulator) -> None:
    """The agent gets it, and the client gets it back; none is made up."""
    answer = sent(emulator, emulator.runtime("probe").arn, TRACE)

    assert {name: answer.headers.get(name.lower()) for name in TRACE} == TRACE
    assert {name: answer.json()["headers"].get(name.lower()) for name in TRACE} == TRACE
    assert not {name.lower() for name in TRACE} & set(sent(emulator, emulator.runtime("probe").arn, {}).headers)


def test_the_agent_s_own_trace_wins(emulator: Emulator) -> None:
    """What the agent says about the trace replaces what the request said."""
    order = b'{"do": "trace"}'
    answer = call(emulator.port, "POST", invocations_path(emulator.runtime("probe").arn), order, TRACE)

    assert (answer.headers["traceparent"], answer.headers["baggage"]) == ("the agent's own", "b=2")


def test_a_bare_id_in_another_account_is_unknown(emulator: Emulator) -> None:
    """The account decides for a bare id; a full ARN names its own."""
    runtime = emulator.runtime("probe")

    assert sent(emulator, runtime.id, {}, "?accountId=999999999999").error == (404, "ResourceNotFoundException")
    assert sent(emulator, runtime.id, {}, "?accountId=12345").error == (400, "ValidationException")
    assert sent(emulator, runtime.arn, {}, "?accountId=123456789012").status == 200


def test_a_retry_with_the_same_session_id_reaches_the_same_session(emulator: Emulator) -> None:
    """The id is the idempotency token: what an SDK sends again does not begin another session."""
    arn = emulator.runtime("probe").arn
    pids = {sent(emulator, arn, {"amz-sdk-request": f"attempt={n}; max=3"}).json()["pid"] for n in (1, 2)}

    assert len(pids) == 1


def test_the_protected_resource_document_tells_where_to_get_a_token(emulator: Emulator, oauth: str) -> None:
    """Without authorization, and without scopes when none are asked for."""
    path = invocations_path(oauth) + "/.well-known/oauth-protected-resource?qualifier=DEFAULT"
    answer = call(emulator.port, "GET", path)

    assert answer.json() == {
        "resource": f"{emulator.url}{invocations_path(oauth)}?qualifier=DEFAULT",
        "authorization_servers": ["https://login.test/pool"],
        "bearer_methods_supported": ["header"],
    }


def test_a_runtime_with_signed_requests_has_no_such_document(emulator: Emulator) -> None:
    """There is no token to get for it."""
    path = invocations_path(emulator.runtime("probe").arn) + "/.well-known/oauth-protected-resource"

    assert call(emulator.port, "GET", path).error == (404, "ResourceNotFoundException")
