"""InvokeAgentRuntime: the hot path; nothing here is done for each chunk."""

import asyncio
import logging
from time import monotonic

from agentcore_emulator.aws.request import decode_label, read_headers, read_query
from agentcore_emulator.aws.respond import REQUEST_ID_HEADER, send_error
from agentcore_emulator.core import Core
from agentcore_emulator.errors import InternalServerException, RuntimeClientError, ServiceError
from agentcore_emulator.exchange import (
    PAYLOAD_SIZE_MAX,
    AgentGoneError,
    ClientLeftError,
    Exchange,
    Message,
    Receive,
    Send,
    payload_too_large,
)
from agentcore_emulator.journal import Closer, Invocation, redact
from agentcore_emulator.model import SessionKey
from agentcore_emulator.session_id import SESSION_HEADER

log = logging.getLogger("agentcore_emulator.aws")


async def invoke(core: Core, label: bytes, scope: Message, receive: Receive, send: Send, request_id: str) -> None:
    """Answers one invocation and keeps it in the journal, whatever becomes of it."""
    invocation = Invocation(
        id=request_id,
        raw_path=scope["raw_path"].decode("latin-1"),
        headers=redact(scope["headers"]),
        received_at=core.clock.wall(),
        started_s=monotonic(),
    )
    core.journal.open(invocation)
    exchange = Exchange(invocation, receive, send)
    closed_by: Closer = "emulator"
    try:
        closed_by = await _answer(core, label, scope, exchange)
    finally:
        exchange.close()
        core.journal.close(invocation, exchange.cut_by or closed_by, monotonic())


async def _answer(core: Core, label: bytes, scope: Message, exchange: Exchange) -> Closer:
    """Lets the session answer and says who closed the exchange, in order or not."""
    try:
        await _run(core, label, scope, exchange)
    except ServiceError as error:
        await _refuse(exchange, error)
        return "agent" if isinstance(error, RuntimeClientError) else "emulator"
    except AgentGoneError:
        await _refuse(exchange, RuntimeClientError.of_status(502))
    except ClientLeftError:
        exchange.invocation.cut = True
        return "client"
    except asyncio.CancelledError:
        task = asyncio.current_task()
        if exchange.cut_by is None or task is None:
            raise
        task.uncancel()
        if exchange.cut_by == "emulator":
            await _refuse(exchange, RuntimeClientError.of_status(502))
        else:
            exchange.invocation.cut = True
    except Exception:
        log.exception("invocation %s failed", exchange.invocation.id)
        await _refuse(exchange, InternalServerException("The emulator failed; see its log"))
        return "emulator"
    return "agent"


async def _run(core: Core, label: bytes, scope: Message, exchange: Exchange) -> None:
    invocation = exchange.invocation
    invocation.arn = decode_label(label)
    invocation.qualifier, account_id = read_query(scope["query_string"])
    headers = read_headers(scope["headers"])
    invocation.session_generated = headers.session_id is None
    session_id = invocation.session_id = headers.session_id or core.new_session_id()
    deployment = core.registry.resolve(invocation.arn, account_id, invocation.qualifier)
    invocation.runtime = deployment.runtime.name
    invocation.bound_to = deployment.agent_key
    if headers.content_length is not None and headers.content_length > PAYLOAD_SIZE_MAX:
        raise payload_too_large()
    exchange.forward = headers.forwarded
    exchange.content_length = headers.content_length
    exchange.response_headers = [
        (SESSION_HEADER, session_id.encode("latin-1")),
        (REQUEST_ID_HEADER, invocation.id.encode()),
    ]
    key = SessionKey(deployment.runtime.id, invocation.qualifier, session_id)
    await core.sessions.answer(key, deployment, exchange)


async def _refuse(exchange: Exchange, error: ServiceError) -> None:
    """Answers with `error`; when the answer has begun, leaving it unfinished is all that can be done."""
    invocation = exchange.invocation
    if exchange.started:
        invocation.cut = True
        return
    invocation.error_type = error.code
    invocation.status = error.http_status
    await send_error(exchange.send, error, invocation.id)
