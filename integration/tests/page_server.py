"""A web site on localhost for a browser to visit: a page, other documents, and a place to say results."""

import json
import queue
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

RESULT_PATH = "/result"


@dataclass
class Site:
    """Where it is, and what its pages said."""

    url: str
    results: "queue.Queue[Any]" = field(default_factory=queue.Queue)


@contextmanager
def serving_site(documents: Mapping[str, tuple[str, str]]) -> Iterator[Site]:
    """Serve documents (path to content type and text) on a free port of loopback; ``results`` are POSTed JSON."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            content_type, text = documents.get(self.path.partition("?")[0], ("text/plain", ""))
            self.answer(200 if text else 404, content_type, text)

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            site.results.put(json.loads(body))
            self.answer(200, "text/plain", "thanks")

        def answer(self, status: int, content_type: str, text: str) -> None:
            body = text.encode()
            self.send_response(status)
            self.send_header("Content-Type", content_type)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *args: object) -> None:
            """Keep silent."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    site = Site(f"http://localhost:{server.server_port}")
    thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    try:
        yield site
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
