"""What a data-plane request says in its path, query, headers and small bodies, checked against the model's limits.

Source: service model bedrock-agentcore, shapes InvokeAgentRuntimeRequest and InvokeAgentRuntimeCommandRequest, read
2026-11-20 - documented
"""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any, Final, TypeAlias
from urllib.parse import parse_qsl, unquote_to_bytes

from agentcore_emulator.arn import DEFAULT_QUALIFIER
from agentcore_emulator.errors import ValidationException
from agentcore_emulator.exchange import ClientLeftError, Headers, Receive
from agentcore_emulator.model import Deployment
from agentcore_emulator.session_id import SESSION_HEADER, SESSION_ID_LENGTH_MAX, SESSION_ID_LENGTH_MIN, is_session_id

LABEL_SIZE_MAX: Final = 2_048
QUERY_FIELDS_MAX: Final = 100
LISTED_VALUE_SIZE_MAX: Final = 4_096
MCP_SESSION_HEADER: Final = b"mcp-session-id"
TRACE_HEADERS: Final = (b"x-amzn-trace-id", b"traceparent", b"tracestate", b"baggage")

# Header: member of the model, shortest, longest.
Limits: TypeAlias = Mapping[bytes, tuple[str, int, int]]

_COMMON: Final[Limits] = {
    b"accept": ("accept", 1, 256),
    b"baggage": ("baggage", 0, 8192),
    b"content-type": ("contentType", 1, 256),
    b"tracestate": ("traceState", 0, 512),
}
# All of these reach the agent.
INVOKE_HEADERS: Final[Limits] = {
    **_COMMON,
    b"mcp-method": ("mcpMethod", 1, 1024),
    b"mcp-name": ("mcpName", 1, 1024),
    b"mcp-protocol-version": ("mcpProtocolVersion", 1, 1024),
    MCP_SESSION_HEADER: ("mcpSessionId", 1, 1024),
    b"traceparent": ("traceParent", 0, 128),
    b"x-amzn-trace-id": ("traceId", 0, 128),
}
COMMAND_HEADERS: Final[Limits] = {
    **_COMMON,
    b"traceparent": ("traceParent", 0, 1024),
    b"x-amzn-trace-id": ("traceId", 0, 1024),
}
NO_HEADERS: Final[Limits] = {}
_USER_ID_HEADER = b"x-amzn-bedrock-agentcore-runtime-user-id"

_BAD_ESCAPE = re.compile(rb"%(?![0-9A-Fa-f]{2})")


@dataclass(frozen=True, slots=True)
class RequestHeaders:
    """The headers that mean something: those of the model, the session id, the payload's declared size."""

    modelled: Headers = field(default_factory=list)
    session_id: str | None = None
    content_length: int | None = None

    def find(self, name: bytes) -> bytes | None:
        """The value of that header of the model, if it was sent."""
        return next((value for found, value in self.modelled if found == name), None)

    def trace(self) -> Headers:
        """The headers of a trace, which an answer repeats unless the agent's own are in it.

        Source: service model, shape InvokeAgentRuntimeResponse, read 2026-11-20 - documented; that the values are the
        request's is assumed
        """
        return [header for header in self.modelled if header[0] in TRACE_HEADERS]


def read_headers(headers: Headers, limits: Limits = INVOKE_HEADERS) -> RequestHeaders:
    """What the request's headers say.

    Raises:
        ValidationException: one of them breaks its limit.
    """
    modelled: Headers = []
    session_id = None
    content_length = None
    for name, value in headers:
        limit = limits.get(name)
        if limit is not None:
            _check_length(value, *limit)
            modelled.append((name, value))
        elif name == SESSION_HEADER:
            session_id = checked_session_id(value.decode("latin-1"))
        elif name == b"content-length":
            content_length = int(value)
        elif name == _USER_ID_HEADER and limits is INVOKE_HEADERS:
            _check_length(value, "runtimeUserId", 1, 1024)
    return RequestHeaders(modelled, session_id, content_length)


def listed_headers(headers: Headers, deployment: Deployment) -> Headers:
    """The caller's own headers that the runtime's allow-list lets through; that it lists nothing restricted is known.

    Source: developer guide, runtime header allow-list, read 2026-11-20 - documented; the answer to a longer value is
    assumed

    Raises:
        ValidationException: the value of one of them is longer than 4 KB.
    """
    listed = []
    for name, value in headers:
        if name not in deployment.header_allowlist or name in INVOKE_HEADERS:
            continue
        if name == b"authorization" and deployment.authorizer is None:
            continue
        _check_length(value, name.decode("latin-1"), 0, LISTED_VALUE_SIZE_MAX)
        listed.append((name, value))
    return listed


def checked_session_id(text: str) -> str:
    """The session id, when its length is legal.

    Raises:
        ValidationException: it is shorter than 33 or longer than 256 characters.
    """
    if is_session_id(text):
        return text
    too_short = len(text) < SESSION_ID_LENGTH_MIN
    bound, limit = ("greater", SESSION_ID_LENGTH_MIN) if too_short else ("less", SESSION_ID_LENGTH_MAX)
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


async def read_document(receive: Receive, size_max: int) -> dict[str, Any]:
    """The request's body as a JSON object; an empty body is an empty one.

    Raises:
        ValidationException: it is not one, or has more than `size_max` bytes.
        ClientLeftError: the client went away before all of it came.
    """
    body = bytearray()
    while True:
        message = await receive()
        if message["type"] != "http.request":
            raise ClientLeftError
        body += message.get("body", b"")
        if len(body) > size_max:
            raise ValidationException(f"The request body is longer than {size_max} bytes", reason="CannotParse")
        if not message.get("more_body", False):
            break
    try:
        document = json.loads(body) if body.strip() else {}
    except (ValueError, RecursionError):
        raise ValidationException("The request body is not valid JSON", reason="CannotParse") from None
    if not isinstance(document, dict):
        raise ValidationException("The request body must be a JSON object", reason="CannotParse")
    return document


def _check_length(value: bytes, member: str, shortest: int, longest: int) -> None:
    if len(value) < shortest:
        raise ValidationException.of_field(member, f"Member must have length greater than or equal to {shortest}")
    if len(value) > longest:
        raise ValidationException.of_field(member, f"Member must have length less than or equal to {longest}")
