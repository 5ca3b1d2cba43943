"""The client's end of a socket: an ordinary HTTP answer, or the upgrade and then frames."""

import asyncio
from collections.abc import Callable
from http import HTTPStatus

from websockets.datastructures import Headers as HandshakeHeaders
from websockets.http11 import Request, Response

from agentcore_emulator.errors import ValidationException
from agentcore_emulator.exchange import ClientLeftError, Headers, Message
from agentcore_emulator.websocket.end import SocketEnd
from agentcore_emulator.websocket.frames import FRAME_SIZE_MAX, ClientSide


class ClientEnd(SocketEnd):
    """One client that asked for an upgrade; what it sends before the answer waits, up to the size of one frame."""

    side: ClientSide

    def __init__(self, transport: asyncio.Transport, headers: Headers) -> None:
        super().__init__(ClientSide())
        self.connection_made(transport)
        self._headers = headers
        self._unread: bytearray | None = bytearray()
        self._answer: Response | None = None
        self._refusal = b""
        self.on_left: Callable[[], None] | None = None

    @property
    def accepted(self) -> bool:
        """Whether the upgrade was answered with 101."""
        return self._unread is None

    def negotiate(self) -> None:
        """Checks the handshake.

        Raises:
            ValidationException: it is not one of RFC 6455.
        """
        fields = HandshakeHeaders()
        for name, value in self._headers:
            if name != b"sec-websocket-protocol":
                fields[name.decode("latin-1")] = value.decode("latin-1")
        answer = self.side.accept(Request("/", fields))
        if answer.status_code != 101:
            reason = f"The WebSocket handshake is not valid: {self.side.handshake_exc}"
            raise ValidationException(reason, reason="CannotParse")
        self._answer = answer

    def accept(self, headers: Headers, subprotocol: bytes | None) -> None:
        """Answers 101; from here on frames flow, beginning with those that came too early.

        Raises:
            ClientLeftError: there is nobody to answer.
        """
        if self.gone or self._answer is None or self._unread is None:
            raise ClientLeftError
        if subprotocol is not None:
            self._answer.headers["Sec-WebSocket-Protocol"] = subprotocol.decode()
        for name, value in headers:
            self._answer.headers[name.decode("latin-1")] = value.decode("latin-1")
        self.side.send_response(self._answer)
        early, self._unread, self._headers = bytes(self._unread), None, []
        self.flush()
        if early:
            self.feed(early)

    @property
    def answered(self) -> bool:
        """Whether it was answered, one way or the other."""
        return self.accepted or bool(self._refusal)

    async def send(self, message: Message) -> None:
        """Answers with plain HTTP in place of the upgrade, told in ASGI's messages, and hangs up after it."""
        if message["type"] == "http.response.start":
            status = HTTPStatus(message["status"])
            lines = [f"HTTP/1.1 {status.value} {status.phrase}".encode(), b"connection: close"]
            lines += [name + b": " + value for name, value in message["headers"]]
            self._refusal = b"\r\n".join((*lines, b"", b""))
            return
        self._refusal += message.get("body", b"")
        if not message.get("more_body", False) and self._transport is not None:
            self._transport.write(self._refusal)
            self._transport.close()

    def data_received(self, data: bytes) -> None:
        """Takes bytes from the client."""
        if self._unread is None:
            self.feed(data)
            return
        self._unread += data
        if len(self._unread) > FRAME_SIZE_MAX:
            self.drop()

    def eof_received(self) -> None:
        """The client will send no more."""
        if self._unread is None:
            super().eof_received()

    def connection_lost(self, exc: Exception | None) -> None:
        """The client is gone."""
        super().connection_lost(exc)
        if self.on_left is not None:
            self.on_left()
