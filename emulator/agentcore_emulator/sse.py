"""Server-sent events, the writing half: bytes exactly as the AgentCore SDK writes them.

One `data:` line of JSON and a blank line for each event, no event name, no id, LF line ends.
Source: bedrock-agentcore 1.25.0, runtime/app.py, read 2026-11-20 - observed
"""

import json

CONTENT_TYPE = "text/event-stream; charset=utf-8"


def encode_event(data: object) -> bytes:
    """The bytes of one event that carries `data` as JSON.

    Raises:
        ValueError: `data` holds NaN, an infinity or half a surrogate pair.
        TypeError: `data` holds what JSON has no word for.
    """
    return f"data: {json.dumps(data, ensure_ascii=False, allow_nan=False)}\n\n".encode()


def encode_error_event(error: str, error_type: str) -> bytes:
    """The bytes of the last event of a stream whose agent raised in the middle."""
    return encode_event({"error": error, "error_type": error_type, "message": "An error occurred during streaming"})
