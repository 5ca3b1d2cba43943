"""The messages between this backend and an agent on a WebSocket: JSON, one object or value in each text message.

    backend ▶ agent   {"prompt": "…"}                     a question; the next one only when this one is answered
    agent ▶ backend   any JSON value                      an event of the answer, the same that HTTP carries as SSE data
    agent ▶ backend   {"error": "…", "error_type": "…"}   the answer failed; more members may follow
    agent ▶ backend   {"end": true}                       the answer is complete; the socket waits for another question

An agent that answers one question for each socket may close with code 1000 instead of the end message.
A frame carries at most 64 KB, so a long question goes in fragments of one message.
Source of the limit: developer guide, quotas, read 2026-11-20 - documented
"""

import json
from collections.abc import Sequence

from agentcore_backend.answer import content_of

END = {"end": True}
END_LENGTH_MAX = 64  # however it is written
FRAGMENT_LENGTH_MAX = 60_000


def question(prompt: str) -> str | Sequence[str]:
    """Return the message, or its fragments when it is too long for one frame."""
    text = json.dumps({"prompt": prompt})  # ASCII, so its length is its size
    if len(text) <= FRAGMENT_LENGTH_MAX:
        return text
    return [text[start : start + FRAGMENT_LENGTH_MAX] for start in range(0, len(text), FRAGMENT_LENGTH_MAX)]


def text_of(message: str | bytes) -> str | None:
    """Return the text of an event, None for the end of the answer. Raises ``AgentFailure`` for the agent's failure."""
    data = message if isinstance(message, str) else message.decode("utf-8", errors="replace")
    return None if _is_end(data) else content_of(data)


def _is_end(data: str) -> bool:
    try:
        return len(data) <= END_LENGTH_MAX and bool(json.loads(data) == END)
    except ValueError:
        return False
