"""Fields of a handshake that a client sent twice: the first counts.

The SDK's `generate_ws_connection` returns a whole handshake (Host, Upgrade, Sec-WebSocket-Key and others), and the
service's own example hands it to `websockets` as additional headers; that library adds them to its own, with another
key. It accepts the answer to its own key only, which comes first, and the example works against the service.
Source: developer guide, get started with bidirectional streaming; bedrock-agentcore 1.25.0; websockets 17.4, read
2026-11-20 - observed (what is sent), assumed (that the service takes the first)
"""

from typing import Final

from agentcore_emulator.exchange import Headers

HANDSHAKE: Final = frozenset({b"connection", b"host", b"sec-websocket-key", b"sec-websocket-version", b"upgrade"})


def first_of_repeated(headers: Headers) -> Headers:
    """The headers without the later ones of each field that a handshake has once."""
    kept: Headers = []
    seen: set[bytes] = set()
    for name, value in headers:
        if name not in seen:
            kept.append((name, value))
        if name in HANDSHAKE:
            seen.add(name)
    return kept
