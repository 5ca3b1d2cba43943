"""The WebSocket of the imitated service, with the contract agent behind it in the same thread."""

import json
from base64 import urlsafe_b64decode
from collections.abc import Mapping
from hashlib import sha1
from typing import Final, Protocol
from urllib.parse import parse_qs, urlsplit

from defects import Defect

from agentcore_contracts.data_plane import SESSION_HEADER

SUBPROTOCOL: Final = "base64UrlBearerAuthorization"
_PREFIX: Final = "x-amzn-bedrock-agentcore-runtime-custom-"
_GUID: Final = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
_FRAME_SIZE_MAX: Final = 65_536
_FRAMES_MAX: Final = 250


class Stream(Protocol):
    """A file of bytes, to read from or to write to."""

    def read(self, size: int, /) -> bytes:
        """So many bytes, fewer at the end."""

    def write(self, data: bytes, /) -> object:
        """Sends them."""


def token_of(headers: Mapping[str, str]) -> str | None:
    """The token among the subprotocols, if there is one."""
    offered = headers.get("sec-websocket-protocol", "").split(", ")
    carried = next((name for name in offered if name.startswith(f"{SUBPROTOCOL}.")), None)
    if carried is None:
        return None
    text = carried.partition(".")[2]
    return urlsafe_b64decode(text + "=" * (-len(text) % 4)).decode()


def query_of(raw_path: str) -> dict[str, str]:
    """The fields of the query."""
    return {name: values[0] for name, values in parse_qs(urlsplit(raw_path).query).items()}


def session_of(raw_path: str, headers: Mapping[str, str]) -> str:
    """The session id, from a header or the query."""
    return headers.get(SESSION_HEADER.lower()) or query_of(raw_path)[SESSION_HEADER]


class Conversation:
    """One socket that was let in."""

    def __init__(self, raw_path: str, headers: Mapping[str, str], defect: Defect | None) -> None:
        self._query = query_of(raw_path)
        self._headers = headers
        self._defect = defect
        self._session_id = session_of(raw_path, headers)

    def run(self, reads: Stream, writes: Stream) -> None:
        """Shakes hands and answers until one side closes."""
        writes.write(self._handshake())
        frames, size = 0, 0
        while (frame := _frame(reads)) is not None:
            opcode, payload, final = frame
            frames, size = frames + 1, size + len(payload)
            code = self._breach(frames, len(payload), size)
            if code or opcode == 8:
                writes.write(b"\x88\x02" + (code or 1000).to_bytes(2, "big"))
                return
            if final:
                text = self._answer(payload, size)
                writes.write(b"\x81\x7e" + len(text).to_bytes(2, "big") + text)
                size = 0

    def _breach(self, frames: int, size: int, message_size: int) -> int | None:
        limited = message_size if self._defect is Defect.SOCKET_LIMITS_MESSAGES else size
        if limited > _FRAME_SIZE_MAX and self._defect is not Defect.SOCKET_TAKES_LARGE_FRAMES:
            return 1008 if self._defect is Defect.SOCKET_CODE_WRONG else 1009
        return 1008 if frames > _FRAMES_MAX and self._defect is not Defect.SOCKET_TAKES_ANY_RATE else None

    def _answer(self, payload: bytes, size: int) -> bytes:
        if b"whoami" not in payload:
            return json.dumps({"size": size}).encode()
        custom = {name.lower(): value for name, value in self._query.items() if name.lower().startswith(_PREFIX)}
        hidden = self._defect is Defect.SOCKET_SESSION_HIDDEN_FROM_AGENT
        kept = {} if self._defect is Defect.SOCKET_QUERY_DROPPED else custom
        return json.dumps({"session_id": None if hidden else self._session_id, "headers": kept}).encode()

    def _handshake(self) -> bytes:
        accept = sha1(self._headers["sec-websocket-key"].encode() + _GUID, usedforsecurity=False).hexdigest()
        lines = ["HTTP/1.1 101 Switching Protocols", "Upgrade: websocket", "Connection: Upgrade"]
        lines.append(f"Sec-WebSocket-Accept: {accept}")
        if self._defect is not Defect.SOCKET_SESSION_NOT_RETURNED:
            lines.append(f"{SESSION_HEADER}: {self._session_id}")
        if token_of(self._headers) is not None and self._defect is not Defect.SUBPROTOCOL_NOT_SELECTED:
            lines.append(f"Sec-WebSocket-Protocol: {SUBPROTOCOL}")
        return "\r\n".join((*lines, "", "")).encode()


def _frame(reads: Stream) -> tuple[int, bytes, bool] | None:
    start = reads.read(2)
    if len(start) < 2:
        return None
    size = start[1] & 0x7F
    if size >= 126:
        size = int.from_bytes(reads.read(2 if size == 126 else 8), "big")
    reads.read(4)
    return start[0] & 0x0F, reads.read(size), bool(start[0] & 0x80)
