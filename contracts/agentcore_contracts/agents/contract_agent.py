"""The contract agent: its payload says what it does, its answer says what reached it.

Deploy it as runtime `contract`; nothing of the harness is imported. Payloads, JSON objects with the key `do`:

    {"do": "whoami"}                                  what this process is, and the request it saw
    {"do": "echo", "value": …}                        the value
    {"do": "status", "status": 500, "body": …}        that HTTP status with that JSON body
    {"do": "respond", "content_type": …, "body": …}   that text under that Content-Type, byte for byte
    {"do": "stream", "events": 5, "interval_ms": 300, "raise_after": 3, "filler": 0}
                                                      events, each with its send stamps; with `raise_after`
                                                      that many events and then an exception
    {"do": "ping", "answer": "HealthyBusy"}           like whoami; from now on /ping answers Healthy, HealthyBusy, or
                                                      `advancing`: Healthy, each time with a later time_of_last_update
    {"do": "write", "text": …}                        like whoami; a file in the working directory holds the text, and
                                                      `written` is its path

A WebSocket answers each text message in JSON: `whoami` as above with what reached it, any other text with its `size`.
The environment variable CONTRACT_VARIANT comes back as `variant`: it tells versions of one runtime apart.
Two processes are told apart by `process`, a random name made at start: in containers every pid is the same.
"""

import asyncio
import hashlib
import itertools
import os
import time
import uuid
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any, cast

from bedrock_agentcore import BedrockAgentCoreApp, RequestContext
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.types import ASGIApp, Receive, Scope, Send
from starlette.websockets import WebSocket

app = BedrockAgentCoreApp()

PROCESS = uuid.uuid4().hex
SECRET_HEADERS = ("authorization", "workloadaccesstoken", "x-amz-bedrock-agentcore-identity-wat")
PING_PERIOD_S = 2
_invocations = itertools.count(1)


class PingAsAsked:
    """Answers /ping as the last `ping` payload asked; before the first one, and for the rest, the SDK answers."""

    answer: str | None = None
    changed_at_s = 0

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if PingAsAsked.answer is None or scope["type"] != "http" or scope["path"] != "/ping":
            await self._app(scope, receive, send)
            return
        status = "HealthyBusy" if PingAsAsked.answer == "HealthyBusy" else "Healthy"
        if PingAsAsked.answer == "advancing":
            PingAsAsked.changed_at_s = max(PingAsAsked.changed_at_s + PING_PERIOD_S, int(time.time()))
        report = {"status": status, "time_of_last_update": PingAsAsked.changed_at_s}
        await JSONResponse(report)(scope, receive, send)

    @classmethod
    def set(cls, answer: str) -> None:
        cls.answer, cls.changed_at_s = answer, int(time.time())


app.add_middleware(PingAsAsked)


@app.entrypoint
async def invoke(payload: dict[str, Any], context: RequestContext) -> object:
    """Do what the payload says."""
    count = next(_invocations)
    match payload:
        case {"do": "whoami"}:
            return await _whoami(cast("Request", context.request), context.session_id, count)
        case {"do": "echo", "value": value}:
            return value
        case {"do": "status", "status": int(status), "body": body}:
            return JSONResponse(body, status_code=status)
        case {"do": "respond", "content_type": str(content_type), "body": str(body)}:
            return Response(body.encode(), headers={"content-type": content_type})
        case {"do": "stream", "events": int(events), "interval_ms": int() | float() as interval_ms}:
            return _stream(events, interval_ms / 1000, payload.get("raise_after"), payload.get("filler", 0))
    return {**_change(payload), **await _whoami(cast("Request", context.request), context.session_id, count)}


@app.websocket
async def converse(websocket: WebSocket, context: RequestContext) -> None:
    """Answer each text message: `whoami` with what reached this socket, everything else with its size."""
    await websocket.accept()
    async for text in websocket.iter_text():
        if text == '{"do": "whoami"}':
            headers = {
                name: "(hidden)" if name in SECRET_HEADERS else value for name, value in websocket.headers.items()
            }
            await websocket.send_json({"process": PROCESS, "session_id": context.session_id, "headers": headers})
        else:
            await websocket.send_json({"size": len(text.encode())})


def _change(payload: dict[str, Any]) -> dict[str, object]:
    match payload:
        case {"do": "ping", "answer": "Healthy" | "HealthyBusy" | "advancing" as answer}:
            PingAsAsked.set(answer)
            return {}
        case {"do": "write", "text": str(text)}:
            path = Path.cwd() / f"contract-{uuid.uuid4().hex}.txt"
            path.write_text(text, "utf-8")
            return {"written": str(path)}
    raise HTTPException(400, f"the contract agent knows no such payload: {sorted(payload)}")


async def _whoami(request: Request, session_id: str | None, count: int) -> dict[str, object]:
    body = await request.body()
    return {
        "process": PROCESS,
        "pid": os.getpid(),
        "invocations": count,
        "variant": os.environ.get("CONTRACT_VARIANT", ""),
        "session_id": session_id,
        "method": request.method,
        "path": request.scope["raw_path"].decode("latin-1"),
        "query": request.url.query,
        "headers": {name: "(hidden)" if name in SECRET_HEADERS else value for name, value in request.headers.items()},
        "body_sha256": hashlib.sha256(body).hexdigest(),
        "body_size": len(body),
        "now_ms": time.time() * 1000,
    }


async def _stream(events: int, interval_s: float, raise_after: int | None, filler: int) -> AsyncIterator[object]:
    for n in range(events if raise_after is None else raise_after):
        if n:
            await asyncio.sleep(interval_s)
        stamps = {"sent_at_ms": time.time() * 1000, "sent_monotonic_ms": time.monotonic() * 1000}
        yield {"n": n, **stamps, **({"filler": "x" * filler} if filler else {})}
    if raise_after is not None:
        raise RuntimeError("raised in the middle of the stream, as the payload asked")


if __name__ == "__main__":
    app.run()
