"""A raw WebSocket client: frames go out as they are given, and come in as they are.

Why not one of the usual clients: they put fragments together, answer pings, and hide how a socket was closed.
"""

import os
import socket
import ssl
import struct
from contextlib import suppress
from dataclasses import dataclass
from types import TracebackType
from typing import Final, Self
from urllib.parse import urlsplit

from agentcore_contracts.http_client import Ending, Headers, Request, Response
from agentcore_contracts.verify import TargetUnavailable

TEXT: Final = 1
CONTINUATION: Final = 0
CLOSE: Final = 8
_HEAD_BYTES_MAX: Final = 65_536
_MASK: Final = bytes(4)


@dataclass(frozen=True, slots=True)
class Frame:
    """One frame that came."""

    opcode: int
    payload: bytes
    final: bool

    @property
    def close_code(self) -> int | None:
        """The code of a close frame; None for another frame, and for one without a code."""
        if self.opcode != CLOSE or len(self.payload) < 2:
            return None
        return int.from_bytes(self.payload[:2], "big")


class WebSocket:
    """One handshake, and the socket when it was accepted; a context manager that hangs up.

    `response` is the answer to the handshake; its body is left unread. A silence of more than `silence_s` ends it.
    Raises `TargetUnavailable` on entering when there is no answer.
    """

    response: Response

    def __init__(self, request: Request, *, silence_s: float = 20.0, handshake_s: float = 150.0) -> None:
        self.request = request
        self._silence_s = silence_s
        self._handshake_s = handshake_s

    def __enter__(self) -> Self:
        url = self.request.endpoint_url
        try:
            self._socket = _connect(url, self._handshake_s)
        except OSError as error:
            raise TargetUnavailable(f"{url} cannot be reached ({error})") from error
        try:
            self._socket.sendall(_head(self.request))
            self.response = self._read_head()
        except (OSError, ValueError) as error:
            self._socket.close()
            raise TargetUnavailable(f"{url} gave no answer to a handshake ({error})") from error
        self._socket.settimeout(self._silence_s)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._socket.close()

    def send(self, *frames: tuple[int, bytes, bool]) -> None:
        """Send frames, given as opcode, payload and whether it is the last of its message, in one piece."""
        # A server may close in the middle; what it says then is there to be received.
        with suppress(BrokenPipeError, ConnectionResetError):
            self._socket.sendall(b"".join(_encoded(*frame) for frame in frames))

    def receive(self) -> Frame | None:
        """The next frame, None when the connection has ended or stays silent for too long."""
        try:
            first, second = self._exactly(2)
            length = second & 0x7F
            if length >= 126:
                length = int.from_bytes(self._exactly(2 if length == 126 else 8), "big")
            return Frame(first & 0x0F, self._exactly(length), bool(first & 0x80))
        except (OSError, EOFError):
            return None

    def receive_close(self) -> Frame | None:
        """The close frame, None when there was none; whatever comes before it is passed over."""
        while (frame := self.receive()) is not None and frame.opcode != CLOSE:
            pass
        return frame

    def _exactly(self, size: int) -> bytes:
        data = b""
        while len(data) < size:
            chunk = self._socket.recv(size - len(data))
            if not chunk:
                raise EOFError
            data += chunk
        return data

    def _read_head(self) -> Response:
        head = b""
        while not head.endswith(b"\r\n\r\n"):
            if len(head) > _HEAD_BYTES_MAX:
                raise ValueError("its head does not end")
            byte = self._socket.recv(1)
            if not byte:
                raise ValueError("it hung up")
            head += byte
        status, *lines = head.decode("latin-1").split("\r\n")
        fields = (line.partition(":") for line in lines if line)
        headers: Headers = tuple((name, value.strip()) for name, _, value in fields)
        return Response(self.request, int(status.split()[1]), headers, b"", (), Ending.COMPLETE, 0.0)


def _connect(endpoint_url: str, timeout_s: float) -> socket.socket:
    parts = urlsplit(endpoint_url)
    host = parts.hostname or ""
    secure = parts.scheme == "https"
    connection = socket.create_connection((host, parts.port or (443 if secure else 80)), timeout_s)
    if not secure:
        return connection
    context = ssl.create_default_context(cafile=os.environ.get("AWS_CA_BUNDLE") or None)
    return context.wrap_socket(connection, server_hostname=host)


def _head(request: Request) -> bytes:
    named = {name.lower() for name, _ in request.headers}
    host = () if "host" in named else (("Host", urlsplit(request.endpoint_url).netloc),)
    lines = [f"{name}: {value}" for name, value in (*host, *request.headers)]
    return "\r\n".join((f"GET {request.raw_path} HTTP/1.1", *lines, "", "")).encode("latin-1")


def _encoded(opcode: int, payload: bytes, final: bool) -> bytes:
    """The frame with a mask of zeros, which leaves the payload as it is."""
    start = bytes((opcode | (0x80 if final else 0),))
    size = len(payload)
    if size < 126:
        return start + bytes((0x80 | size,)) + _MASK + payload
    if size < 65_536:
        return start + b"\xfe" + struct.pack("!H", size) + _MASK + payload
    return start + b"\xff" + struct.pack("!Q", size) + _MASK + payload
