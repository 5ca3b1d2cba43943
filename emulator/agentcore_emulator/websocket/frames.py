"""The two ends of a relayed WebSocket, frame by frame and without I/O: what `websockets` parses, within the limits.

Unlike an ordinary end it answers no ping (the other end of the relay does), and it gives out fragments as they came.
Source: RFC 6455; developer guide, quotas (64 KB for a frame, not for a message), and a user's measurements, read
2026-11-20 - documented, observed
"""

import codecs
import logging
from typing import Final

from websockets.client import ClientProtocol
from websockets.frames import Close, CloseCode, Frame, Opcode
from websockets.http11 import Response
from websockets.protocol import Protocol, State
from websockets.server import ServerProtocol
from websockets.uri import WebSocketURI

FRAME_SIZE_MAX: Final = 65_536
TOO_BIG_REASON: Final = "message size limit of 64 KB for a message frame is exceeded"

_DATA: Final = (Opcode.TEXT, Opcode.BINARY, Opcode.CONT)
_QUIET = logging.getLogger("agentcore_emulator.websocket.frames")
_QUIET.setLevel(logging.CRITICAL)
_LIMITS: Final = (None, FRAME_SIZE_MAX)
_UTF8 = codecs.getincrementaldecoder("utf-8")


class _End(Protocol):
    """What both ends have in common."""

    _text: codecs.IncrementalDecoder | None = None

    def recv_frame(self, frame: Frame) -> None:
        """Takes one whole frame; what it means for the connection is the library's business."""
        if frame.opcode is Opcode.PING:
            self.events.append(frame)
            return
        if frame.opcode is Opcode.TEXT or self._text is not None:
            self._check_text(frame)
        super().recv_frame(frame)

    def fail(self, code: CloseCode | int, reason: str = "") -> None:
        """Gives up the connection, in the service's words."""
        super().fail(code, TOO_BIG_REASON if code == CloseCode.MESSAGE_TOO_BIG else reason)

    def relay(self, frame: Frame) -> None:
        """Sends a data, ping or pong frame that came from the other end; nothing once this end is closing."""
        if self.state is State.OPEN:
            self.send_frame(frame)

    def close(self, close: Close) -> None:
        """Begins the closing handshake, if it has not begun; 1005 stands for a close frame without a code."""
        if self.state is not State.OPEN:
            return
        if close.code == CloseCode.NO_STATUS_RCVD:
            self.send_close()
        else:
            self.send_close(close.code, close.reason)

    def _check_text(self, frame: Frame) -> None:
        """Raises UnicodeDecodeError as soon as a text message cannot be UTF-8, also across its fragments."""
        if frame.opcode not in _DATA:
            return
        if frame.opcode is Opcode.TEXT and frame.fin and self._text is None:
            bytes(frame.data).decode()
            return
        decoder = self._text or _UTF8()
        decoder.decode(bytes(frame.data), final=frame.fin)
        self._text = None if frame.fin else decoder


class ClientSide(_End, ServerProtocol):
    """The emulator's end of a client's socket."""

    def __init__(self) -> None:
        super().__init__(max_size=_LIMITS, logger=_QUIET)

    def send_response(self, response: Response) -> None:
        """Answers the handshake; the request was read by others, so that frames are what comes next."""
        super().send_response(response)
        self.parser = Protocol.parse(self)
        next(self.parser)


class AgentSide(_End, ClientProtocol):
    """The emulator's end of a socket to an agent."""

    def __init__(self, host: str, port: int) -> None:
        super().__init__(WebSocketURI(False, host, port, "/ws", ""), max_size=_LIMITS, logger=_QUIET)


def is_data(frame: Frame) -> bool:
    """Whether the frame carries a piece of a message."""
    return frame.opcode in _DATA


class FrameRate:
    """Counts frames by the clock's second in which the first of them came."""

    __slots__ = ("_count", "_most", "_since")

    def __init__(self, most_per_s: int) -> None:
        self._most = most_per_s
        self._since = float("-inf")
        self._count = 0

    def admits(self, now: float) -> bool:
        """Whether one more frame at this moment is within the limit."""
        if now - self._since >= 1:
            self._since = now
            self._count = 0
        self._count += 1
        return self._count <= self._most
