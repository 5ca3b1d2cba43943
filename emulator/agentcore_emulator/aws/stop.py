"""StopRuntimeSession."""

import re
from typing import Final

from agentcore_emulator.aws.request import NO_HEADERS, decode_label, read_document, read_headers, read_query
from agentcore_emulator.aws.respond import send_answer
from agentcore_emulator.core import Core
from agentcore_emulator.errors import ValidationException
from agentcore_emulator.exchange import Message, Receive, Send
from agentcore_emulator.model import SessionKey
from agentcore_emulator.session_id import SESSION_HEADER

BODY_SIZE_MAX: Final = 65_536
TOKEN_LENGTH_MIN: Final = 33
TOKEN_LENGTH_MAX: Final = 256

_TOKEN: Final = re.compile(r"[a-zA-Z0-9](-*[a-zA-Z0-9])*")


async def stop(core: Core, label: bytes, scope: Message, receive: Receive, send: Send, request_id: str) -> None:
    """Stops the session that the header names; its open streams are cut.

    The same client token again is the same request again: it is answered as it was, and stops nothing.
    Source: service model, shape StopRuntimeSessionRequest, read 2026-11-20 - documented; that a repeat is answered with
    200, and not with the 404 of a session that is gone, is assumed

    Raises:
        ServiceError: as the request, the runtime or the session demand.
    """
    headers = read_headers(scope["headers"], NO_HEADERS)
    qualifier, _ = read_query(scope["query_string"])
    if headers.session_id is None:
        raise ValidationException.of_field("runtimeSessionId", "Member must not be null")
    token = _checked_token((await read_document(receive, BODY_SIZE_MAX)).get("clientToken"))
    runtime = core.registry.resolve(decode_label(label), None, qualifier).runtime
    key = SessionKey(runtime.id, qualifier, headers.session_id)
    if not core.stop_tokens.used(key, token):
        await core.sessions.stop(key)
        core.stop_tokens.keep(key, token)
    await send_answer(send, 200, [(SESSION_HEADER, headers.session_id.encode("latin-1"))], b"", request_id)


def _checked_token(token: object) -> str | None:
    if token is None:
        return None
    if not isinstance(token, str):
        raise ValidationException.of_field("clientToken", "Member must be a string")
    if len(token) < TOKEN_LENGTH_MIN:
        raise _token_length("greater", TOKEN_LENGTH_MIN)
    if len(token) > TOKEN_LENGTH_MAX:
        raise _token_length("less", TOKEN_LENGTH_MAX)
    if _TOKEN.fullmatch(token) is None:
        raise ValidationException.of_field(
            "clientToken", "Member must satisfy regular expression pattern: [a-zA-Z0-9](-*[a-zA-Z0-9]){0,256}"
        )
    return token


def _token_length(bound: str, limit: int) -> ValidationException:
    return ValidationException.of_field("clientToken", f"Member must have length {bound} than or equal to {limit}")
