"""The bare server with a WebSocket at /ws that sends every message back: an agent to be met directly and relayed to."""

from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

from bare_agent import app as bare_app

_Message = MutableMapping[str, Any]


async def app(
    scope: _Message, receive: Callable[[], Awaitable[_Message]], send: Callable[[_Message], Awaitable[None]]
) -> None:
    """Echoes messages; answers HTTP as the bare server."""
    if scope["type"] != "websocket":
        await bare_app(scope, receive, send)
        return
    await receive()
    await send({"type": "websocket.accept"})
    while (message := await receive())["type"] == "websocket.receive":
        await send({"type": "websocket.send", "text": message.get("text"), "bytes": message.get("bytes")})
