"""The contract agent as an MCP server: stateless, JSON answers, POST /mcp. Deploy it as runtime `mcp`, protocol MCP.

Nothing but Starlette and uvicorn (they come with bedrock-agentcore) is needed. It knows the tool `whoami`, whose text
is a JSON report of this process and of the request it saw, and the method `contract/status`, which answers with the
HTTP status of `params.status`.
"""

import itertools
import json
import os
import uuid
from typing import Any

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

PROCESS = uuid.uuid4().hex
PORT = 8000
NEWEST = "2025-06-18"
KNOWN_VERSIONS = ("2025-03-26", NEWEST)
WHOAMI = {
    "name": "whoami",
    "description": "Says what this process is, and what reached it.",
    "inputSchema": {"type": "object", "properties": {}},
}
_invocations = itertools.count(1)


async def mcp(request: Request) -> Response:
    """Answer one JSON-RPC message."""
    count = next(_invocations)
    message: dict[str, Any] = await request.json()
    params = message.get("params") or {}
    match message["method"]:
        case "initialize":
            wanted = params.get("protocolVersion")
            result: dict[str, Any] = {
                "protocolVersion": wanted if wanted in KNOWN_VERSIONS else NEWEST,
                "capabilities": {"tools": {}},
                "serverInfo": {"name": "contract", "version": "1"},
            }
        case "ping":
            result = {}
        case "tools/list":
            result = {"tools": [WHOAMI]}
        case "tools/call" if params.get("name") == "whoami":
            result = {"content": [{"type": "text", "text": json.dumps(_report(request, count))}], "isError": False}
        case "contract/status":
            return Response(status_code=int(params["status"]))
        case _ if "id" not in message:
            return Response(status_code=202)
        case method:
            unknown = {"code": -32601, "message": f"the contract agent knows no method {method}"}
            return JSONResponse({"jsonrpc": "2.0", "id": message["id"], "error": unknown})
    return JSONResponse({"jsonrpc": "2.0", "id": message["id"], "result": result})


def _report(request: Request, count: int) -> dict[str, object]:
    return {
        "process": PROCESS,
        "pid": os.getpid(),
        "invocations": count,
        "method": request.method,
        "path": request.url.path,
        "mcp_session_id": request.headers.get("mcp-session-id"),
    }


async def ping(_: Request) -> JSONResponse:
    """Say that this process is healthy."""
    return JSONResponse({"status": "Healthy"})


app = Starlette(routes=[Route("/mcp", mcp, methods=["POST"]), Route("/ping", ping)])

if __name__ == "__main__":
    import uvicorn

    # only a container has to be reached from outside, and its image says where it listens
    uvicorn.run(app, host=os.environ.get("AGENT_HOST", "127.0.0.1"), port=PORT)
