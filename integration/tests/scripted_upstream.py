"""An AgentCore that does what a test says, in the test's own process: no timing, only events the test sets."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


@dataclass
class Upstream:
    """Where it answers, what it was asked, and whether a client left."""

    url: str
    requests: list[tuple[str, dict[str, str], bytes]] = field(default_factory=list)
    client_left: threading.Event = field(default_factory=threading.Event)


Script = Callable[["StreamHandler"], None]


class StreamHandler(BaseHTTPRequestHandler):
    """One connection; a script writes its answers."""

    protocol_version = "HTTP/1.1"
    script: Script
    upstream: Upstream

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.upstream.requests.append((self.path, {key.lower(): value for key, value in self.headers.items()}, body))
        type(self).script(self)

    def begin(self, content_type: str = "text/event-stream; charset=utf-8") -> None:
        """Send the head of a chunked answer."""
        self.send_response(200)
        self.send_header("Content-Type", content_type)
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()

    def chunk(self, data: bytes) -> None:
        """Send one chunk; an empty one ends the answer."""
        self.wfile.write(b"%x\r\n%b\r\n" % (len(data), data))

    def event(self, data: str) -> None:
        """Send one event."""
        self.chunk(f"data: {data}\n\n".encode())

    def error(self, status: int, error_type: str) -> None:
        """Answer with a modelled error."""
        self.send_response(status)
        self.send_header("x-amzn-ErrorType", error_type)
        body = b'{"message":"account 123456789012 is not happy"}'
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def wait_for_client_to_leave(self) -> None:
        """Return when the client has closed the connection."""
        if self.rfile.read(1) == b"":
            self.upstream.client_left.set()

    def log_message(self, *args: object) -> None:
        """Keep silent."""


@contextmanager
def scripted_upstream(script: Script) -> Iterator[Upstream]:
    """Serve the script on a free port of loopback."""
    handler = type("Handler", (StreamHandler,), {"script": staticmethod(script)})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    server.daemon_threads = True
    upstream = Upstream(f"http://127.0.0.1:{server.server_port}")
    handler.upstream = upstream  # type: ignore[attr-defined]  # the class is made above
    thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    try:
        yield upstream
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
