"""An error in the form that the clients of a protocol understand: the one place where protocols answer differently.

    HTTP    status, x-amzn-ErrorType, JSON with `message`
    A2A     JSON-RPC error, with the HTTP status of the error
    MCP     JSON-RPC error, HTTP 200 where AWS is known to answer so
    AG-UI   one SSE event RUN_ERROR, with a status of its own

Only InvokeAgentRuntime speaks a runtime's protocol; every other operation answers as HTTP does.
Source: developer guide, HTTP, A2A, MCP and AG-UI protocol contracts, read 2026-11-20 - documented; not in them, and
assumed: `x-amzn-ErrorType` beside the other envelopes, the id null in A2A, and what is marked below
"""

import json
from dataclasses import dataclass
from typing import Final

from agentcore_emulator import errors
from agentcore_emulator.errors import ServiceError
from agentcore_emulator.exchange import Headers
from agentcore_emulator.model import ServerProtocol
from agentcore_emulator.sse import encode_event

ERROR_TYPE_HEADER: Final = b"x-amzn-errortype"

# Exactly these are plain HTTP answers in A2A and MCP: nobody is there yet to speak JSON-RPC with.
_PLAIN: Final = (errors.AccessDeniedException, errors.UnauthorizedException, errors.NotEmulatedException)

# Code and HTTP status. Conflicts share one code: only the message tells them apart.
_A2A: Final[dict[type[ServiceError], tuple[int, int]]] = {
    errors.ResourceNotFoundException: (-32051, 404),
    errors.ValidationException: (-32052, 400),
    errors.ThrottlingException: (-32053, 429),
    errors.ServiceQuotaExceededException: (-32053, 429),
    errors.ConflictException: (-32054, 409),
    errors.RetryableConflictException: (-32054, 409),
    errors.RuntimeClientError: (-32055, 424),
    errors.InternalServerException: (-32603, 500),
}
# -32003 with 200 is documented, -32010 is observed (its status is assumed); every other line is assumed.
_MCP: Final[dict[type[ServiceError], tuple[int, int]]] = {
    errors.ThrottlingException: (-32003, 200),
    errors.ServiceQuotaExceededException: (-32003, 200),
    errors.RuntimeClientError: (-32010, 200),
    errors.ValidationException: (-32602, 400),
    errors.ResourceNotFoundException: (-32001, 404),
    errors.ConflictException: (-32002, 409),
    errors.RetryableConflictException: (-32002, 409),
}
# The code of an unknown runtime or qualifier is assumed.
_AGUI: Final[dict[type[ServiceError], tuple[str, int]]] = {
    errors.UnauthorizedException: ("UNAUTHORIZED", 401),
    errors.AccessDeniedException: ("ACCESS_DENIED", 403),
    errors.ValidationException: ("VALIDATION_ERROR", 400),
    errors.ResourceNotFoundException: ("RESOURCE_NOT_FOUND", 404),
    errors.ConflictException: ("SESSION_BUSY", 409),
    errors.RetryableConflictException: ("SESSION_BUSY", 409),
    errors.ThrottlingException: ("RATE_LIMIT_EXCEEDED", 429),
    errors.ServiceQuotaExceededException: ("SERVICE_QUOTA_EXCEEDED", 429),
    errors.RuntimeClientError: ("AGENT_ERROR", 200),
    errors.InternalServerException: ("INTERNAL_ERROR", 500),
}


@dataclass(frozen=True, slots=True)
class ErrorAnswer:
    """An error as it goes over the wire."""

    status: int
    headers: Headers
    body: bytes


def error_answer(error: ServiceError, protocol: ServerProtocol = "HTTP") -> ErrorAnswer:
    """`error` in the form of that protocol."""
    if protocol == "AGUI" and not isinstance(error, errors.NotEmulatedException):
        return _agui(error)
    if protocol == "HTTP" or isinstance(error, _PLAIN):
        return _answer(error, error.http_status, b"application/json", error.body())
    table = _A2A if protocol == "A2A" else _MCP
    code, status = table.get(type(error), (-32603, error.http_status))
    document = {"jsonrpc": "2.0", "id": None, "error": {"code": code, "message": error.message}}
    return _answer(error, status, b"application/json", document)


def _agui(error: ServiceError) -> ErrorAnswer:
    code, status = _AGUI.get(type(error), ("INTERNAL_ERROR", error.http_status))
    event = encode_event({"type": "RUN_ERROR", "message": error.message, "code": code})
    return ErrorAnswer(status, _headers(error, b"text/event-stream"), event)


def _answer(error: ServiceError, status: int, content_type: bytes, document: object) -> ErrorAnswer:
    return ErrorAnswer(status, _headers(error, content_type), json.dumps(document).encode())


def _headers(error: ServiceError, content_type: bytes) -> Headers:
    return [(b"content-type", content_type), (ERROR_TYPE_HEADER, error.code.encode()), *error.headers]
