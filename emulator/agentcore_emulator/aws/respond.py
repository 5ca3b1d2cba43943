"""The one place where an answer of the service itself is written to the wire.

Source: developer guide, HTTP protocol contract, and recorded errors of the service, read 2026-11-20 - observed
"""

import json

from agentcore_emulator.errors import ServiceError
from agentcore_emulator.exchange import Headers, Send

REQUEST_ID_HEADER = b"x-amzn-requestid"
ERROR_TYPE_HEADER = b"x-amzn-errortype"


async def send_error(send: Send, error: ServiceError, request_id: str) -> None:
    """Answers with a modelled error: status, `x-amzn-ErrorType`, JSON with a lower-case `message`."""
    body = json.dumps(error.body()).encode()
    headers = [(b"content-type", b"application/json"), (ERROR_TYPE_HEADER, error.code.encode())]
    await send_answer(send, error.http_status, headers, body, request_id)


async def send_empty(send: Send, status: int, headers: Headers, request_id: str) -> None:
    """Answers with headers only."""
    await send_answer(send, status, headers, b"", request_id)


async def send_answer(send: Send, status: int, headers: Headers, body: bytes, request_id: str) -> None:
    """Answers with a status, headers and a body; a 204 has neither a body nor the length of one."""
    complete = [*headers, (REQUEST_ID_HEADER, request_id.encode())]
    if status != 204:
        complete.append((b"content-length", str(len(body)).encode()))
    await send({"type": "http.response.start", "status": status, "headers": complete})
    await send({"type": "http.response.body", "body": body, "more_body": False})
