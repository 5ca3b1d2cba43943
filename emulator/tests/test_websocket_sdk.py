"""The AgentCore SDK's own clients: what they generate reaches the emulator once its host is replaced."""

import asyncio
import base64
import json
import socket
import warnings
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import websockets
from boto3 import Session
from emulator_calls import SESSION_HEADER, admin, live, session_id
from signed_requests import frozen
from websockets.asyncio import client as asyncio_client
from websockets.exceptions import InvalidStatus
from websockets.sync.client import ClientConnection, connect
from websockets.typing import Subprotocol

from agentcore_emulator.auth.settings import AuthMode, AuthSettings
from agentcore_emulator.auth.sigv4_verify import AccessKey
from agentcore_emulator.server import Emulator
from agentcore_emulator.settings import Settings

with warnings.catch_warnings():
    warnings.simplefilter("ignore", DeprecationWarning)  # of the SDK's own
    from bedrock_agentcore.runtime import AgentCoreRuntimeClient
    from bedrock_agentcore.runtime.shell import ShellChannel, ShellSession

SENTINEL = "base64UrlBearerAuthorization"
HANDSHAKE = {"Host", "Upgrade", "Connection", "Sec-WebSocket-Key", "Sec-WebSocket-Version", "User-Agent"}


@pytest.fixture(scope="module")
def emulator() -> Iterator[Emulator]:
    """An emulator that verifies signatures."""
    auth = AuthSettings(AuthMode.STRICT, {"AKIDTEST": AccessKey("secret")})
    with Emulator(Settings(agents=(live("socket", "socket_agent.py"),), auth=auth)) as emulator:
        yield emulator


class LocalClient(AgentCoreRuntimeClient):
    """The SDK's client; whatever URL it makes, signed for AWS's host, leads to the emulator."""

    def __init__(self, emulator: Emulator) -> None:
        super().__init__("ap-southeast-2", Session("AKIDTEST", "secret", region_name="ap-southeast-2"))
        self.port = emulator.port
        self.arn = str(emulator.runtime("socket").arn)

    def connect(self, url: str, headers: dict[str, str], offered: list[str] | None = None) -> ClientConnection:
        """An ordinary client of that URL, on a connection to the emulator."""
        return connect(
            url.replace("wss://", "ws://"),
            sock=socket.create_connection(("127.0.0.1", self.port)),
            additional_headers={name: value for name, value in headers.items() if name not in HANDSHAKE},
            subprotocols=None if offered is None else [Subprotocol(name) for name in offered],
            ping_interval=None,
        )

    def told(self, url: str, headers: dict[str, str], offered: list[str] | None = None) -> tuple[Any, ClientConnection]:
        """What the agent at that URL says of the handshake, and the client."""
        with self.connect(url, headers, offered) as client:
            client.send("tell")
            return json.loads(client.recv()), client


@pytest.fixture
def client(emulator: Emulator) -> LocalClient:
    """The SDK's client."""
    return LocalClient(emulator)


def test_a_generated_connection_opens(client: LocalClient) -> None:
    """The header form: signed, with the session id beside the signature."""
    url, headers = client.generate_ws_connection(client.arn, session_id=session_id("sdk"), endpoint_name="DEFAULT")
    told, opened = client.told(url, headers)

    assert opened.response is not None
    assert told["session"] == opened.response.headers[SESSION_HEADER] == session_id("sdk")
    assert "authorization" not in told["headers"]


def test_a_presigned_url_opens(client: LocalClient) -> None:
    """The query form: session id and custom headers are part of what is signed."""
    custom = {"X-Amzn-Bedrock-AgentCore-Runtime-Custom-Tenant": "acme"}
    url = client.generate_presigned_url(client.arn, session_id=session_id("sdk"), custom_headers=custom)
    told, _ = client.told(url, {})

    assert told["session"] == session_id("sdk")
    assert told["headers"]["x-amzn-bedrock-agentcore-runtime-custom-tenant"] == "acme"
    assert not [name for name in told["headers"] if name.startswith("x-amz-")]


def test_a_presigned_url_expires_and_its_socket_does_not(emulator: Emulator, client: LocalClient) -> None:
    """The signature is looked at before the upgrade, and never again."""
    with frozen(datetime.now(UTC) - timedelta(seconds=2)):
        url = client.generate_presigned_url(client.arn, session_id=session_id("sdk"), expires=60)
    with client.connect(url, {}) as opened:
        admin(emulator.port, "clock", {"advance_s": 61})
        with pytest.raises(InvalidStatus) as caught:
            client.connect(url, {})
        opened.send("still here")
        assert opened.recv() == "still here"

    assert caught.value.response.status_code == 403
    assert caught.value.response.headers["x-amzn-ErrorType"] == "AccessDeniedException"


def test_a_token_for_a_signed_runtime_is_the_wrong_method(client: LocalClient) -> None:
    """In the header and as a subprotocol alike."""
    url, headers = client.generate_ws_connection_oauth(client.arn, "token", session_id=session_id("sdk"))
    carried = base64.urlsafe_b64encode(b"token").rstrip(b"=").decode()
    for sent, offered in ((headers, None), ({}, [f"{SENTINEL}.{carried}", SENTINEL])):
        with pytest.raises(InvalidStatus) as caught:
            client.told(url, sent, offered)
        assert caught.value.response.status_code == 403
        assert b"Authorization method mismatch" in (caught.value.response.body or b"")


def test_the_sentinel_is_selected_where_the_token_came_as_a_subprotocol() -> None:
    """And no other subprotocol is, whatever else is offered."""
    with Emulator(Settings(agents=(live("socket", "socket_agent.py"),))) as emulator:
        client = LocalClient(emulator)
        url, _ = client.generate_ws_connection(client.arn)
        _, opened = client.told(url, {}, ["chat", f"{SENTINEL}.dG9rZW4", SENTINEL])
        assert opened.subprotocol == SENTINEL
        _, opened = client.told(url, {}, ["chat"])
        assert opened.subprotocol is None


def test_the_sdk_s_shell_session_works(client: LocalClient, monkeypatch: pytest.MonkeyPatch) -> None:
    """It types, reads, resizes, comes back to the same shell, and learns the exit code."""

    def connect_locally(url: str, **named: Any) -> Any:
        kept = {name: value for name, value in named["additional_headers"].items() if name not in HANDSHAKE}
        local = url.replace("wss://", "ws://")
        return asyncio_client.connect(local, additional_headers=kept, host="127.0.0.1", port=client.port)

    monkeypatch.setattr(websockets, "connect", connect_locally)
    output, exit_code = asyncio.run(converse(client))

    assert "132x43 kept" in output
    assert exit_code == 3


async def converse(client: LocalClient) -> tuple[str, int | None]:
    """Two connections to one shell; what the second reads, and the exit code."""
    names = {"session_id": session_id("shell"), "shell_id": "debug"}
    async with ShellSession(client, client.arn, **names) as shell:  # type: ignore[arg-type]
        await shell.resize(132, 43)
        await shell.send("x=kept\n")
        await read_until(shell, "$ ")
    async with ShellSession(client, client.arn, **names) as shell:  # type: ignore[arg-type]
        await shell.send("stty size | while read h w; do echo ${w}x$h $x; done; exit 3\n")
        return await read_until(shell, None), shell.exit_code


async def read_until(shell: ShellSession, end: str | None) -> str:
    """What the shell prints until its end, or until `end` if there is one."""
    output = ""
    async for frame in shell:
        if frame.channel is ShellChannel.STDOUT:
            output += frame.text
            if end is not None and (end in output or "# " in output):
                break
    return output
