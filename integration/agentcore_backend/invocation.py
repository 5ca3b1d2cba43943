"""One question to an agent: the answer goes on to the caller as it comes, and into the chat store at its end."""

import asyncio
import json
import logging
import time
from collections.abc import AsyncGenerator, Coroutine
from contextlib import aclosing
from typing import Any

from agentcore_backend.chats import Chat, Message, MessageStatus, Role
from agentcore_backend.errors import StoreUnavailable
from agentcore_backend.failures import AgentFailure
from agentcore_backend.store import ChatStore
from agentcore_backend.transports.transport import Transport
from agentcore_backend.workers import Workers

logger = logging.getLogger(__name__)


class Background:
    """Work that goes on when the request it belongs to is gone, and that shutdown waits for."""

    def __init__(self) -> None:
        self._tasks: set[asyncio.Task[bool]] = set()

    def start(self, work: Coroutine[Any, Any, bool]) -> "asyncio.Task[bool]":
        """Start the work; it is not cancelled with its starter."""
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task

    async def finish(self) -> None:
        """Wait until all of it is done."""
        await asyncio.gather(*self._tasks, return_exceptions=True)


class Invoker:
    """Asks agents and keeps what they say."""

    def __init__(self, agents: Transport, store: ChatStore, workers: Workers, background: Background) -> None:
        self._agents = agents
        self._store = store
        self._workers = workers
        self._background = background

    async def keep_question(self, chat: Chat, prompt: str) -> Message:
        """Store the user's message."""
        return await self._workers.run(
            self._store.add_message,
            chat.session_id,
            Role.USER,
            prompt,
            MessageStatus.COMPLETE,
            not_before=_now_ms(),
        )

    async def events(self, chat: Chat, runtime_arn: str, question: Message) -> AsyncGenerator[dict[str, str], None]:
        """Yield the answer to a stored question as server-sent events: ``chunk`` …, then ``done`` or ``error``.

        The answer is stored before the last event is sent, so whoever has seen that event finds it.
        When the reader leaves, what was said so far is stored as partial.
        """
        started_s = time.monotonic()
        texts: list[str] = []
        failure: AgentFailure | None = None
        storing: asyncio.Task[bool] | None = None
        outcome = "abandoned"
        try:
            try:
                async with aclosing(self._agents.answer(runtime_arn, chat.session_id, question.content)) as answer:
                    async for text in answer:
                        texts.append(text)
                        yield _event("chunk", {"text": text})
            except AgentFailure as error:
                failure = error
            storing = self._keep_answer(question, texts, MessageStatus.PARTIAL if failure else MessageStatus.COMPLETE)
            if not await asyncio.shield(storing):
                failure = failure or AgentFailure("AnswerNotStored")
            outcome = failure.code if failure else "complete"
            done = {"session_id": chat.session_id, "chunks": len(texts)}
            yield _event("error", failure.public()) if failure else _event("done", done)
        finally:
            if storing is None:
                self._keep_answer(question, texts, MessageStatus.PARTIAL)
            _log(chat, question, texts, outcome, time.monotonic() - started_s)

    def _keep_answer(self, question: Message, texts: list[str], status: MessageStatus) -> "asyncio.Task[bool]":
        return self._background.start(self._store_answer(question, "".join(texts), status))

    async def _store_answer(self, question: Message, content: str, status: MessageStatus) -> bool:
        """Store what was said, if anything was; return whether it is safe now."""
        if not content and status is MessageStatus.PARTIAL:
            return True
        try:
            await self._workers.run(
                self._store.add_message,
                question.session_id,
                Role.ASSISTANT,
                content,
                status,
                # after its question, even if the clock was set back meanwhile
                not_before=max(_now_ms(), question.timestamp + 1),
            )
        except StoreUnavailable as error:
            logger.error("answer lost: session=%s chars=%d: %s", question.session_id, len(content), error.message)  # noqa: TRY400 - a known failure
            return False
        return True


def _now_ms() -> int:
    return time.time_ns() // 1_000_000


def _event(name: str, data: object) -> dict[str, str]:
    return {"event": name, "data": json.dumps(data)}


def _log(chat: Chat, question: Message, texts: list[str], outcome: str, duration_s: float) -> None:
    logger.info(
        "invocation agent=%s session=%s prompt_chars=%d chunks=%d chars=%d duration_ms=%d outcome=%s",
        chat.agent,
        chat.session_id,
        len(question.content),
        len(texts),
        sum(map(len, texts)),
        duration_s * 1000,
        outcome,
    )
