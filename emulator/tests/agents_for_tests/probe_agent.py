"""A bare ASGI agent that does what its payload says and tells what it saw; deployed as `probe_agent.py:app`."""

import asyncio
import hashlib
import json
import os
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]

Order = dict[str, Any]

client_left = asyncio.Event()


async def app(scope: Message, receive: Receive, send: Send) -> None:
    """Answers /ping, and /invocations with the deed that the payload names."""
    if scope["type"] != "http":
        return
    if scope["path"] == "/ping":
        await answer(send, 200, b'{"status": "Healthy"}')
        return
    body = await read(receive)
    order = json.loads(body) if body.startswith(b'{"do"') else {"do": "tell"}
    await DEEDS[order["do"]](scope, body, order, receive, send)


async def tell(scope: Message, body: bytes, order: Order, receive: Receive, send: Send) -> None:
    """Answers with what reached this process."""
    headers = {name.decode(): value.decode("latin-1") for name, value in scope["headers"]}
    digest = hashlib.sha256(body).hexdigest()
    told = {"pid": os.getpid(), "path": scope["path"], "headers": headers, "size": len(body), "sha256": digest}
    await answer(send, 200, json.dumps(told).encode())


async def status(scope: Message, body: bytes, order: Order, receive: Receive, send: Send) -> None:
    """Answers with the status that was asked for."""
    await answer(send, order["status"], b"the agent's own secret words")


async def trace(scope: Message, body: bytes, order: Order, receive: Receive, send: Send) -> None:
    """Answers with a trace of its own."""
    await send({"type": "http.response.start", "status": 200, "headers": [(b"traceparent", b"the agent's own")]})
    await send({"type": "http.response.body", "body": b"", "more_body": False})


async def drop(scope: Message, body: bytes, order: Order, receive: Receive, send: Send) -> None:
    """Dies before it answers."""
    print("these are the agent's last words", flush=True)
    os._exit(7)


async def cut(scope: Message, body: bytes, order: Order, receive: Receive, send: Send) -> None:
    """Dies after its first event."""
    await first_event(send)
    os._exit(7)


async def stream_until_left(scope: Message, body: bytes, order: Order, receive: Receive, send: Send) -> None:
    """Goes on until the connection is closed at the other end."""
    await first_event(send)
    while (await receive())["type"] != "http.disconnect":
        pass
    client_left.set()


async def wait_until_left(scope: Message, body: bytes, order: Order, receive: Receive, send: Send) -> None:
    """Answers when the stream above was left."""
    await client_left.wait()
    await answer(send, 200, b"left")


async def flood(scope: Message, body: bytes, order: Order, receive: Receive, send: Send) -> None:
    """Sends so many chunks of 64 KB as fast as it can."""
    await start(send, 200)
    for _ in range(order["chunks"]):
        await send({"type": "http.response.body", "body": b"x" * 65_536, "more_body": True})
    await send({"type": "http.response.body", "body": b"", "more_body": False})


async def read(receive: Receive) -> bytes:
    """The whole payload."""
    body = bytearray()
    while True:
        message = await receive()
        body += message.get("body", b"")
        if not message.get("more_body", False):
            return bytes(body)


async def start(send: Send, status: int) -> None:
    """Status and headers."""
    headers = [(b"content-type", b"text/event-stream; charset=utf-8"), (b"x-own", b"not relayed")]
    await send({"type": "http.response.start", "status": status, "headers": headers})


async def answer(send: Send, status: int, body: bytes) -> None:
    """A whole answer."""
    await start(send, status)
    await send({"type": "http.response.body", "body": body, "more_body": False})


async def first_event(send: Send) -> None:
    """One event, and more to come."""
    await start(send, 200)
    await send({"type": "http.response.body", "body": b"data: 1\n\n", "more_body": True})


DEEDS = {deed.__name__: deed for deed in (tell, status, trace, drop, cut, stream_until_left, wait_until_left, flood)}
