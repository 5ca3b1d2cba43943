"""What a request to open a WebSocket says, and what is told in its place before the upgrade."""

import json
import socket

import pytest
from emulator_calls import SESSION_HEADER, TIMEOUT_S, Answer, call, live, raw, script, session_id
from token_issuer import CLIENT, Issuer, base64url
from websocket_calls import handshake, read_head, socket_path

from agentcore_emulator.auth.authorizer_config import AuthorizerConfig
from agentcore_emulator.auth.settings import AuthMode, AuthSettings
from agentcore_emulator.errors import ServiceError
from agentcore_emulator.quotas import Quotas
from agentcore_emulator.server import Emulator
from agentcore_emulator.settings import Settings
from agentcore_emulator.websocket.upgrade import SHELL, SOCKET, parse_upgrade

ARN = "arn:aws:bedrock-agentcore:ap-southeast-2:123456789012:runtime/x-0123456789"
SESSION = SESSION_HEADER.lower()
SENTINEL = "base64UrlBearerAuthorization"
CUSTOM = "x-amzn-bedrock-agentcore-runtime-custom-"


@pytest.mark.parametrize(
    ("path", "operation", "identifier"),
    [
        (f"/runtimes/{ARN}/ws", SOCKET, ARN),
        (f"/runtimes/{ARN.replace(':', '%3A').replace('/', '%2F')}/ws", SOCKET, ARN),
        (f"/runtimes/{ARN}/runtime-endpoint/e/ws", SOCKET, f"{ARN}/runtime-endpoint/e"),
        (f"/runtimes/{ARN}/ws/shells", SHELL, ARN),
        ("/runtimes/x-0123456789/ws", SOCKET, "x-0123456789"),
        ("/runtimes/x/ws/shells", SHELL, "x"),
    ],
)
def test_the_path_names_operation_and_runtime(path: str, operation: str, identifier: str) -> None:
    """An ARN may be encoded or not; a bare id stands for itself."""
    upgrade = parse_upgrade(path.encode(), b"", [])

    assert (upgrade.operation, upgrade.identifier) == (operation, identifier)


@pytest.mark.parametrize(
    "path", ["/", "/ws", "/runtimes/ws", "/runtimes//ws", "/runtimes/x/y/ws", "/runtimes/x/wss", "/x/runtimes/y/ws", ""]
)
def test_no_other_path_opens_a_socket(path: str) -> None:
    """It is an operation that nobody has."""
    with pytest.raises(ServiceError) as caught:
        parse_upgrade(path.encode(), b"", [])

    assert caught.value.code == "UnknownOperationException"


def test_a_header_wins_over_the_query() -> None:
    """For the session id and for custom headers."""
    query = f"{SESSION}={'q' * 33}&{CUSTOM}a=q&{CUSTOM}b=q".encode()
    headers = [(SESSION.encode(), b"h" * 33), (f"{CUSTOM}a".encode(), b"h")]
    upgrade = parse_upgrade(f"/runtimes/{ARN}/ws".encode(), query, headers)

    assert upgrade.session_id == "h" * 33
    assert upgrade.custom == [(f"{CUSTOM}a".encode(), b"h"), (f"{CUSTOM}b".encode(), b"q")]


def test_the_agent_gets_trace_listed_and_custom_headers() -> None:
    """And nothing else of what the client sent."""
    headers = [(b"traceparent", b"t"), (b"cookie", b"c"), (b"x-listed", b"l"), (f"{CUSTOM}a".encode(), b"c")]
    upgrade = parse_upgrade(f"/runtimes/{ARN}/ws".encode(), b"", headers)
    forwarded = upgrade.forwarded(headers, [(b"x-listed", b"l"), (f"{CUSTOM}a".encode(), b"c")])

    assert forwarded == [(b"traceparent", b"t"), (b"x-listed", b"l"), (f"{CUSTOM}a".encode(), b"c")]


@pytest.mark.parametrize(
    "query",
    [
        f"{SESSION}=short",
        f"{SESSION}={'x' * 257}",
        f"{SESSION}={'x' * 33}%0d%0aevil:%201",
        f"{SESSION}={'x' * 33}%00",
        f"{SESSION}={'%E2%82%AC' * 33}",
        f"{CUSTOM}a=1%0d%0aevil:%201",
        f"{CUSTOM}a=%E2%82%AC",
        f"{CUSTOM}a={'x' * 4_097}",
        "shellId=-x",
        "shellId=a%20b",
        f"shellId={'x' * 129}",
        "&".join("a" * 101),
    ],
)
def test_what_a_header_cannot_carry_is_refused(query: str) -> None:
    """The query cannot end a line of the agent's request, nor break a limit."""
    with pytest.raises(ServiceError) as caught:
        parse_upgrade(f"/runtimes/{ARN}/ws".encode(), query.encode(), [])

    assert caught.value.code == "ValidationException"


def told(emulator: Emulator, path: str, **headers: str) -> Answer:
    """The plain HTTP answer in place of an upgrade."""
    with socket.create_connection(("127.0.0.1", emulator.port), timeout=TIMEOUT_S) as connection:
        connection.sendall(handshake(path, **headers))
        head, _, body = b"".join(iter(lambda: connection.recv(65_536), b"")).partition(b"\r\n\r\n")
    status, *lines = head.decode().split("\r\n")
    return Answer(int(status.split()[1]), dict(line.lower().split(": ", 1) for line in lines), body)


def test_errors_before_the_upgrade_are_plain_http() -> None:
    """Status, type and message as for every operation; each is in the journal."""
    agents = (live("broken", "broken_at_import.py"),)
    with Emulator(Settings(agents=agents, scenarios=(script("s", 0),))) as emulator:
        scripted, broken = emulator.runtime("s").arn, emulator.runtime("broken").arn
        answers = {
            "unknown": told(emulator, socket_path(ARN)),
            "qualifier": told(emulator, socket_path(scripted, qualifier="none")),
            "session": told(emulator, socket_path(scripted), **{SESSION_HEADER: "short"}),
            "version": told(emulator, socket_path(scripted), Sec_WebSocket_Version="12"),
            "key": told(emulator, socket_path(scripted), Sec_WebSocket_Key=""),
            "broken": told(emulator, socket_path(broken), **{SESSION_HEADER: session_id("b")}),
            "page": told(emulator, socket_path(scripted), Origin="https://evil.example"),
            "frame": told(emulator, socket_path(scripted), Origin="null"),
            "path": told(emulator, "/runtimes/x/y/ws"),
            "shell": told(emulator, socket_path(scripted, "ws/shells")),
        }

    assert {name: (answer.status, answer.headers["x-amzn-errortype"]) for name, answer in answers.items()} == {
        "unknown": (404, "resourcenotfoundexception"),
        "qualifier": (404, "resourcenotfoundexception"),
        "session": (400, "validationexception"),
        "version": (400, "validationexception"),
        "key": (400, "validationexception"),
        "broken": (424, "runtimeclienterror"),
        "page": (403, "accessdeniedexception"),
        "frame": (403, "accessdeniedexception"),
        "path": (404, "unknownoperationexception"),
        "shell": (400, "validationexception"),
    }
    assert all(json.loads(answer.body)["message"] for answer in answers.values())
    assert "initialization time exceeded" in answers["broken"].json()["message"]


def test_quotas_and_authorization_hold_before_the_upgrade() -> None:
    """402 without a session to be had, 429 without a call to be had, 403 without a signature."""
    scenario = (script("s", 0),)
    for settings, expected in (
        (Settings(scenarios=scenario, quotas=Quotas(active_sessions=0)), (402, "servicequotaexceededexception")),
        (Settings(scenarios=scenario, quotas=Quotas(calls_per_s=0)), (429, "throttlingexception")),
        (Settings(scenarios=scenario, auth=AuthSettings(AuthMode.PERMISSIVE)), (403, "accessdeniedexception")),
    ):
        with Emulator(settings) as emulator:
            answer = told(emulator, socket_path(emulator.runtime("s").arn))
        assert (answer.status, answer.headers["x-amzn-errortype"]) == expected


def test_a_page_of_this_machine_may_open_sockets() -> None:
    """A development server on loopback, whatever its port."""
    with Emulator(Settings(scenarios=(script("s", 0),))) as emulator:
        path = socket_path(emulator.runtime("s").arn)
        for origin in ("http://localhost:3000", "http://127.0.0.1", "https://[::1]:8443"):
            assert raw(emulator.port, handshake(path, Origin=origin)).startswith(b"HTTP/1.1 101 ")


def test_a_verified_token_opens_a_socket_for_any_page() -> None:
    """The handshake selects the sentinel; a page with another client's token is told 401."""
    with Issuer() as issuer:
        config = AuthorizerConfig.read(
            {"customJWTAuthorizer": {"discoveryUrl": issuer.discovery_url, "allowedClients": [CLIENT]}}
        )
        auth = AuthSettings(authorizers={"s": config})
        with Emulator(Settings(scenarios=(script("s", 0),), auth=auth)) as emulator:
            path = socket_path(emulator.runtime("s").arn)
            for client, status in ((CLIENT, b"101"), ("other", b"401")):
                offered = f"{SENTINEL}.{base64url(issuer.token(client_id=client).encode())}, {SENTINEL}"
                with socket.create_connection(("127.0.0.1", emulator.port), timeout=TIMEOUT_S) as connection:
                    connection.sendall(handshake(path, Origin="null", Sec_WebSocket_Protocol=offered))
                    answer = read_head(connection)
                assert answer.startswith(b"HTTP/1.1 " + status)
                assert (b"sec-websocket-protocol: base64urlbearerauthorization\r\n" in answer.lower()) == (
                    status == b"101"
                )


def test_without_an_upgrade_there_is_no_socket() -> None:
    """An ordinary GET is told so."""
    with Emulator(Settings(scenarios=(script("s", 0),))) as emulator:
        answer = call(emulator.port, "GET", socket_path(emulator.runtime("s").arn))

    assert answer.error == (400, "ValidationException")
    assert "needs a WebSocket upgrade" in answer.json()["message"]
