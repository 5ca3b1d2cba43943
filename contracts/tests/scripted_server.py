"""A server of one connection that says exactly the bytes it is told to, and keeps what it was asked."""

import re
import socket
import threading
from collections.abc import Callable
from types import TracebackType
from typing import Self

Script = Callable[[socket.socket], None]


class ScriptedServer:
    """Accepts one connection on loopback, reads one request, then runs the script on the socket."""

    def __init__(self, script: Script) -> None:
        self._script = script
        self._listening = socket.create_server(("127.0.0.1", 0))
        self._thread = threading.Thread(target=self._serve, name="scripted server")
        self.endpoint_url = f"http://127.0.0.1:{self._listening.getsockname()[1]}"
        self.head = ""
        self.body = b""

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._thread.join()
        self._listening.close()

    def _serve(self) -> None:
        connection, _ = self._listening.accept()
        with connection:
            self._read_request(connection)
            self._script(connection)

    def _read_request(self, connection: socket.socket) -> None:
        received = b""
        while b"\r\n\r\n" not in received:
            received += connection.recv(65536)
        head, _, self.body = received.partition(b"\r\n\r\n")
        self.head = head.decode("latin-1")
        length = re.search(r"content-length: (\d+)", self.head, re.IGNORECASE)
        while length and len(self.body) < int(length[1]):
            self.body += connection.recv(65536)


def saying(*chunks: bytes) -> Script:
    """A script that sends these bytes and hangs up."""

    def script(connection: socket.socket) -> None:
        for chunk in chunks:
            connection.sendall(chunk)

    return script
