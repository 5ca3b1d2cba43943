"""The MCP client of `mcp` and the A2A client of `a2a-sdk` against the emulator, their requests signed as AWS wants."""

import asyncio
import json
import uuid
from collections.abc import Generator, Iterator
from typing import Any

import httpx
import httpx2
import pytest
from a2a.client import A2ACardResolver, ClientConfig, ClientFactory
from a2a.types import Message, Part, Role, SendMessageRequest
from client_runs import ManyAgents, running_agents, signed_headers
from mcp import Client
from mcp.client.streamable_http import streamable_http_client

SESSION_HEADER = "X-Amzn-Bedrock-AgentCore-Runtime-Session-Id"


@pytest.fixture(scope="module")
def agents(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ManyAgents]:
    """One emulator for all tests of the module."""
    with running_agents(tmp_path_factory.mktemp("protocols"), "mcp", "a2a") as running:
        yield running


class SignedForMcp(httpx2.Auth):
    """Signs each request of the MCP client."""

    requires_request_body = True

    def auth_flow(self, request: httpx2.Request) -> Generator[httpx2.Request, httpx2.Response, None]:
        request.headers.update(signed_headers(request.method, str(request.url), {}, request.content))
        yield request


class SignedForA2A(httpx.Auth):
    """Signs each request of the A2A client."""

    requires_request_body = True

    def auth_flow(self, request: httpx.Request) -> Generator[httpx.Request, httpx.Response, None]:
        request.headers.update(signed_headers(request.method, str(request.url), {}, request.content))
        yield request


@pytest.mark.parametrize("mode", ["legacy", "auto"])
def test_mcp(mode: Any, agents: ManyAgents) -> None:
    """The MCP client sees the tool and calls it twice, each time in the same process under the same session."""

    async def use() -> tuple[list[str], list[dict[str, Any]]]:
        async with httpx2.AsyncClient(auth=SignedForMcp(), timeout=30, trust_env=False) as http:
            transport = streamable_http_client(agents.invocations_url("mcp"), http_client=http)
            async with Client(transport, mode=mode) as client:
                tools = [tool.name for tool in (await client.list_tools()).tools]
                results = [await client.call_tool("whoami", {}) for _ in range(2)]
                return tools, [json.loads(result.content[0].text) for result in results]  # type: ignore[union-attr]  # text

    tools, (first, second) = asyncio.run(use())

    assert tools == ["whoami"]
    assert first["mcp_session_id"]
    assert (second["process"], second["mcp_session_id"]) == (first["process"], first["mcp_session_id"])


def test_a2a(agents: ManyAgents) -> None:
    """The A2A client reads the agent's card and gets its message answered, in the session that it names."""
    session_id = str(uuid.uuid4())

    async def use() -> tuple[str, dict[str, Any]]:
        headers = {SESSION_HEADER: session_id}
        async with httpx.AsyncClient(auth=SignedForA2A(), headers=headers, timeout=30, trust_env=False) as http:
            card = await A2ACardResolver(http, agents.invocations_url("a2a")).get_agent_card()
            # The card of an agent that was not told its public URL names its own address.
            card.supported_interfaces[0].url = agents.invocations_url("a2a")
            client = ClientFactory(ClientConfig(httpx_client=http, streaming=False)).create(card)
            message = Message(role=Role.ROLE_USER, message_id="1", parts=[Part(text="who are you?")])
            answers = [answer async for answer in client.send_message(SendMessageRequest(message=message))]
            return card.name, json.loads(answers[0].message.parts[0].text)

    name, seen = asyncio.run(use())

    assert name == "contract"
    assert (seen["path"], seen["session_id"]) == ("/", session_id)
