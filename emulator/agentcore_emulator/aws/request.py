"""What a data-plane request says in its path, query and headers, checked against the model's limits.

Source: service model bedrock-agentcore, shape InvokeAgentRuntimeRequest, read 2026-11-20 - documented
"""

import re
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Final
from urllib.parse import parse_qsl, unquote_to_bytes

from agentcore_emulator.arn import DEFAULT_QUALIFIER
from agentcore_emulator.errors import ValidationException
from agentcore_emulator.exchange import Headers
from agentcore_emulator.session_id import SESSION_HEADER, SESSION_ID_LENGTH_MAX, SESSION_ID_LENGTH_MIN, is_session_id

LABEL_SIZE_MAX = 2_048
QUERY_FIELDS_MAX = 100

# Header: member of the model, shortest, longest; all of these reach the agent.
FORWARDED: Final[dict[bytes, tuple[str, int, int]]] = {
    b"accept": ("accept", 1, 256),
    b"baggage": ("baggage", 0, 8192),
    b"content-type": ("contentType", 1, 256),
    b"mcp-method": ("mcpMethod", 1, 1024),
    b"mcp-name": ("mcpName", 1, 1024),
    b"mcp-protocol-version": ("mcpProtocolVersion", 1, 1024),
    b"mcp-session-id": ("mcpSessionId", 1, 1024),
    b"traceparent": ("traceParent", 0, 128),
    b"tracestate": ("traceState", 0, 512),
    b"x-amzn-trace-id": ("traceId", 0, 128),
}
_USER_ID_HEADER = b"x-amzn-bedrock-agentcore-runtime-user-id"

_BAD_ESCAPE = re.compile(rb"%(?![0-9A-Fa-f]{2})")


@dataclass(frozen=True, slots=True)
class RequestHeaders:
    """The headers that mean something: those the agent gets, the session id, the payload's declared size."""

    forwarded: Headers = field(default_factory=list)
    session_id: str | None = None
    content_length: int | None = None


def read_headers(headers: Headers) -> RequestHeaders:
    """What the request's headers say.

    Raises:
        ValidationException: one of them breaks its limit.
    """
    forwarded: Headers = []
    session_id = None
    content_length = None
    for name, value in headers:
        limits = FORWARDED.get(name)
        if limits is not None:
            _check_length(value, *limits)
            forwarded.append((name, value))
        elif name == SESSION_HEADER:
            session_id = checked_session_id(value.decode("latin-1"))
        elif name == b"content-length":
            content_length = int(value)
        elif name == _USER_ID_HEADER:
            _check_length(value, "runtimeUserId", 1, 1024)
    return RequestHeaders(forwarded, session_id, content_length)


def checked_session_id(text: str) -> str:
    """The session id, when its length is legal.

    Raises:
        ValidationException: it is shorter than 33 or longer than 256 characters.
    """
    if is_session_id(text):
        return text
    bound, limit = (
        ("greater", SESSION_ID_LENGTH_MIN)
        if len(text) < SESSION_ID_LENGTH_MIN
        else (
            "less",
            SESSION_ID_LENGTH_MAX,
        )
    )
    raise ValidationException.of_field("runtimeSessionId", f"Member must have length {bound} than or equal to {limit}")


@lru_cache(maxsize=512)
def decode_label(raw: bytes) -> str:
    """The text of one percent-encoded path segment.

    Raises:
        ValidationException: an escape is broken, the bytes are not UTF-8, or there are too many.
    """
    if len(raw) > LABEL_SIZE_MAX:
        raise ValidationException.of_field(
            "agentRuntimeArn", f"Member must have length less than or equal to {LABEL_SIZE_MAX}"
        )
    if _BAD_ESCAPE.search(raw):
        raise ValidationException("The path has a broken percent escape", reason="CannotParse")
    try:
        return unquote_to_bytes(raw).decode()
    except UnicodeDecodeError:
        raise ValidationException("The path is not UTF-8", reason="CannotParse") from None


def read_query(query_string: bytes) -> tuple[str, str | None]:
    """The qualifier (DEFAULT when absent) and the account id, if there is one.

    Raises:
        ValidationException: the query has more fields than anything legal has.
    """
    if not query_string:
        return DEFAULT_QUALIFIER, None
    try:
        fields = dict(
            parse_qsl(query_string.decode("latin-1"), keep_blank_values=True, max_num_fields=QUERY_FIELDS_MAX)
        )
    except ValueError:
        raise ValidationException("The query has too many fields", reason="CannotParse") from None
    return fields.get("qualifier", DEFAULT_QUALIFIER), fields.get("accountId")


def _check_length(value: bytes, member: str, shortest: int, longest: int) -> None:
    if len(value) < shortest:
        raise ValidationException.of_field(member, f"Member must have length greater than or equal to {shortest}")
    if len(value) > longest:
        raise ValidationException.of_field(member, f"Member must have length less than or equal to {longest}")
