"""A bare ASGI agent that behaves as its payload says, also in its health checks; deployed as `wayward_agent.py:app`."""

import json
import os
import resource
import signal
import subprocess
import sys
import time
from collections.abc import Awaitable, Callable, MutableMapping
from pathlib import Path
from typing import Any

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]

BORN = time.time()
health: dict[str, Any] = {"kind": "Healthy", "pings": 0}


def stamp() -> dict[str, float]:
    """The `time_of_last_update` of this kind of health, if it has one."""
    kinds = {"moving": time.time(), "moving_seconds": float(int(time.time())), "still_seconds": float(int(BORN))}
    kind = health["kind"]
    return {"time_of_last_update": kinds[kind]} if kind in kinds else {}


async def app(scope: Message, receive: Receive, send: Send) -> None:
    """Answers /ping as it was told to, and /invocations with the deed that the payload names."""
    if scope["type"] != "http":
        return
    if scope["path"] == "/ping":
        health["pings"] += 1
        status = "HealthyBusy" if health["kind"] == "HealthyBusy" else "Healthy"
        await answer(send, 500 if health["kind"] == "ill" else 200, {"status": status, **stamp()})
        return
    order = json.loads((await receive()).get("body") or b"{}")
    await answer(send, 200, {"pid": os.getpid()} | DEEDS[order.get("do", "tell")](order))


def tell(order: dict[str, Any]) -> dict[str, Any]:
    """What this process sees of the world."""
    limits = [resource.getrlimit(kind)[0] for kind in (resource.RLIMIT_AS, resource.RLIMIT_NOFILE)]
    return {
        "cwd": str(Path.cwd()),
        "environment": dict(os.environ),
        "limits": limits,
        "group": os.getpgrp(),
        "pings": health["pings"],
        "variant": os.environ.get("VARIANT"),
    }


def ping(order: dict[str, Any]) -> dict[str, Any]:
    """Answers /ping in that way from now on."""
    health["kind"] = order["kind"]
    return {}


def write(order: dict[str, Any]) -> dict[str, Any]:
    """Leaves a file in its folder, and one for temporary things."""
    Path("note.txt").write_text("mine")
    (Path(os.environ["TMPDIR"]) / "scratch.txt").write_text("mine")
    return {"files": sorted(path.name for path in Path().iterdir())}


def hold_on(order: dict[str, Any]) -> dict[str, Any]:
    """Does not hear SIGTERM any more, and has a child that does not either."""
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    code = "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('up', flush=True); time.sleep(99)"
    child = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE)
    assert child.stdout is not None
    child.stdout.readline()
    return {"child": child.pid}


def chatter(order: dict[str, Any]) -> dict[str, Any]:
    """Prints what no terminal wants, and a lot of it."""
    for fd in (1, 2):
        os.write(fd, bytes(range(256)) * 4_096)
    return {}


async def answer(send: Send, status: int, told: dict[str, Any]) -> None:
    """A whole answer."""
    headers = [(b"content-type", b"application/json")]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": json.dumps(told).encode(), "more_body": False})


DEEDS = {deed.__name__: deed for deed in (tell, ping, write, hold_on, chatter)}
