"""What an agent said: the content of its events, as text for the person who asked."""

import json
from collections.abc import Iterator

from agentcore_backend.failures import AgentFailure
from agentcore_contracts.sse import SSEDecoder


class AnswerReader:
    """Turns the bytes of an answer into texts, one for each event, each as soon as its event is complete.

    An answer that is no event stream is one text, known at its end.
    """

    def __init__(self, content_type: str) -> None:
        self._decoder = SSEDecoder() if content_type.partition(";")[0].strip() == "text/event-stream" else None
        self._document = bytearray()

    def feed(self, data: bytes) -> Iterator[str]:
        """Yield the texts of the events that ``data`` completes. Raises ``AgentFailure`` at an event that says so."""
        if self._decoder is None:
            self._document += data
            return
        for event in self._decoder.feed(data):
            yield content_of(event.data)

    def end(self) -> Iterator[str]:
        """Yield what is known only at the end of the answer."""
        if self._document:
            yield content_of(self._document.decode("utf-8", errors="replace"))


def content_of(data: str) -> str:
    """Return the text of an event: a JSON string, the member ``text`` of a JSON object, else the data as it is.

    Raises ``AgentFailure`` when the event reports that the agent's code raised: an object with both ``error`` and
    ``error_type``. It comes as an ordinary event after status 200.
    Source: bedrock-agentcore 1.25.0, runtime/app.py, read 2026-11-20 - observed
    """
    try:
        value = json.loads(data)
    except (ValueError, RecursionError):
        return data
    if isinstance(value, str):
        return value
    if isinstance(value, dict):
        if "error" in value and "error_type" in value:
            raise AgentFailure("AgentError")
        if isinstance(value.get("text"), str):
            return str(value["text"])
    return data
