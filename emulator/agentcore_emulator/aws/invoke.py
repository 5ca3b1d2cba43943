"""InvokeAgentRuntime: the hot path; nothing here is done for each chunk."""

import asyncio
import logging
from time import monotonic

from agentcore_emulator.aws import mcp
from agentcore_emulator.aws.envelope import error_answer
from agentcore_emulator.aws.request import decode_label, listed_headers, read_headers, read_query
from agentcore_emulator.aws.respond import REQUEST_ID_HEADER, send_answer
from agentcore_emulator.aws.server_protocol import invoke_path, protocol_of
from agentcore_emulator.core import Core
from agentcore_emulator.errors import InternalServerException, RuntimeClientError, ServiceError
from agentcore_emulator.exchange import (
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
    core.time_limits.begin(exchange)
    closed_by: Closer = "emulator"
    try:
        closed_by = await _answer(core, label, scope, exchange)
    finally:
        core.time_limits.end(exchange)
        exchange.close()
        core.journal.close(invocation, exchange.cut_by or closed_by, monotonic())


async def _answer(core: Core, label: bytes, scope: Message, exchange: Exchange) -> Closer:
    """Lets the session answer and says who closed the exchange, in order or not."""
    refusal: ServiceError
    closed_by: Closer = "agent"
    try:
        await _run(core, label, scope, exchange)
    except ServiceError as error:
        refusal = error
        closed_by = "agent" if isinstance(error, RuntimeClientError) else "emulator"
    except AgentGoneError:
        refusal = RuntimeClientError.of_status(502)
    except ClientLeftError:
        exchange.invocation.cut = True
        return "client"
    except asyncio.CancelledError:
        task = asyncio.current_task()
        if exchange.cut_by is None or task is None:
            raise
        task.uncancel()
        if exchange.cut_by != "emulator":
            exchange.invocation.cut = True
            return "client"
        refusal = exchange.refusal or RuntimeClientError.of_status(502)
    except Exception:
        log.exception("invocation %s failed", exchange.invocation.id)
        refusal = InternalServerException("The emulator failed; see its log")
        closed_by = "emulator"
    else:
        return "agent"
    await _refuse(core, label, scope, exchange, refusal)
    return closed_by


async def _run(core: Core, label: bytes, scope: Message, exchange: Exchange) -> None:
    invocation = exchange.invocation
    invocation.arn = decode_label(label)
    invocation.qualifier, account_id = read_query(scope["query_string"])
    headers = read_headers(scope["headers"])
    invocation.session_generated = headers.session_id is None
    session_id = invocation.session_id = headers.session_id or core.new_session_id()
    deployment = core.registry.resolve(invocation.arn, account_id, invocation.qualifier)
    invocation.runtime, invocation.bound_to = deployment.runtime.name, deployment.runtime.bound_to
    exchange.payload_size_max = core.quotas.payload_bytes
    if headers.content_length is not None and headers.content_length > exchange.payload_size_max:
        raise payload_too_large(exchange.payload_size_max)
    exchange.agent_path = invoke_path(deployment)
    exchange.forward = headers.modelled
    if deployment.header_allowlist:
        exchange.forward = exchange.forward + listed_headers(scope["headers"], deployment)
    exchange.content_length = headers.content_length
    exchange.response_headers = headers.trace()
    if deployment.protocol == "MCP":
        session_id = invocation.session_id = await mcp.route(
            core.mcp_sessions, exchange, deployment, headers, session_id
        )
    exchange.response_headers += [
        (SESSION_HEADER, session_id.encode("latin-1")),
        (REQUEST_ID_HEADER, invocation.id.encode()),
    ]
    await core.sessions.answer(
        SessionKey(deployment.runtime.id, invocation.qualifier, session_id), deployment, exchange
    )


async def _refuse(core: Core, label: bytes, scope: Message, exchange: Exchange, error: ServiceError) -> None:
    """Answers with `error`; when the answer has begun, leaving it unfinished is all that can be done."""
    invocation = exchange.invocation
    if exchange.started:
        invocation.cut = True
        return
    answer = error_answer(error, protocol_of(core.registry, label, scope["query_string"]))
    invocation.error_type = error.code
    invocation.status = answer.status
    await send_answer(exchange.send, answer.status, answer.headers, answer.body, invocation.id)
