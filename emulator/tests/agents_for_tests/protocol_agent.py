"""A bare server for every protocol: tells what reached it, serves a card, answers with the status it is told."""

import os
from typing import Any

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

CARD = {"name": "told", "url": os.environ.get("AGENTCORE_RUNTIME_URL", "nowhere"), "skills": []}


async def tell(request: Request) -> Response:
    """Answers with what reached this process, or with the status that the payload names."""
    order: dict[str, Any] = await request.json()
    if "status" in order:
        return Response("the agent's own secret words", status_code=order["status"])
    seen = {"pid": os.getpid(), "path": request.url.path, "headers": dict(request.headers)}
    own = {"mcp-session-id": order["choose"]} if "choose" in order else {}
    return JSONResponse(seen, headers=own)


async def card(request: Request) -> Response:
    """The agent card."""
    return JSONResponse(CARD)


async def ping(request: Request) -> Response:
    """Healthy."""
    return JSONResponse({"status": "Healthy"})


app = Starlette(
    routes=[
        *(Route(path, tell, methods=["POST"]) for path in ("/", "/mcp", "/invocations")),
        Route("/.well-known/agent-card.json", card),
        Route("/ping", ping),
    ]
)
