"""An app of the AgentCore SDK whose WebSocket does what its messages say."""

import asyncio
import hashlib
import os
from pathlib import Path
from typing import Any

from bedrock_agentcore import BedrockAgentCoreApp, RequestContext
from starlette.websockets import WebSocket

app = BedrockAgentCoreApp()
left: list[int] = []
PREFIX = "x-amzn-bedrock-agentcore-runtime-custom-"


@app.entrypoint
def invoke(payload: Any) -> Any:
    """Tells who it is, and with which codes its sockets were left."""
    return {"pid": os.getpid(), "left": left, "folder": str(Path.cwd())}


@app.websocket
async def converse(websocket: WebSocket, context: RequestContext) -> None:
    """Answers every message; a JSON object is an order."""
    if websocket.headers.get(PREFIX + "do") == "raise":
        raise RuntimeError("before it accepted")
    await websocket.accept()
    while True:
        message = await websocket.receive()
        if message["type"] == "websocket.disconnect":
            left.append(message["code"])
            return
        text = message.get("text")
        if text is None or len(text) > 60_000:
            data = message["bytes"] if text is None else text.encode()
            await websocket.send_json({"size": len(data), "sha256": hashlib.sha256(data).hexdigest()})
        elif text in ORDERS:
            await ORDERS[text](websocket, context)
        else:
            await websocket.send_text(text)


async def tell(websocket: WebSocket, context: RequestContext) -> None:
    """Tells what reached it."""
    told = {"pid": os.getpid(), "session": context.session_id, "headers": dict(websocket.headers)}
    await websocket.send_json(told)


async def close(websocket: WebSocket, context: RequestContext) -> None:
    """Closes with a code of its own."""
    await websocket.close(4321, "enough")


async def die(websocket: WebSocket, context: RequestContext) -> None:
    """Ends the process."""
    os._exit(7)


async def fail(websocket: WebSocket, context: RequestContext) -> None:
    """Raises."""
    raise RuntimeError("in the middle")


async def large(websocket: WebSocket, context: RequestContext) -> None:
    """Sends more than a frame may hold."""
    await websocket.send_bytes(b"x" * 65_537)


async def flood(websocket: WebSocket, context: RequestContext) -> None:
    """Sends 64 MB as fast as it can."""
    for _ in range(1_024):
        await websocket.send_bytes(b"x" * 65_536)
        await asyncio.sleep(0)


ORDERS = {order.__name__: order for order in (tell, close, die, fail, large, flood)}
