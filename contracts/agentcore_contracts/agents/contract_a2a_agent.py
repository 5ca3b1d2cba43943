"""The contract agent as an A2A server: POST / and its card. Deploy it as runtime `a2a`, protocol A2A.

Nothing but Starlette and uvicorn (they come with bedrock-agentcore) is needed. `message/send` (`SendMessage` in A2A
1.0) answers with a message whose text is a JSON report of this process and of the request it saw; `contract/status`
answers with the HTTP status of `params.status`.
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
PORT = 9000
SESSION_HEADER = "x-amzn-bedrock-agentcore-runtime-session-id"
_invocations = itertools.count(1)


async def send_message(request: Request) -> Response:
    """Answer one JSON-RPC message."""
    count = next(_invocations)
    message: dict[str, Any] = await request.json()
    text = json.dumps(
        {
            "process": PROCESS,
            "pid": os.getpid(),
            "invocations": count,
            "session_id": request.headers.get(SESSION_HEADER),
            "method": request.method,
            "path": request.url.path,
        }
    )
    match message["method"]:
        case "message/send":
            parts = [{"kind": "text", "text": text}]
            result: dict[str, Any] = {
                "kind": "message",
                "role": "agent",
                "messageId": uuid.uuid4().hex,
                "parts": parts,
            }
        case "SendMessage":
            result = {"message": {"role": "ROLE_AGENT", "messageId": uuid.uuid4().hex, "parts": [{"text": text}]}}
        case "contract/status":
            return Response(status_code=int(message["params"]["status"]))
        case method:
            unknown = {"code": -32601, "message": f"the contract agent knows no method {method}"}
            return JSONResponse({"jsonrpc": "2.0", "id": message.get("id"), "error": unknown})
    return JSONResponse({"jsonrpc": "2.0", "id": message.get("id"), "result": result})


async def card(_: Request) -> JSONResponse:
    """The agent card; it names the runtime's URL, where the platform tells it."""
    url = os.environ.get("AGENTCORE_RUNTIME_URL", f"http://127.0.0.1:{PORT}/")
    return JSONResponse(
        {
            "name": "contract",
            "description": "Says what it is, and what reached it.",
            "version": "1",
            "protocolVersion": "0.3.0",
            "url": url,
            "preferredTransport": "JSONRPC",
            "supportedInterfaces": [{"url": url, "protocolBinding": "JSONRPC", "protocolVersion": "1.0"}],
            "capabilities": {"streaming": False},
            "defaultInputModes": ["text/plain"],
            "defaultOutputModes": ["text/plain"],
            "skills": [],
        }
    )


async def ping(_: Request) -> JSONResponse:
    """Say that this process is healthy."""
    return JSONResponse({"status": "Healthy"})


app = Starlette(
    routes=[
        Route("/", send_message, methods=["POST"]),
        Route("/.well-known/agent-card.json", card),
        Route("/ping", ping),
    ]
)

if __name__ == "__main__":
    import uvicorn

    # only a container has to be reached from outside, and its image says where it listens
    uvicorn.run(app, host=os.environ.get("AGENT_HOST", "127.0.0.1"), port=PORT)
