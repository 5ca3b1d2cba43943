"""WebSockets of the tests: real clients, and both ends frame by frame on plain sockets."""

import base64
import contextlib
import queue
import socket
import struct
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, urlencode

from emulator_calls import SESSION_HEADER, TIMEOUT_S, session_id
from websockets.frames import Close, Frame, Opcode
from websockets.sync.client import ClientConnection, connect
from websockets.utils import accept_key

KEY = base64.b64encode(b"k" * 16).decode()


def socket_path(arn: object, what: str = "ws", **query: str) -> str:
    """The raw path, with its query, that opens a socket or a shell of this runtime."""
    text = f"?{urlencode(query)}" if query else ""
    return f"/runtimes/{quote(str(arn), safe='')}/{what}{text}"


@contextmanager
def opened(port: int, arn: object, session: str, **headers: str) -> Iterator[ClientConnection]:
    """An ordinary client in the session of that short name."""
    named = {SESSION_HEADER: session_id(session), **{name.replace("_", "-"): value for name, value in headers.items()}}
    url = f"ws://127.0.0.1:{port}{socket_path(arn)}"
    with connect(url, additional_headers=named, open_timeout=TIMEOUT_S, ping_interval=None) as client:
        yield client


@dataclass(frozen=True)
class Received:
    """One frame as it came."""

    opcode: Opcode
    data: bytes
    fin: bool = True

    @property
    def close(self) -> Close:
        """Code and reason of a close frame."""
        return Close.parse(self.data)


class FrameSocket:
    """One end of a WebSocket whose frames the test writes and reads one by one."""

    def __init__(self, connection: socket.socket, *, mask: bool) -> None:
        connection.settimeout(TIMEOUT_S)
        self.connection = connection
        self.head = b""
        self._mask = mask

    def send(self, opcode: Opcode, data: bytes = b"", *, fin: bool = True) -> None:
        """Sends one frame; its payload may be anything."""
        self.connection.sendall(Frame(opcode, data, fin).serialize(mask=self._mask))

    def send_close(self, code: int, reason: str = "") -> None:
        """Sends a close frame."""
        self.send(Opcode.CLOSE, Close(code, reason).serialize())

    def receive(self) -> Received | None:
        """The next frame; None when the connection has ended."""
        start = self._exactly(2)
        if start is None:
            return None
        length = start[1] & 0x7F
        if length == 126:
            (length,) = struct.unpack("!H", self._exactly(2) or b"")
        elif length == 127:
            (length,) = struct.unpack("!Q", self._exactly(8) or b"")
        mask = self._exactly(4) if start[1] & 0x80 else None
        data = self._exactly(length) or b""
        if mask:
            data = bytes(byte ^ mask[n % 4] for n, byte in enumerate(data))
        return Received(Opcode(start[0] & 0x0F), data, bool(start[0] & 0x80))

    def receive_until(self, opcode: Opcode) -> Received:
        """The next frame of that kind; those before it are passed over."""
        while True:
            frame = self.receive()
            assert frame is not None, f"the connection ended before a frame of kind {opcode!r}"
            if frame.opcode is opcode:
                return frame

    def ended(self) -> bool:
        """Reads to the end of the connection, in order or not."""
        with contextlib.suppress(ConnectionError):
            while self.connection.recv(65_536):
                pass
        return True

    def _exactly(self, size: int) -> bytes | None:
        data = b""
        while len(data) < size:
            try:
                chunk = self.connection.recv(size - len(data))
            except ConnectionError:
                return None
            if not chunk:
                return None
            data += chunk
        return data


def handshake(path: str, **headers: str) -> bytes:
    """The request for an upgrade; a header whose value is empty is left out."""
    fields = {
        "Host": "127.0.0.1",
        "Upgrade": "websocket",
        "Connection": "Upgrade",
        "Sec-WebSocket-Version": "13",
        "Sec-WebSocket-Key": KEY,
        **{name.replace("_", "-"): value for name, value in headers.items()},
    }
    lines = [f"{name}: {value}" for name, value in fields.items() if value]
    return "\r\n".join((f"GET {path} HTTP/1.1", *lines, "", "")).encode("latin-1")


@contextmanager
def raw_client(port: int, arn: object, session: str, extra: bytes = b"") -> Iterator[FrameSocket]:
    """A client that has shaken hands in the session of that short name; `extra` is sent before the answer is read."""
    with socket.create_connection(("127.0.0.1", port), timeout=TIMEOUT_S) as connection:
        connection.sendall(handshake(socket_path(arn), **{SESSION_HEADER: session_id(session)}) + extra)
        client = FrameSocket(connection, mask=True)
        client.head = read_head(connection)
        assert client.head.startswith(b"HTTP/1.1 101"), client.head
        yield client


def read_head(connection: socket.socket) -> bytes:
    """What comes up to the blank line."""
    head = b""
    while not head.endswith(b"\r\n\r\n"):
        byte = connection.recv(1)
        if not byte:
            break
        head += byte
    return head


class FrameAgent:
    """A server that is well, takes upgrades, and gives the sockets to the test."""

    def __init__(self) -> None:
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        self._opened: queue.Queue[FrameSocket] = queue.Queue()
        self._all: list[FrameSocket] = []
        self.extra = b""
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()

    def accepted(self) -> FrameSocket:
        """The next socket that was opened."""
        return self._opened.get(timeout=TIMEOUT_S)

    def close(self) -> None:
        """Listens no more, and hangs up."""
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self._thread.join()
        for end in self._all:
            end.connection.close()

    def _serve(self) -> None:
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            end = FrameSocket(connection, mask=False)
            end.head = read_head(connection)
            fields = dict(line.split(b": ", 1) for line in end.head.lower().split(b"\r\n")[1:] if line)
            if b"upgrade" not in fields:
                connection.sendall(b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\nconnection: close\r\n\r\n{}")
                connection.close()
                continue
            key = next(line for line in end.head.split(b"\r\n") if line.lower().startswith(b"sec-websocket-key"))
            accept = accept_key(key.split(b": ")[1].decode())
            connection.sendall(
                b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                b"Sec-WebSocket-Accept: " + accept.encode() + b"\r\n\r\n" + self.extra
            )
            self._all.append(end)
            self._opened.put(end)


def tally(entry: dict[str, Any]) -> tuple[Any, ...]:
    """Who closed a socket, and with which code, as the journal has it."""
    return entry["closed_by"], entry["websocket"]["close_code"]
