"""Agents that speak A2A or MCP: where their messages go, and how errors come back."""

import json
from typing import Any, Final

import pytest

from agentcore_contracts.data_plane import DataPlane, json_payload
from agentcore_contracts.http_client import Response
from agentcore_contracts.suite import asking
from agentcore_contracts.target import Target
from agentcore_contracts.verify import (
    RequirementFailed,
    verify,
    verify_contains,
    verify_different,
    verify_equal,
    verify_status,
)

MCP_SESSION: Final = "Mcp-Session-Id"
MCP_ACCEPT: Final = "application/json, text/event-stream"
NO_SUCH: Final = "no_such_endpoint"


@pytest.mark.requirement("A26")
def test_a2a(target: Target) -> None:
    """A26: An A2A agent gets POST / and serves its card; errors are JSON-RPC with their own HTTP status."""
    asking.needs(target, "a2a")
    arn, session_id = asking.runtime(target, "a2a"), asking.new_session_id()
    card = DataPlane(target).agent_card(arn, session_id)
    verify_status(card, 200)
    verify_equal(_object(card).get("name"), "contract", what="name in the agent card", evidence=card.describe())

    send: dict[str, Any] = {"method": "message/send", "params": {"message": _message()}}
    sent = asking.ask(target, _rpc(**send), runtime=arn, session_id=session_id)
    seen = _a2a_report(sent)
    verify_equal(f"{seen['method']} {seen['path']}", "POST /", what="request to the agent", evidence=sent.describe())
    verify_equal(seen["session_id"], session_id, what="session id at the agent", evidence=sent.describe())

    unknown = asking.ask(target, _rpc(**send), runtime=arn, session_id=session_id, qualifier=NO_SUCH)
    _verify_rpc_error(unknown, 404, -32051)
    failed = asking.ask(
        target, _rpc(method="contract/status", params={"status": 500}), runtime=arn, session_id=session_id
    )
    _verify_rpc_error(failed, 424, -32055)


@pytest.mark.requirement("A27")
def test_mcp(target: Target) -> None:
    """A27: Each MCP answer has the Mcp-Session-Id that leads back to its process; an agent's error is -32010."""
    asking.needs(target, "mcp")
    session_id, first = _mcp_whoami(target, _initialized(target))
    again_id, again = _mcp_whoami(target, session_id)
    _, other = _mcp_whoami(target, _initialized(target))

    verify_equal(again_id, session_id, what=f"{MCP_SESSION} of the second call")
    verify_equal(first["mcp_session_id"], session_id, what=f"{MCP_SESSION} at the agent")
    verify_equal(again["process"], first["process"], what="process of the same MCP session")
    verify_different(other["process"], first["process"], what="processes for two MCP sessions")
    failed = _mcp(target, _rpc(method="contract/status", params={"status": 404}), session_id)
    verify_equal(_rpc_error(failed).get("code"), -32010, what="code of the error", evidence=failed.describe())
    message = str(_rpc_error(failed).get("message"))
    verify_contains(message, "Received error (404) from runtime", what="message", evidence=failed.describe())


def _initialized(target: Target) -> str:
    """A new MCP session, from its first message on."""
    client = {"name": "contracts", "version": "1"}
    hello = {"protocolVersion": "2025-06-18", "capabilities": {}, "clientInfo": client}
    answer = _mcp(target, _rpc(method="initialize", params=hello), None)
    verify_equal(_object(answer).get("result", {}).get("serverInfo", {}).get("name"), "contract",
                 what="name of the server", evidence=answer.describe())  # fmt: skip
    return _mcp_session_of(answer)


def _mcp_whoami(target: Target, session_id: str) -> tuple[str, dict[str, Any]]:
    answer = _mcp(target, _rpc(method="tools/call", params={"name": "whoami", "arguments": {}}), session_id)
    try:
        text = _object(answer)["result"]["content"][0]["text"]
    except (KeyError, IndexError, TypeError) as error:
        raise RequirementFailed(expected="a tool's text", actual=repr(error), evidence=answer.describe()) from error
    return _mcp_session_of(answer), asking.report(text.encode())


def _mcp(target: Target, message: bytes, session_id: str | None) -> Response:
    headers = () if session_id is None else ((MCP_SESSION, session_id),)
    arn = asking.runtime(target, "mcp")
    return asking.ask(target, message, runtime=arn, session_id=None, accept=MCP_ACCEPT, headers=headers)


def _mcp_session_of(answer: Response) -> str:
    found = answer.header(MCP_SESSION)
    verify(bool(found), expected=f"header {MCP_SESSION}", actual="none", evidence=answer.describe())
    return found or ""


def _a2a_report(answer: Response) -> dict[str, Any]:
    verify_status(answer, 200)
    try:
        text = _object(answer)["result"]["parts"][0]["text"]
    except (KeyError, IndexError, TypeError) as error:
        raise RequirementFailed(expected="a message's text", actual=repr(error), evidence=answer.describe()) from error
    return asking.report(text.encode())


def _message() -> dict[str, object]:
    parts = [{"kind": "text", "text": "who are you?"}]
    return {"kind": "message", "role": "user", "messageId": "contracts-1", "parts": parts}


def _rpc(**members: object) -> bytes:
    return json_payload(jsonrpc="2.0", id=1, **members)


def _object(answer: Response) -> dict[str, Any]:
    content = answer.json()
    verify(isinstance(content, dict), expected="a JSON object", actual=json.dumps(content), evidence=answer.describe())
    return content if isinstance(content, dict) else {}


def _rpc_error(answer: Response) -> dict[str, Any]:
    error = _object(answer).get("error")
    verify(isinstance(error, dict), expected="a JSON-RPC error", actual=f"{error!r}", evidence=answer.describe())
    return error if isinstance(error, dict) else {}


def _verify_rpc_error(answer: Response, status: int, code: int) -> None:
    verify_status(answer, status)
    verify_equal(_rpc_error(answer).get("code"), code, what="code of the JSON-RPC error", evidence=answer.describe())
