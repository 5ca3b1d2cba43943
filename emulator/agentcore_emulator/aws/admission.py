"""The door of the AWS surface: a request passes it before its handler sees it, whatever the operation.

Who is refused is answered here; a refused invocation stands in the journal like any other.
"""

from time import monotonic
from typing import Final

from agentcore_emulator.auth.authorization import METHOD_MISMATCH
from agentcore_emulator.aws.operations import INVOKE, PROTECTED_RESOURCE
from agentcore_emulator.aws.request import decode_label, read_query
from agentcore_emulator.aws.respond import send_error
from agentcore_emulator.core import Core
from agentcore_emulator.errors import ServiceError
from agentcore_emulator.exchange import ClientLeftError, Message, Receive, Send
from agentcore_emulator.journal import Invocation, redact
from agentcore_emulator.model import Deployment
from agentcore_emulator.session_id import SESSION_HEADER, SESSION_ID_LENGTH_MAX

# Whoever has no token yet learns here where to get one.
_OPEN_TO_ALL: Final = frozenset({PROTECTED_RESOURCE})


async def admit(
    core: Core, found: tuple[str, bytes] | None, scope: Message, receive: Receive, send: Send, request_id: str
) -> Receive | None:
    """The `receive` to read the payload with, or None when the request has been answered with a refusal.

    Args:
        found: operation and label of the runtime that is meant; None for an operation that means none.
    """
    operation, label = found or ("", None)
    if operation in _OPEN_TO_ALL:
        return receive
    deployment, unknown = (None, None) if label is None else _resolved(core, label, scope)
    try:
        return await core.authorization.admit(scope, deployment, receive)
    except ClientLeftError:
        return None
    except ServiceError as refusal:
        error = refusal
    if unknown is not None and error.message == METHOD_MISMATCH:
        error = unknown
    if operation == INVOKE:
        _keep(core, scope, deployment, error, request_id)
    protocol = deployment.protocol if deployment is not None and operation == INVOKE else "HTTP"
    await send_error(send, error, request_id, protocol)
    return None


def _resolved(core: Core, label: bytes, scope: Message) -> tuple[Deployment | None, ServiceError | None]:
    """What the request means; when it means nothing, the handler says so, once the caller has proved who it is."""
    try:
        qualifier, account_id = read_query(scope["query_string"])
        return core.registry.resolve(decode_label(label), account_id, qualifier), None
    except ServiceError as error:
        return None, error


def _keep(core: Core, scope: Message, deployment: Deployment | None, error: ServiceError, request_id: str) -> None:
    invocation = Invocation(
        id=request_id,
        raw_path=scope["raw_path"].decode("latin-1"),
        headers=redact(scope["headers"]),
        received_at=core.clock.wall(),
        started_s=monotonic(),
    )
    if deployment is not None:
        invocation.runtime, invocation.arn = deployment.runtime.name, str(deployment.runtime.arn)
        invocation.bound_to = deployment.agent_key
        invocation.qualifier = deployment.qualifier
    for name, value in scope["headers"]:
        if name == SESSION_HEADER:
            invocation.session_id = value[:SESSION_ID_LENGTH_MAX].decode("latin-1")
    invocation.status, invocation.error_type = error.http_status, error.code
    core.journal.open(invocation)
    core.journal.close(invocation, "emulator", monotonic())
