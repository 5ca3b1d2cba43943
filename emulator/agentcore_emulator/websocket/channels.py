"""The framing of an interactive shell: one byte that names a channel, then its payload.

    00 stdin   01 stdout   02 diagnostics   03 status (JSON)   04 resize (JSON)   05 heartbeat   FF close

Source: bedrock-agentcore 1.25.0, runtime/shell/protocol.py, read 2026-11-20 - observed
"""

import json
from enum import IntEnum
from typing import Any, Final

PAYLOAD_SIZE_MAX: Final = 65_535
_SIDE_MAX: Final = 32_767


class Channel(IntEnum):
    """What a message is about."""

    STDIN = 0x00
    STDOUT = 0x01
    STDERR = 0x02
    STATUS = 0x03
    RESIZE = 0x04
    HEARTBEAT = 0x05
    CLOSE = 0xFF


def encode(channel: Channel, payload: bytes = b"") -> bytes:
    """One message."""
    return bytes((channel,)) + payload


def connected(shell_id: str, *, reconnected: bool) -> bytes:
    """Tells a client which shell it is connected to, and whether that shell was there before."""
    return _status({"metadata": {"shellId": shell_id, "reconnected": reconnected}, "status": "Success"})


def exited(code: int, signal: int | None) -> bytes:
    """Tells a client that its shell has ended.

    Args:
        code: as a shell tells it: 128 and the signal's number when a signal ended it.
    """
    if code == 0:
        return _status({"metadata": {}, "status": "Success"})
    causes = [{"reason": "ExitCode", "message": str(code)}]
    if signal is not None:
        causes.append({"reason": "Signal", "message": str(signal)})
    return _status(
        {
            "metadata": {},
            "status": "Failure",
            "reason": "NonZeroExitCode",
            "message": f"command terminated with exit code {code}",
            "details": {"causes": causes},
        }
    )


def read_size(payload: bytes) -> tuple[int, int] | None:
    """Width and height of a resize message; None when it does not tell them."""
    try:
        size: Any = json.loads(payload)
        width, height = size["width"], size["height"]
    except (ValueError, TypeError, KeyError, RecursionError):
        return None
    if type(width) is not int or type(height) is not int:
        return None
    return (width, height) if 0 < width <= _SIDE_MAX and 0 < height <= _SIDE_MAX else None


def _status(members: dict[str, object]) -> bytes:
    return encode(Channel.STATUS, json.dumps({"kind": "Status", "apiVersion": "v1", **members}).encode())
