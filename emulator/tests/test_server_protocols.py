"""Agents that speak MCP, A2A or AG-UI: where their messages go, and how their errors come back."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from botocore.exceptions import ClientError
from control_calls import client
from emulator_calls import Answer, call, invocations_path, invoke, live, script, session_id

from agentcore_emulator.model import ServerProtocol
from agentcore_emulator.quotas import Quotas
from agentcore_emulator.server import Emulator
from agentcore_emulator.settings import Settings

MCP = "Mcp-Session-Id"
PROTOCOLS: dict[str, ServerProtocol] = {"mcp": "MCP", "a2a": "A2A", "agui": "AGUI", "tools": "MCP"}


@pytest.fixture(scope="module")
def emulator() -> Iterator[Emulator]:
    """An emulator with one agent for each protocol, and a real MCP server."""
    agents = tuple(live(name, "protocol_agent.py", "app") for name in ("mcp", "a2a", "agui"))
    settings = Settings(agents=(*agents, live("tools", "mcp_agent.py", "app")), protocols=PROTOCOLS)
    with Emulator(settings) as emulator:
        yield emulator


def sent(emulator: Emulator, name: str, payload: object, query: str = "", **headers: str) -> Answer:
    """An invocation without a runtime session id."""
    named = {key.replace("_", "-"): value for key, value in headers.items()}
    path = invocations_path(emulator.runtime(name).arn, query)
    return call(emulator.port, "POST", path, json.dumps(payload).encode(), named)


@pytest.mark.parametrize(("name", "path"), [("mcp", "/mcp"), ("a2a", "/"), ("agui", "/invocations")])
def test_each_protocol_has_its_path(emulator: Emulator, name: str, path: str) -> None:
    """The agent sees the POST where its protocol puts it."""
    assert sent(emulator, name, {}).json()["path"] == path


def test_an_mcp_session_id_is_made_told_and_returned(emulator: Emulator) -> None:
    """A message without the header begins a session; its id leads back to the same process."""
    first = sent(emulator, "mcp", {"method": "tools/call"})
    given = first.headers[MCP.lower()]
    again = sent(emulator, "mcp", {}, Mcp_Session_Id=given)

    assert first.json()["headers"][MCP.lower()] == given
    assert again.json()["pid"] == first.json()["pid"]
    assert again.headers[MCP.lower()] == given
    assert sent(emulator, "mcp", {}).json()["pid"] != first.json()["pid"]


def test_a_server_that_chooses_its_mcp_session_id_keeps_it(emulator: Emulator) -> None:
    """`initialize` goes there without an id; the chosen one is returned and leads to the same process."""
    first = sent(emulator, "mcp", {"method": "initialize", "choose": "its own"})
    again = sent(emulator, "mcp", {}, Mcp_Session_Id="its own")

    assert MCP.lower() not in first.json()["headers"]
    assert first.headers[MCP.lower()] == "its own"
    assert again.json()["pid"] == first.json()["pid"]


def test_boto3_reaches_an_mcp_session_again(emulator: Emulator) -> None:
    """The id that boto3 parses from one answer is the one that it sends with the next."""
    aws, arn = client(emulator, "bedrock-agentcore"), str(emulator.runtime("mcp").arn)
    first = aws.invoke_agent_runtime(agentRuntimeArn=arn, payload=b"{}")
    again = aws.invoke_agent_runtime(agentRuntimeArn=arn, payload=b"{}", mcpSessionId=first["mcpSessionId"])

    assert json.load(again["response"])["pid"] == json.load(first["response"])["pid"]


def test_a_real_mcp_server_keeps_its_own_sessions(emulator: Emulator) -> None:
    """Initialized through the emulator, called twice: one process, one session of the server's own."""
    accept = {"Accept": "application/json, text/event-stream", "Content-Type": "application/json"}

    def rpc(session: str | None, method: str, **params: object) -> Answer:
        message = json.dumps({"jsonrpc": "2.0", "id": 1, "method": method, "params": params}).encode()
        headers = accept if session is None else accept | {MCP: session}
        return call(emulator.port, "POST", invocations_path(emulator.runtime("tools").arn), message, headers)

    hello = {"protocolVersion": "2025-06-18", "capabilities": {}, "clientInfo": {"name": "t", "version": "1"}}
    begun = rpc(None, "initialize", **hello)
    session = begun.headers[MCP.lower()]
    results = [rpc(session, "tools/call", name="count", arguments={}).body.decode() for _ in range(2)]

    assert begun.status == 200, begun.body
    assert '\\"calls\\":1' in results[0].replace(" ", "")
    assert '\\"calls\\":2' in results[1].replace(" ", "")
    lost = rpc("nobody knows this session", "tools/call", name="count", arguments={})
    assert lost.json()["error"]["code"] == -32010


@pytest.mark.parametrize(
    ("name", "order", "query", "status", "code"),
    [
        ("a2a", {"status": 500}, "", 424, -32055),
        ("a2a", {}, "?qualifier=nowhere", 404, -32051),
        ("mcp", {"status": 404}, "", 200, -32010),
        ("mcp", {}, "?qualifier=nowhere", 404, -32001),
    ],
)
def test_errors_are_json_rpc(
    emulator: Emulator, name: str, order: dict[str, Any], query: str, status: int, code: int
) -> None:
    """Error and status are the protocol's; the agent's own words are withheld."""
    answer = sent(emulator, name, order, query)

    assert answer.status == status
    assert (answer.json()["jsonrpc"], answer.json()["id"], answer.json()["error"]["code"]) == ("2.0", None, code)
    assert b"secret" not in answer.body


@pytest.mark.parametrize(
    ("order", "query", "status", "code"),
    [({"status": 500}, "", 200, "AGENT_ERROR"), ({}, "?qualifier=nowhere", 404, "RESOURCE_NOT_FOUND")],
)
def test_ag_ui_errors_are_one_event(
    emulator: Emulator, order: dict[str, Any], query: str, status: int, code: str
) -> None:
    """An SSE stream of one RUN_ERROR event."""
    answer = sent(emulator, "agui", order, query)

    assert (answer.status, answer.headers["content-type"]) == (status, "text/event-stream")
    event = json.loads(answer.body.removeprefix(b"data: ").removesuffix(b"\n\n"))
    assert (event["type"], event["code"]) == ("RUN_ERROR", code)


def test_an_invalid_session_id_is_refused_in_the_protocol_s_form(emulator: Emulator) -> None:
    """The same mistake, three envelopes."""
    too_short = {"X-Amzn-Bedrock-AgentCore-Runtime-Session-Id": "short"}
    answers = {name: sent(emulator, name, {}, **too_short) for name in ("a2a", "mcp", "agui")}

    assert (answers["a2a"].status, answers["a2a"].json()["error"]["code"]) == (400, -32052)
    assert (answers["mcp"].status, answers["mcp"].json()["error"]["code"]) == (400, -32602)
    assert (answers["agui"].status, b"VALIDATION_ERROR" in answers["agui"].body) == (400, True)


@pytest.mark.parametrize(
    ("name", "status", "words"), [("mcp", 200, "-32003"), ("a2a", 429, "-32053"), ("agui", 429, "SERVICE_QUOTA")]
)
def test_quotas_are_refused_in_the_protocol_s_form(name: str, status: int, words: str) -> None:
    """402 is for plain HTTP alone."""
    settings = Settings(
        agents=(live(name, "protocol_agent.py", "app"),), protocols=PROTOCOLS_OF[name], quotas=Quotas(active_sessions=0)
    )
    with Emulator(settings) as emulator:
        answer = sent(emulator, name, {})

    assert (answer.status, words in answer.body.decode()) == (status, True)


PROTOCOLS_OF: dict[str, dict[str, ServerProtocol]] = {name: {name: spoken} for name, spoken in PROTOCOLS.items()}


def test_the_agent_card_is_the_agent_s_own(emulator: Emulator) -> None:
    """boto3 reads the card; the session that served it is the one named."""
    aws, arn = client(emulator, "bedrock-agentcore"), str(emulator.runtime("a2a").arn)
    answer = aws.get_agent_card(agentRuntimeArn=arn, runtimeSessionId=session_id("card"))

    assert (answer["agentCard"]["name"], answer["statusCode"]) == ("told", 200)
    assert answer["runtimeSessionId"] == session_id("card")


def test_an_a2a_client_s_base_url_ends_in_a_slash(emulator: Emulator) -> None:
    """`…/invocations/` takes messages, the card's URL is built on it, and the agent is told to put it in its card."""
    base = invocations_path(emulator.runtime("a2a").arn) + "/"

    assert call(emulator.port, "POST", base, b"{}").json()["path"] == "/"
    card = call(emulator.port, "GET", f"{base}.well-known/agent-card.json").json()
    assert card["url"] == f"{emulator.url}{base}"


def test_what_has_no_card_is_424() -> None:
    """A script serves none, and says so as any agent that answers 404."""
    with Emulator(Settings(scenarios=(script("count", 0),))) as emulator:
        aws, arn = client(emulator, "bedrock-agentcore"), str(emulator.runtime("count").arn)
        with pytest.raises(ClientError, match=r"Received error \(404\) from runtime"):
            aws.get_agent_card(agentRuntimeArn=arn)


def test_errors_of_other_operations_are_plain(emulator: Emulator) -> None:
    """Stopping a session of an A2A runtime that does not exist answers as on HTTP."""
    path = invocations_path(emulator.runtime("a2a").arn).replace("invocations", "stopruntimesession")
    answer = call(emulator.port, "POST", path, b"", {"X-Amzn-Bedrock-AgentCore-Runtime-Session-Id": "x" * 40})

    assert answer.error == (404, "ResourceNotFoundException")
    assert "message" in answer.json()


def test_http_runtimes_know_no_mcp_sessions(emulator: Emulator) -> None:
    """AG-UI and HTTP go by the runtime session id alone."""
    answer = invoke(emulator.port, emulator.runtime("agui").arn, {}, "agui")

    assert MCP.lower() not in answer.headers
