"""InvokeAgentRuntimeCommand: a command in the session's own environment, its output as a binary event stream."""

from collections.abc import Mapping
from typing import Any, Final

from agentcore_emulator.aws.command_stream import CommandStream
from agentcore_emulator.aws.request import COMMAND_HEADERS, decode_label, read_document, read_headers, read_query
from agentcore_emulator.aws.respond import REQUEST_ID_HEADER
from agentcore_emulator.core import Core
from agentcore_emulator.errors import AccessDeniedException, RuntimeClientError, ServiceError, ValidationException
from agentcore_emulator.exchange import AgentGoneError, Message, Receive, Send
from agentcore_emulator.model import SessionKey
from agentcore_emulator.session_id import SESSION_HEADER

BODY_SIZE_MAX: Final = 1_048_576
COMMAND_SIZE_MAX: Final = 65_536
TIMEOUT_S_DEFAULT: Final = 300
TIMEOUT_S_MAX: Final = 3_600


async def command(core: Core, label: bytes, scope: Message, receive: Receive, send: Send, request_id: str) -> None:
    """Runs the command in the session that the header names, new if there is none.

    Source: service model, InvokeAgentRuntimeCommand, and developer guide, execute a command, read 2026-11-20 -
    documented; that an unknown session begins instead of being refused - observed

    Raises:
        ServiceError: as the request, the runtime or the session demand, as long as the stream has not begun.
    """
    headers = read_headers(scope["headers"], COMMAND_HEADERS)
    qualifier, account_id = read_query(scope["query_string"])
    text, timeout_s = _read(await read_document(receive, BODY_SIZE_MAX))
    deployment = core.registry.resolve(decode_label(label), account_id, qualifier)
    if not core.settings.commands:
        raise AccessDeniedException("Commands are turned off in this emulator (--no-commands)")
    session_id = headers.session_id or core.new_session_id()
    stream = CommandStream(core, receive, send)
    stream.headers = [
        (SESSION_HEADER, session_id.encode("latin-1")),
        *headers.trace(),
        (REQUEST_ID_HEADER, request_id.encode()),
    ]
    try:
        async with core.sessions.with_compute(
            SessionKey(deployment.runtime.id, qualifier, session_id), deployment
        ) as compute:
            folder = compute.working_directory
            if folder is None:
                raise ValidationException(
                    f"Runtime {deployment.runtime.name} has no process of this emulator to run a command in: "
                    "only live agents have"
                )
            await stream.run(text, timeout_s, folder, compute.environment)
    except AgentGoneError:
        await stream.fail(RuntimeClientError.of_status(502))
    except ServiceError as error:
        await stream.fail(error)


def _read(document: Mapping[str, Any]) -> tuple[str, int]:
    """Command and timeout of a request.

    The model counts characters, the quotas bytes: both hold.

    Raises:
        ValidationException: one of them breaks its limit.
    """
    text = document.get("command")
    if text is None:
        raise ValidationException.of_field("command", "Member must not be null")
    if not isinstance(text, str):
        raise ValidationException.of_field("command", "Member must be a string")
    if not text:
        raise ValidationException.of_field("command", "Member must have length greater than or equal to 1")
    if len(text.encode("utf-8", "surrogatepass")) > COMMAND_SIZE_MAX:
        raise ValidationException.of_field(
            "command", f"Member must have length less than or equal to {COMMAND_SIZE_MAX}"
        )
    if "\0" in text or not _is_unicode(text):
        raise ValidationException.of_field("command", "Member must be text that a shell can be given")
    timeout_s = document.get("timeout", TIMEOUT_S_DEFAULT)
    if timeout_s is None:
        timeout_s = TIMEOUT_S_DEFAULT
    if not isinstance(timeout_s, int) or isinstance(timeout_s, bool):
        raise ValidationException.of_field("timeout", "Member must be an integer")
    if not 1 <= timeout_s <= TIMEOUT_S_MAX:
        raise ValidationException.of_field("timeout", f"Member must be between 1 and {TIMEOUT_S_MAX}")
    return text, timeout_s


def _is_unicode(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True
