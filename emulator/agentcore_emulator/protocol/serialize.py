"""The output of an operation, put where the model says its members stand."""

import base64
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

from agentcore_emulator.exchange import Headers
from agentcore_emulator.protocol.shapes import Operation, Shape


@dataclass(frozen=True, slots=True)
class Answer:
    """Status, headers and body of an answer."""

    status: int
    headers: Headers
    body: bytes


def write_answer(operation: Operation, values: Mapping[str, Any]) -> Answer:
    """The answer of the operation; members that are None or that the model does not know are left out.

    Source: service models, statuses, locations and timestamp formats, read 2026-11-20 - documented
    """
    status = operation.status
    headers: Headers = []
    document: dict[str, Any] = {}
    members = operation.output.members if operation.output is not None else {}
    for name, member in members.items():
        value = values.get(name)
        if value is None:
            continue
        if member.location == "statusCode":
            status = value
        elif member.location == "header":
            headers.append((member.wire_name.lower().encode(), str(value).encode("latin-1")))
        else:
            document[member.wire_name] = _to_json(member.shape, value)
    if status == 204:
        return Answer(status, headers, b"")
    headers.append((b"content-type", b"application/json"))
    return Answer(status, headers, json.dumps(document).encode())


def _to_json(shape: Shape, value: Any) -> Any:
    write = _WRITERS.get(shape.type)
    return value if write is None or shape.document else write(shape, value)


def _structure(shape: Shape, value: Any) -> Any:
    return {
        member.wire_name: _to_json(member.shape, value[name])
        for name, member in shape.members.items()
        if value.get(name) is not None
    }


def _timestamp(shape: Shape, moment: datetime) -> str | float:
    if shape.timestamp_format == "iso8601":
        return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    return round(moment.timestamp(), 3)


_WRITERS: Final[dict[str, Callable[[Shape, Any], Any]]] = {
    "structure": _structure,
    "map": lambda shape, value: {key: _to_json(shape.item, item) for key, item in value.items()},
    "list": lambda shape, value: [_to_json(shape.item, item) for item in value],
    "blob": lambda _shape, value: base64.b64encode(value).decode(),
    "timestamp": _timestamp,
}
