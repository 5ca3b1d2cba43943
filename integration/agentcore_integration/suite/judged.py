"""The backend under judgement, as the suite sees it: HTTP API, tables behind it, journal of the emulator."""

import json
import secrets
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, cast

from agentcore_contracts.http_client import Exchange, Headers, Request, Response, TimedEvent, Timeouts, send
from agentcore_contracts.target import Target
from agentcore_contracts.verify import RequirementFailed, TargetUnavailable, verify_status
from agentcore_integration.aws.bootstrap import Tokens, UserPool, new_user
from agentcore_integration.aws.clients import dynamodb_client

TIMEOUTS = Timeouts(connect_s=5.0, read_s=15.0, total_s=30.0)
AGENT = "onboarding"
"""The live agent the suite asks; ``agents/onboarding.py`` says how it answers."""


@dataclass(frozen=True)
class StoredMessage:
    """One item of the messages table."""

    timestamp: int
    role: str
    content: str
    status: str


@dataclass(frozen=True)
class JudgedBackend:
    """A running backend and what stands around it."""

    base_url: str
    emulator_url: str
    region: str
    pool: UserPool
    dynamodb_url: str
    messages_table: str

    @classmethod
    def from_target(cls, target: Target) -> "JudgedBackend":
        """Read the key ``backend`` of the target file. Raises ``TargetUnavailable`` when there is none."""
        described = target.extra.get("backend")
        if not isinstance(described, Mapping):
            raise TargetUnavailable("the target file describes no backend")
        backend = cast("Mapping[str, Any]", described)
        region = backend.get("region", target.region)
        cognito, dynamodb = backend["cognito"], backend["dynamodb"]
        pool = UserPool(cognito["endpoint_url"], region, cognito["user_pool_id"], cognito["client_id"])
        return cls(
            base_url=backend["base_url"],
            emulator_url=backend["emulator_url"],
            region=region,
            pool=pool,
            dynamodb_url=dynamodb["endpoint_url"],
            messages_table=dynamodb["messages_table"],
        )

    def new_user(self, name: str) -> "User":
        """Sign an invented user up and in, through Cognito."""
        return User(self, new_user(self.pool, name))

    def stored_messages(self, session_id: str) -> list[StoredMessage]:
        """Return the chat's messages as DynamoDB has them, in their order."""
        answer = dynamodb_client(self.dynamodb_url, self.region).query(
            TableName=self.messages_table,
            KeyConditionExpression="session_id = :id",
            ExpressionAttributeValues={":id": {"S": session_id}},
            ConsistentRead=True,
        )
        return [
            StoredMessage(int(item["timestamp"]["N"]), *(item.get(key, {}).get("S", "") for key in _TEXTS))
            for item in answer["Items"]
        ]

    def invocations(self, session_id: str) -> list[dict[str, Any]]:
        """Return what the emulator's journal has of this session."""
        response = send(Request("GET", self.emulator_url, f"/_emulator/journal?session_id={session_id}"), TIMEOUTS)
        return cast("dict[str, list[dict[str, Any]]]", response.json())["invocations"]

    def jwks(self) -> dict[str, Any]:
        """Return the pool's public keys."""
        path = f"/{self.pool.user_pool_id}/.well-known/jwks.json"
        return cast("dict[str, Any]", send(Request("GET", self.pool.endpoint_url, path), TIMEOUTS).json())


_TEXTS = ("role", "content", "status")


@dataclass(frozen=True)
class User:
    """Somebody who is signed in and uses the backend."""

    backend: JudgedBackend
    tokens: Tokens = field(repr=False)

    def call(self, method: str, path: str, body: object = None) -> Response:
        """Call the HTTP API with this user's access token."""
        return send(self.request(method, path, body), TIMEOUTS)

    def request(self, method: str, path: str, body: object = None) -> Request:
        """Return a request that carries this user's access token."""
        return api_request(self.backend.base_url, method, path, f"Bearer {self.tokens.access_token}", body)

    def new_chat(self, title: str = "A chat of the integration suite") -> str:
        """Create a chat and return its session id."""
        response = self.call("POST", "/api/chats", {"title": title, "agent": AGENT})
        verify_status(response, 201)
        created = response.json()
        if not isinstance(created, dict) or not isinstance(created.get("session_id"), str):
            raise RequirementFailed(
                expected='JSON with a text "session_id"', actual=repr(created), evidence=response.describe()
            )
        return str(created["session_id"])

    def ask(self, session_id: str, prompt: str) -> "Answer":
        """Ask the chat's agent and read the answer to its end."""
        return Answer(self.call("POST", f"/api/chats/{session_id}/invocations", {"prompt": prompt}))

    def ask_and_leave(self, session_id: str, prompt: str) -> list[TimedEvent]:
        """Ask, and close the connection after the first event."""
        request = self.request("POST", f"/api/chats/{session_id}/invocations", {"prompt": prompt})
        with Exchange(request, TIMEOUTS) as exchange:
            return [event for event, _ in zip(exchange.events(), range(1), strict=False)]


@dataclass(frozen=True)
class Answer:
    """The event stream that an invocation of the backend gave."""

    response: Response

    def of_type(self, name: str) -> list[TimedEvent]:
        """Return the events of this type."""
        return [timed for timed in self.response.events if timed.event.event == name]

    @property
    def texts(self) -> list[str]:
        """What the chunks say."""
        return [str(data(timed).get("text", "")) for timed in self.of_type("chunk")]

    @property
    def text(self) -> str:
        """All that was said."""
        return "".join(self.texts)

    @property
    def types(self) -> list[str]:
        """The types of the events in their order."""
        return [timed.event.event for timed in self.response.events]

    def describe(self) -> str:
        """Return the exchange in words, as evidence."""
        return self.response.describe()


@dataclass(frozen=True)
class Conversation:
    """A chat of one user with one question asked and answered in it."""

    session_id: str
    prompt: str
    answer: Answer


def converse(user: User) -> Conversation:
    """Create a chat, ask, and read the answer."""
    session_id = user.new_chat()
    prompt = f"Please greet me, {new_marker()}"
    answer = user.ask(session_id, prompt)
    verify_status(answer.response, 200)
    return Conversation(session_id, prompt, answer)


def api_request(base_url: str, method: str, path: str, authorization: str | None, body: object = None) -> Request:
    """Return a request with a JSON body, and with this ``Authorization`` header when there is one."""
    headers: Headers = (("Content-Type", "application/json"),)
    if authorization is not None:
        headers += (("Authorization", authorization),)
    return Request(method, base_url, path, headers, b"" if body is None else json.dumps(body).encode())


def data(timed: TimedEvent) -> dict[str, Any]:
    """Return the JSON object an event carries."""
    try:
        value = json.loads(timed.event.data)
    except ValueError:
        value = None
    if not isinstance(value, dict):
        raise RequirementFailed(expected="an event whose data is a JSON object", actual=repr(timed.event.data[:200]))
    return value


def new_marker() -> str:
    """Return a word that the agent repeats in each event of its answer, and that nobody else uses."""
    return f"marker:{secrets.token_hex(4)}"


def received_at_ms(invocation: Mapping[str, Any]) -> float:
    """Return when the emulator received an invocation, by the wall clock."""
    return datetime.fromisoformat(invocation["received_at"]).timestamp() * 1000


def wait_until(condition: Callable[[], bool], timeout_s: float) -> bool:
    """Return whether the condition came to hold within the time."""
    deadline_s = time.monotonic() + timeout_s
    while not (holds := condition()) and time.monotonic() < deadline_s:
        time.sleep(0.02)
    return holds


def routes_of(session_id: str) -> list[tuple[str, str, dict[str, str] | None]]:
    """Return method, path and body of a call to every route that belongs to a user."""
    return [
        ("GET", "/api/chats", None),
        ("POST", "/api/chats", {"agent": AGENT}),
        ("GET", f"/api/chats/{session_id}/messages", None),
        ("POST", f"/api/chats/{session_id}/invocations", {"prompt": "hello"}),
    ]
