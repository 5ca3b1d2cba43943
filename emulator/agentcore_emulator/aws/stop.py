"""StopRuntimeSession."""

from agentcore_emulator.aws.request import decode_label, read_headers, read_query
from agentcore_emulator.aws.respond import send_empty
from agentcore_emulator.core import Core
from agentcore_emulator.errors import ValidationException
from agentcore_emulator.exchange import Message, Receive, Send
from agentcore_emulator.model import SessionKey
from agentcore_emulator.session_id import SESSION_HEADER


async def stop(core: Core, label: bytes, scope: Message, receive: Receive, send: Send, request_id: str) -> None:  # noqa: ARG001 - every operation's handler takes the same
    """Stops the session that the header names; its open streams are cut.

    Raises:
        ServiceError: as the request, the runtime or the session demand.
    """
    headers = read_headers(scope["headers"])
    qualifier, account_id = read_query(scope["query_string"])
    if headers.session_id is None:
        raise ValidationException.of_field("runtimeSessionId", "Member must not be null")
    runtime = core.registry.resolve(decode_label(label), account_id, qualifier).runtime
    await core.sessions.stop(SessionKey(runtime.id, qualifier, headers.session_id))
    await send_empty(send, 200, [(SESSION_HEADER, headers.session_id.encode("latin-1"))], request_id)
