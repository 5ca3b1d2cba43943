"""Who may use the admin surface: programs on this machine, and no web page of another origin.

A page in a browser can send requests to loopback; its `Origin` gives it away, and the `Host` it used gives away a
name that was rebound to 127.0.0.1.
"""

import json

from agentcore_emulator.exchange import AsgiApp, Message, Receive, Send

LOOPBACK_NAMES = frozenset({"127.0.0.1", "localhost", "[::1]"})
ANY_HOST = "*"
BODY_SIZE_MAX = 1_000_000


def is_allowed(host: str, origin: str | None, allowed_hosts: frozenset[str]) -> bool:
    """Whether a request with that `Host` and `Origin` may pass.

    Args:
        allowed_hosts: names beyond those of loopback; `*` stands for every name.
    """
    name = host if host.endswith("]") else host.rpartition(":")[0] or host
    if name.lower() not in LOOPBACK_NAMES | allowed_hosts and ANY_HOST not in allowed_hosts:
        return False
    return origin is None or origin.lower() == f"http://{host.lower()}"


class Guard:
    """An ASGI app in front of another; refuses foreign callers and bodies above a megabyte."""

    def __init__(self, app: AsgiApp, allowed_hosts: frozenset[str]) -> None:
        self._app = app
        self._allowed_hosts = allowed_hosts

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        """Passes the request on, or answers 403 or 413."""
        headers: dict[bytes, bytes] = dict(scope["headers"])
        origin = headers.get(b"origin")
        host = headers.get(b"host", b"").decode("latin-1")
        if not is_allowed(host, None if origin is None else origin.decode("latin-1"), self._allowed_hosts):
            await _refuse(send, 403, "the admin surface answers to its own Host and Origin only")
            return
        body = bytearray()
        while True:
            message = await receive()
            body += message.get("body", b"")
            if len(body) > BODY_SIZE_MAX:
                await _refuse(send, 413, f"the body is larger than {BODY_SIZE_MAX} bytes")
                return
            if not message.get("more_body", False):
                break
        whole = [{"type": "http.request", "body": bytes(body), "more_body": False}]

        async def replay() -> Message:
            return whole.pop() if whole else await receive()

        await self._app(scope, replay, send)


async def _refuse(send: Send, status: int, message: str) -> None:
    body = json.dumps({"message": message}).encode()
    headers = [(b"content-type", b"application/json"), (b"content-length", str(len(body)).encode())]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})
