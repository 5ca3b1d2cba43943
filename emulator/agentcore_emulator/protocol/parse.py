"""A request's members, read from where the model says they stand and turned into Python values.

What does not fit its type is left as it came, so that `validate` names it. Members that the model does not know are
ignored: a client may be newer than the installed model.
"""

import base64
import json
import re
from binascii import Error as Base64Error
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any, Final
from urllib.parse import parse_qsl, unquote_to_bytes

from agentcore_emulator.errors import ValidationException
from agentcore_emulator.exchange import Headers
from agentcore_emulator.protocol.routes import Match
from agentcore_emulator.protocol.shapes import Shape
from agentcore_emulator.protocol.validate import DEPTH_MAX, problems_of, refusal

QUERY_FIELDS_MAX: Final = 1_000

_BAD_ESCAPE = re.compile(rb"%(?![0-9A-Fa-f]{2})")
_WHOLE_NUMBER = re.compile(r"-?[0-9]{1,18}")


def read_request(match: Match, query_string: bytes, headers: Headers, body: bytes) -> dict[str, Any]:
    """The checked input of the operation, by member name; members that are absent are not in it.

    Raises:
        ValidationException: the request cannot be read, or members break their constraints.
    """
    shape = match.operation.input
    if shape is None:
        return {}
    values = _read(match, shape, query_string, headers, body)
    problems = problems_of(shape, values)
    if problems:
        raise refusal(problems)
    return values


def _read(match: Match, shape: Shape, query_string: bytes, headers: Headers, body: bytes) -> dict[str, Any]:
    payload = match.operation.payload
    query = _query(query_string)
    fields = {name.decode("latin-1"): value.decode("latin-1") for name, value in headers}
    has_document = payload is None and any(member.location == "body" for member in shape.members.values())
    document = _document(body) if has_document else {}
    values: dict[str, Any] = {}
    for name, member in shape.members.items():
        if member.location == "uri":
            raw = _from_text(member.shape, decode_segment(match.labels[member.wire_name]))
        elif member.location == "querystring":
            raw = _from_query(member.shape, query.get(member.wire_name))
            if raw is None and member.shape.type == "list" and name in shape.required:
                raw = []  # an empty list leaves no trace in a query
        elif member.location == "header":
            raw = _from_text(member.shape, fields.get(member.wire_name.lower()))
        elif name == payload:
            raw = _from_json(member.shape, _document(body)) if member.shape.type == "structure" else body
        else:
            raw = _from_json(member.shape, document.get(member.wire_name))
        if raw is not None:
            values[name] = raw
    return values


def decode_segment(raw: bytes) -> str:
    """The text of one percent-encoded segment or query value.

    Raises:
        ValidationException: an escape is broken, or the bytes are not UTF-8.
    """
    if _BAD_ESCAPE.search(raw):
        raise _unreadable("The path has a broken percent escape")
    try:
        return unquote_to_bytes(raw).decode()
    except UnicodeDecodeError:
        raise _unreadable("The path is not UTF-8") from None


def _query(query_string: bytes) -> dict[str, list[str]]:
    try:
        pairs = parse_qsl(
            query_string.decode("latin-1"), keep_blank_values=True, max_num_fields=QUERY_FIELDS_MAX, errors="strict"
        )
    except ValueError:
        raise _unreadable("The query cannot be read") from None
    found: dict[str, list[str]] = {}
    for name, value in pairs:
        found.setdefault(name, []).append(value)
    return found


def _document(body: bytes) -> dict[str, Any]:
    if not body.strip():
        return {}
    try:
        document = json.loads(body)
    except (ValueError, RecursionError):
        raise _unreadable("The request body is not valid JSON") from None
    if not isinstance(document, dict):
        raise _unreadable("The request body must be a JSON object")
    return document


def _from_query(shape: Shape, texts: list[str] | None) -> object:
    if texts is None:
        return None
    if shape.type == "list":
        return [_from_text(shape.item, text) for text in texts]
    return _from_text(shape, texts[-1])


def _from_text(shape: Shape, text: str | None) -> object:
    """A scalar that stands in the path, the query or a header."""
    if text is None or shape.type not in _TEXT_READERS:
        return text
    try:
        return _TEXT_READERS[shape.type](text)
    except (ValueError, KeyError):
        return text


def _from_json(shape: Shape, value: Any, depth: int = 0) -> Any:
    """A value of a JSON document: members known to the model only, nulls left out, scalars converted."""
    read = _JSON_READERS.get(shape.type)
    if read is None or value is None or shape.document or depth > DEPTH_MAX:
        return value
    return read(shape, value, depth + 1)


def _structure(shape: Shape, value: Any, depth: int) -> Any:
    if not isinstance(value, dict):
        return value
    read = {m.name: _from_json(m.shape, value.get(m.wire_name), depth) for m in shape.members.values()}
    return {name: item for name, item in read.items() if item is not None}


def _map(shape: Shape, value: Any, depth: int) -> Any:
    return {k: _from_json(shape.item, v, depth) for k, v in value.items()} if isinstance(value, dict) else value


def _list(shape: Shape, value: Any, depth: int) -> Any:
    return [_from_json(shape.item, item, depth) for item in value] if isinstance(value, list) else value


def _blob(_shape: Shape, value: Any, _depth: int) -> Any:
    try:
        return base64.b64decode(value, validate=True)
    except (Base64Error, ValueError, TypeError):
        return value


def _moment(value: Any) -> Any:
    """ISO 8601 or seconds since 1970; a time without a zone is UTC."""
    try:
        if isinstance(value, str):
            moment = datetime.fromisoformat(value)
            return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
        if isinstance(value, int | float) and not isinstance(value, bool):
            return datetime.fromtimestamp(value, UTC)
    except (ValueError, OverflowError, OSError):
        pass
    return value


def _whole_number(text: str) -> int:
    if _WHOLE_NUMBER.fullmatch(text) is None:
        raise ValueError(text)
    return int(text)


def _unreadable(message: str) -> ValidationException:
    return ValidationException(message, reason="CannotParse")


_TEXT_READERS: Final[dict[str, Callable[[str], object]]] = {
    "integer": _whole_number,
    "long": _whole_number,
    "float": float,
    "double": float,
    "boolean": {"true": True, "false": False}.__getitem__,
    "timestamp": _moment,
}
_JSON_READERS: Final[dict[str, Callable[[Shape, Any, int], Any]]] = {
    "structure": _structure,
    "map": _map,
    "list": _list,
    "blob": _blob,
    "timestamp": lambda _shape, value, _depth: _moment(value),
}
