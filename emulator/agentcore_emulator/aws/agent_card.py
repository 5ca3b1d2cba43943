"""GetAgentCard: the card as the session's own agent serves it."""

import json
from typing import Final

from agentcore_emulator.aws.request import NO_HEADERS, decode_label, read_headers, read_query
from agentcore_emulator.aws.respond import send_answer
from agentcore_emulator.aws.server_protocol import AGENT_CARD_PATH
from agentcore_emulator.core import Core
from agentcore_emulator.errors import RuntimeClientError
from agentcore_emulator.exchange import AgentGoneError, Message, Receive, Send
from agentcore_emulator.model import SessionKey
from agentcore_emulator.session_id import SESSION_HEADER

_BAD_GATEWAY: Final = 502


async def agent_card(core: Core, label: bytes, scope: Message, receive: Receive, send: Send, request_id: str) -> None:  # noqa: ARG001 - every operation's handler takes the same
    """Answers with what the agent says at `/.well-known/agent-card.json`, untouched.

    A runtime of another protocol is asked too, and answers as it pleases.
    Source: service model, GetAgentCard, and developer guide, A2A protocol contract, read 2026-11-20 - documented; the
    answer to a card that is not a JSON object, or of a runtime that does not speak A2A, is assumed

    Raises:
        ServiceError: as the request, the runtime or the session demand.
        RuntimeClientError: the agent has no card, or what it serves is none.
    """
    headers = read_headers(scope["headers"], NO_HEADERS)
    qualifier, _ = read_query(scope["query_string"])
    deployment = core.registry.resolve(decode_label(label), None, qualifier)
    session_id = headers.session_id or core.new_session_id()
    try:
        async with core.sessions.with_compute(
            SessionKey(deployment.runtime.id, qualifier, session_id), deployment
        ) as compute:
            answer = await compute.get(AGENT_CARD_PATH)
    except AgentGoneError:
        raise RuntimeClientError.of_status(_BAD_GATEWAY) from None
    if not 200 <= answer.status < 300:
        raise RuntimeClientError.of_status(answer.status)
    if not _is_card(answer.body):
        raise RuntimeClientError.of_status(_BAD_GATEWAY)
    sent = [(b"content-type", b"application/json"), (SESSION_HEADER, session_id.encode("latin-1"))]
    await send_answer(send, 200, sent, answer.body, request_id)


def _is_card(body: bytes) -> bool:
    try:
        return isinstance(json.loads(body), dict)
    except (ValueError, RecursionError):
        return False
