"""The one place where an answer of the service itself is written to the wire.

Source: developer guide, HTTP protocol contract, and recorded errors of the service, read 2026-11-20 - observed
"""

from typing import Final

from agentcore_emulator.aws.envelope import error_answer
from agentcore_emulator.errors import ServiceError
from agentcore_emulator.exchange import Headers, Send
from agentcore_emulator.model import ServerProtocol

REQUEST_ID_HEADER: Final = b"x-amzn-requestid"


async def send_error(send: Send, error: ServiceError, request_id: str, protocol: ServerProtocol = "HTTP") -> None:
    """Answers with a modelled error, in the form of the protocol."""
    answer = error_answer(error, protocol)
    await send_answer(send, answer.status, answer.headers, answer.body, request_id)


async def send_answer(send: Send, status: int, headers: Headers, body: bytes, request_id: str) -> None:
    """Answers with these headers and this body, and with the request's id; a 204 has no body and no length."""
    complete = [*headers, (REQUEST_ID_HEADER, request_id.encode())]
    if status != 204:
        complete.append((b"content-length", str(len(body)).encode()))
    await send({"type": "http.response.start", "status": status, "headers": complete})
    await send({"type": "http.response.body", "body": body, "more_body": False})
