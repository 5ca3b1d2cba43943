"""The HTTP API under ``/api``: chats, their messages, and invocations of the agent a chat is with."""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Annotated

from fastapi import APIRouter, Depends, Request
from pydantic import BaseModel, Field
from sse_starlette.sse import EventSourceResponse

from agentcore_backend.auth import Principal, principal_of
from agentcore_backend.chats import Chat, new_session_id
from agentcore_backend.errors import InvalidRequest, NotFound, TooManyStreams
from agentcore_backend.invocation import Background, Invoker
from agentcore_backend.settings import Settings
from agentcore_backend.store import ChatStore
from agentcore_backend.transports.transport import Transport
from agentcore_backend.workers import Workers

TITLE_LENGTH_MAX = 200
PROMPT_LENGTH_MAX = 100_000
UNTITLED = "New chat"


@dataclass(frozen=True)
class Services:
    """What the routes work with; made once for the whole program."""

    settings: Settings
    store: ChatStore
    workers: Workers
    agents: Transport
    invoker: Invoker
    background: Background


class NewChat(BaseModel):
    """Body of a request for a chat."""

    agent: str
    title: str = Field(default=UNTITLED, min_length=1, max_length=TITLE_LENGTH_MAX)


class Question(BaseModel):
    """Body of an invocation."""

    prompt: str = Field(min_length=1, max_length=PROMPT_LENGTH_MAX)


def _services(request: Request) -> Services:
    services: Services = request.app.state.services
    return services


Caller = Annotated[Principal, Depends(principal_of)]
Backend = Annotated[Services, Depends(_services)]

router = APIRouter(prefix="/api")


@router.post("/chats", status_code=201)
async def create_chat(body: NewChat, caller: Caller, backend: Backend) -> dict[str, str]:
    if body.agent not in backend.settings.agents:
        raise InvalidRequest(f"there is no agent of this name; there are: {', '.join(sorted(backend.settings.agents))}")
    created_at = datetime.now(UTC).isoformat(timespec="milliseconds")
    chat = Chat(caller.user_id, new_session_id(), body.title, body.agent, created_at)
    await backend.workers.run(backend.store.add_chat, chat)
    return chat.public()


@router.get("/chats")
async def list_chats(caller: Caller, backend: Backend) -> dict[str, list[dict[str, str]]]:
    chats = await backend.workers.run(backend.store.chats_of, caller.user_id)
    return {"chats": [chat.public() for chat in chats]}


async def _own_chat(session_id: str, caller: Caller, backend: Backend) -> Chat:
    chat = await backend.workers.run(backend.store.find_chat, caller.user_id, session_id)
    if chat is None:
        raise NotFound("there is no such chat")
    return chat


OwnChat = Annotated[Chat, Depends(_own_chat)]


@router.get("/chats/{session_id}/messages")
async def list_messages(chat: OwnChat, backend: Backend) -> dict[str, list[dict[str, str | int]]]:
    messages = await backend.workers.run(backend.store.messages, chat.session_id)
    return {"messages": [message.public() for message in messages]}


@router.post("/chats/{session_id}/invocations", response_class=EventSourceResponse)
async def invoke(body: Question, chat: OwnChat, backend: Backend) -> EventSourceResponse:
    runtime_arn = backend.settings.agents.get(chat.agent)
    if runtime_arn is None:
        raise NotFound("the agent of this chat is no longer there")
    if backend.agents.is_full:
        raise TooManyStreams("too many answers are being streamed; try again in a moment")
    question = await backend.invoker.keep_question(chat, body.prompt)
    events = backend.invoker.events(chat, runtime_arn, question)
    return EventSourceResponse(events, ping=backend.settings.ping_interval_s, sep="\n")
