"""Where a request can carry a bearer token: the header, or, for browsers, the subprotocol of a WebSocket.

Source: developer guide, runtime-oauth and runtime-get-started-websocket, read 2026-11-20 - documented
"""

import re
from base64 import urlsafe_b64decode
from dataclasses import dataclass
from typing import Final

from agentcore_emulator.auth.sigv4_request import WireRequest

SUBPROTOCOL: Final = b"base64UrlBearerAuthorization"
_WITH_TOKEN: Final = SUBPROTOCOL + b"."
_BASE64URL: Final = re.compile(rb"[A-Za-z0-9_-]+")


@dataclass(frozen=True, slots=True)
class Bearers:
    """Every token that a request carries, and how many authorizations of another kind."""

    tokens: tuple[bytes, ...] = ()
    others: int = 0
    subprotocol: bytes | None = None
    """What the handshake must select, when the token came as a subprotocol."""


def read_bearers(request: WireRequest, *, websocket: bool) -> Bearers:
    """The tokens of the request; one that cannot be decoded is an empty text, which no authorizer takes."""
    tokens, others = [], 0
    for value in request.values(b"authorization"):
        scheme, _, rest = value.strip(b" \t").partition(b" ")
        if scheme.lower() == b"bearer":
            tokens.append(rest.strip(b" \t"))
        elif scheme:
            others += 1
    if not websocket:
        return Bearers(tuple(tokens), others)
    offered = [part.strip(b" \t") for value in request.values(b"sec-websocket-protocol") for part in value.split(b",")]
    carried = [_decoded(part.removeprefix(_WITH_TOKEN)) for part in offered if part.startswith(_WITH_TOKEN)]
    selected = SUBPROTOCOL if carried and SUBPROTOCOL in offered else None
    return Bearers((*tokens, *carried), others, selected)


def _decoded(text: bytes) -> bytes:
    if _BASE64URL.fullmatch(text) is None:
        return b""
    try:
        return urlsafe_b64decode(text + b"=" * (-len(text) % 4))
    except ValueError:
        return b""
