"""Events back into bytes, in one normal form: what a decoder saw, written so that it sees it again.

Ids stay in force until they are changed, so `id` is written only where it changes; `retry` belongs to its event;
comments are gone and every line ends in LF.
"""

from collections.abc import Iterable

from agentcore_contracts.sse import ServerSentEvent


def encode_stream(events: Iterable[ServerSentEvent]) -> bytes:
    """The stream of these events, from its first byte on.

    CR and CRLF in data are line ends and come back as LF. An empty type is written as "message".

    Raises:
        ValueError: an event that no stream can carry (a line end in its type or id, NUL in its id, a negative retry).
    """
    encoded = []
    last_event_id = ""
    for event in events:
        encoded.append(_encode(event, last_event_id))
        last_event_id = event.id
    return "".join(encoded).encode()


def _encode(event: ServerSentEvent, last_event_id: str) -> str:
    lines = []
    if event.id != last_event_id:
        lines.append(_field("id", event.id, forbidden="\r\n\0"))
    if event.event not in ("", "message"):
        lines.append(_field("event", event.event, forbidden="\r\n"))
    if event.retry is not None:
        if event.retry < 0:
            raise ValueError(f"retry must not be negative: {event.retry}")
        lines.append(_field("retry", str(event.retry), forbidden=""))
    data = event.data.replace("\r\n", "\n").replace("\r", "\n")
    lines += [_field("data", line, forbidden="") for line in data.split("\n")]
    return "".join(f"{line}\n" for line in [*lines, ""])


def _field(name: str, value: str, *, forbidden: str) -> str:
    if any(character in value for character in forbidden):
        raise ValueError(f"{name} cannot hold {value!r}")
    return f"{name}: {value}"
