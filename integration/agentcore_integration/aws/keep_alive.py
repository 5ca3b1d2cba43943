"""A request handler for werkzeug's server that keeps connections open.

werkzeug closes after every answer, because a body the application left unread would be taken for the next request.
This one reads the whole body before the application runs, and sends each answer with its length.
Both are cheap here: the AWS services that are served this way have small requests and small answers.
"""

import io
import traceback
from typing import Any

from moto.moto_server.werkzeug_app import MotoRequestHandler
from werkzeug.datastructures import Headers
from werkzeug.test import run_wsgi_app
from werkzeug.wsgi import get_input_stream

REPLACED_HEADERS = {"content-length", "connection", "transfer-encoding", "date", "server"}


class KeepAliveRequestHandler(MotoRequestHandler):
    """One thread serves one connection, request after request, until the client closes it."""

    protocol_version = "HTTP/1.1"
    # Nagle's algorithm would hold the second small write of an answer back until the first is acknowledged
    disable_nagle_algorithm = True

    def run_wsgi(self) -> None:
        """Answer one request."""
        if self.headers.get("Expect", "").lower() == "100-continue":
            self.wfile.write(b"HTTP/1.1 100 Continue\r\n\r\n")
        environ: dict[str, Any] = self.make_environ()
        body = get_input_stream(environ).read()
        environ["wsgi.input"] = io.BytesIO(body)
        environ["CONTENT_LENGTH"] = str(len(body))
        environ.pop("HTTP_TRANSFER_ENCODING", None)
        environ.pop("wsgi.input_terminated", None)
        answer, status, headers = self._run(environ)
        code, _, reason = status.partition(" ")
        self.send_response(int(code), reason)
        for key, value in headers:
            if key.lower() not in REPLACED_HEADERS:
                self.send_header(key, value)
        self.send_header("Content-Length", headers.get("Content-Length", str(len(answer))))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(answer)
        self.wfile.flush()

    def _run(self, environ: dict[str, Any]) -> tuple[bytes, str, Headers]:
        try:
            chunks, status, headers = run_wsgi_app(self.server.app, environ, buffered=True)
            return b"".join(chunks), status, headers
        except Exception:  # noqa: BLE001 - whatever moto stumbles over, the connection goes on
            traceback.print_exc()
            return b"moto failed; its log has the reason", "500 INTERNAL SERVER ERROR", Headers()

    def log_request(self, *args: object) -> None:
        """Keep silent: a line for every request would drown the log."""
