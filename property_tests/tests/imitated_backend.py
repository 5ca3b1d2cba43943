"""A backend that creates chats, on loopback, with one switch for the id it gives them."""

import json
import threading
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from agentcore_contracts.target import Target

TOKENS = ["token-of-alice", "token-of-bob"]


def target_with(backend: object) -> Target:
    """A target whose file says this of its backend."""
    return Target(
        name="imitation",
        endpoint_url="http://127.0.0.1:9",
        region="ap-southeast-2",
        account_id="123456789012",
        runtimes={},
        extra={} if backend is None else {"backend": backend},
    )


@contextmanager
def imitated_backend(make_id: Callable[[], object] = lambda: str(uuid.uuid4()), status: int = 201) -> Iterator[Target]:
    """A target with a running backend that answers chat creation with that status and id."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            known = self.headers["Authorization"].removeprefix("Bearer ") in TOKENS
            right = self.path == "/api/chats" and known and asked["agent"] == "onboarding"
            body = json.dumps({"session_id": make_id()}).encode()
            self.send_response(status if right else 401)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *args: Any) -> None:
            """Say nothing: the tests look at answers."""

    class Server(ThreadingHTTPServer):
        request_queue_size = 64  # with the usual 5, one of sixteen connections at once waits a second

    server = Server(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, args=(0.02,))
    thread.start()
    try:
        yield target_with(
            {
                "base_url": f"http://127.0.0.1:{server.server_address[1]}",
                "agents": {"contract": "arn:1", "onboarding": "arn:2", "broken": "arn:3"},
                "tokens": TOKENS,
            }
        )
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
