"""The backend's HTTP API: what it answers to requests that are wrong, and when what it depends on fails."""

import json
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager

import pytest
from aws_child import REGION, aws
from scripted_upstream import Script, StreamHandler, scripted_upstream
from served_backend import serving

from agentcore_backend.app import build_app, build_services, build_verifier
from agentcore_backend.settings import Settings
from agentcore_contracts.http_client import Request, Response, send
from agentcore_integration.aws.bootstrap import (
    MESSAGES_TABLE,
    SESSIONS_TABLE,
    UserPool,
    create_tables,
    create_user_pool,
    new_user,
)
from agentcore_integration.aws.clients import DUMMY_ACCESS_KEY, DUMMY_SECRET_KEY
from agentcore_integration.process import Child

__all__ = ["aws"]

ARN = "arn:aws:bedrock-agentcore:ap-southeast-2:123456789012:runtime/onboarding-a1B2c3D4e5"
Api = Callable[..., Response]
Serve = Callable[..., AbstractContextManager[Api]]


def two_events(stream: StreamHandler) -> None:
    """Answer with two events."""
    stream.begin()
    stream.event('{"text": "Hello "}')
    stream.event('{"text": "you\\u2028"}')
    stream.chunk(b"")


@pytest.fixture(scope="module")
def pool(aws: Child) -> UserPool:
    """A pool, and the tables."""
    create_tables(aws.url, REGION)
    return create_user_pool(aws.url, REGION)


@pytest.fixture
def serve(aws: Child, pool: UserPool, monkeypatch: pytest.MonkeyPatch) -> Serve:
    """Serves the backend in front of a script and yields a function that calls its API."""
    token = new_user(pool, "alice").access_token

    @contextmanager
    def serve(script: Script = two_events, **changes: object) -> Iterator[Api]:
        with scripted_upstream(script) as upstream:
            monkeypatch.setenv("AWS_ACCESS_KEY_ID", DUMMY_ACCESS_KEY)
            monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", DUMMY_SECRET_KEY)
            monkeypatch.setenv("AWS_ENDPOINT_URL", aws.url)
            monkeypatch.setenv("AWS_ENDPOINT_URL_BEDROCK_AGENTCORE", upstream.url)
            settings = settings_for(pool, **changes)
            with serving(build_app(build_services(settings), build_verifier(settings))) as url:

                def call(method: str, path: str, body: bytes | None = None) -> Response:
                    headers = (("Authorization", f"Bearer {token}"), ("Content-Type", "application/json"))
                    return send(Request(method, url, path, headers, body or b""))

                yield call

    return serve


def settings_for(pool: UserPool, **changes: object) -> Settings:
    """Settings for the offline AWS, some of them changed."""
    known = {
        "region": REGION,
        "user_pool_id": pool.user_pool_id,
        "client_id": pool.client_id,
        "issuer": pool.issuer,
        "jwks_url": pool.jwks_url,
        "sessions_table": SESSIONS_TABLE,
        "messages_table": MESSAGES_TABLE,
        "agents": {"onboarding": ARN},
    }
    return Settings(**{**known, **changes})  # type: ignore[arg-type]  # a test names the right ones


def new_chat(call: Api) -> str:
    """Create a chat and return the path of it."""
    created = json.loads(call("POST", "/api/chats", b'{"agent": "onboarding"}').body)
    return f"/api/chats/{created['session_id']}"


def code_of(response: Response) -> str:
    """The code of an error answer, whose form is checked on the way."""
    error = json.loads(response.body)["error"]
    assert {"code", "message"} == set(error)
    return str(error["code"])


@pytest.mark.parametrize(
    ("method", "path", "body", "status", "code"),
    [
        ("POST", "/api/chats", b"{", 400, "invalid_request"),
        ("POST", "/api/chats", b"[]", 400, "invalid_request"),
        ("POST", "/api/chats", b"{}", 400, "invalid_request"),
        ("POST", "/api/chats", b'{"agent": "nobody"}', 400, "invalid_request"),
        ("POST", "/api/chats", b'{"agent": "onboarding", "title": ""}', 400, "invalid_request"),
        ("POST", "/api/chats/unknown/invocations", b'{"prompt": "hello"}', 404, "not_found"),
        ("GET", "/api/chats/unknown/messages", None, 404, "not_found"),
        ("GET", "/api/chats/%2e%2e/messages", None, 404, "not_found"),
        ("GET", "/api/nothing", None, 404, "not_found"),
        ("DELETE", "/api/chats", None, 405, "method_not_allowed"),
        ("GET", "/docs", None, 404, "not_found"),
    ],
)
def test_wrong_requests(serve: Serve, method: str, path: str, body: bytes | None, status: int, code: str) -> None:
    """A request that is wrong is answered with its status, a code, and a message, always in the same form."""
    with serve() as call:
        response = call(method, path, body)
    assert (status, code) == (response.status, code_of(response))


@pytest.mark.parametrize("prompt", ["", "x" * 100_001, 7, None], ids=["empty", "too long", "number", "null"])
def test_wrong_prompts(serve: Serve, prompt: object) -> None:
    """A prompt that is none is refused, and is not repeated in the answer."""
    with serve() as call:
        response = call("POST", f"{new_chat(call)}/invocations", json.dumps({"prompt": prompt}).encode())
    assert (response.status, code_of(response)) == (400, "invalid_request")
    assert b"xxx" not in response.body


def test_stream(serve: Serve) -> None:
    """An answer is an event stream of chunks and one ``done``, in LF lines."""
    with serve() as call:
        response = call("POST", f"{new_chat(call)}/invocations", b'{"prompt": "hello"}')
    assert response.header("content-type") == "text/event-stream; charset=utf-8"
    assert [timed.event.event for timed in response.events] == ["chunk", "chunk", "done"]
    assert b"\r" not in response.body


@pytest.mark.parametrize("table", ["sessions_table", "messages_table"])
def test_store_unavailable(serve: Serve, table: str) -> None:
    """A store that does not answer is a 503 that says so, and not an empty list."""
    with serve() as call:
        chat = new_chat(call)
    with serve(**{table: "no-such-table"}) as call:
        response = call("GET", f"{chat}/messages")
    assert (response.status, code_of(response)) == (503, "store_unavailable")


def test_agent_is_gone(serve: Serve) -> None:
    """A chat whose agent was taken away can be read and not asked."""
    with serve() as call:
        chat = new_chat(call)
    with serve(agents={"another": ARN}) as call:
        assert call("GET", f"{chat}/messages").status == 200
        assert code_of(call("POST", f"{chat}/invocations", b'{"prompt": "hello"}')) == "not_found"


def test_keys_unavailable(serve: Serve) -> None:
    """While no key can be fetched, calls are answered 503: the caller's token may be good."""
    with serve(jwks_url="http://127.0.0.1:9/jwks.json") as call:
        response = call("GET", "/api/chats")
    assert (response.status, code_of(response)) == (503, "keys_unavailable")


def test_error_of_the_service(serve: Serve) -> None:
    """A refusal by AgentCore is one ``error`` event that does not tell what the service wrote."""
    with serve(lambda stream: stream.error(402, "ServiceQuotaExceededException")) as call:
        response = call("POST", f"{new_chat(call)}/invocations", b'{"prompt": "hello"}')
    (event,) = (timed.event for timed in response.events)
    assert (event.event, json.loads(event.data)["code"]) == ("error", "ServiceQuotaExceededException")
    assert b"123456789012" not in response.body
