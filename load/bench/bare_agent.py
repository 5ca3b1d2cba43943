"""A bare ASGI app on uvicorn: the baseline, and the agent behind the emulator. `python bare_agent.py --fd N`

The first line of the payload is a JSON object: `events` of the same bytes, `gap_ms` apart, the first at once;
`hold` keeps the stream open until the client leaves; `answer_mb` answers with so many megabytes instead.
"""

import argparse
import asyncio
import json
import os
import socket
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any, Final

TEXT: Final = "an event of a usual length, as agents send them"
EVENT: Final = f"data: {json.dumps({'text': TEXT})}\n\n".encode()
_PIECE: Final = bytes(65_536)
_HEADERS: Final = [(b"content-type", b"text/event-stream; charset=utf-8")]

_Message = MutableMapping[str, Any]
_Receive = Callable[[], Awaitable[_Message]]
_Send = Callable[[_Message], Awaitable[None]]


async def app(scope: _Message, receive: _Receive, send: _Send) -> None:
    """Answers /ping, and anything else with what the payload asks for."""
    if scope["type"] != "http":
        return
    order = await _read_order(receive)
    await send({"type": "http.response.start", "status": 200, "headers": _HEADERS})
    if scope["path"] != "/ping":
        await _answer(order, receive, send)
    await send({"type": "http.response.body", "body": b"", "more_body": False})


async def _answer(order: dict[str, Any], receive: _Receive, send: _Send) -> None:
    if order.get("pid"):
        await send({"type": "http.response.body", "body": b"data: %d\n\n" % os.getpid(), "more_body": True})
    for _ in range(order.get("answer_mb", 0) * 1_000_000 // len(_PIECE)):
        await send({"type": "http.response.body", "body": _PIECE, "more_body": True})
    gap_s = order.get("gap_ms", 0) / 1_000
    for n in range(order.get("events", 0)):
        if gap_s and n:
            await asyncio.sleep(gap_s)
        await send({"type": "http.response.body", "body": EVENT, "more_body": True})
    while order.get("hold") and (await receive())["type"] != "http.disconnect":
        pass


async def _read_order(receive: _Receive) -> dict[str, Any]:
    first = b""
    while True:
        message = await receive()
        first = first or message.get("body", b"")[:200]
        if not message.get("more_body", False):
            line = first.partition(b"\n")[0]
            order: dict[str, Any] = json.loads(line) if line else {}
            return order


def main() -> None:
    """Serve until told to stop."""
    import uvicorn

    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--fd", type=int, required=True, help="listening socket to serve on")
    listening = socket.socket(fileno=parser.parse_args().fd)
    config = uvicorn.Config(
        app,
        loop="uvloop",
        http="httptools",
        ws="none",
        lifespan="off",
        log_level="critical",
        access_log=False,
        server_header=False,
        timeout_keep_alive=75,
    )
    uvicorn.Server(config).run([listening])


if __name__ == "__main__":
    main()
