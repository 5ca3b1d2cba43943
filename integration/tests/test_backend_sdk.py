"""Invoking and reading: promptly, without blocking the loop, with every failure named, and closed when nobody reads."""

import asyncio
import json
import threading
from collections.abc import AsyncGenerator
from contextlib import aclosing

import boto3
import pytest
from botocore.config import Config
from scripted_upstream import StreamHandler, Upstream, scripted_upstream

from agentcore_backend.failures import AgentFailure
from agentcore_backend.transports.sdk import SdkTransport
from agentcore_integration.aws.clients import DUMMY_ACCESS_KEY, DUMMY_SECRET_KEY

ARN = "arn:aws:bedrock-agentcore:ap-southeast-2:123456789012:runtime/onboarding-a1B2c3D4e5"
SESSION_ID = "chat-4f3c1f0e-0f0a-4b9e-9a64-0d5f6c0c1b2a"
WAIT_S = 5.0


def agents_at(url: str, *, read_timeout_s: float = WAIT_S, streams_max: int = 4) -> SdkTransport:
    """The agents behind this endpoint."""
    client = boto3.client(
        "bedrock-agentcore",
        endpoint_url=url,
        region_name="ap-southeast-2",
        aws_access_key_id=DUMMY_ACCESS_KEY,
        aws_secret_access_key=DUMMY_SECRET_KEY,
        config=Config(read_timeout=read_timeout_s, retries={"total_max_attempts": 1}),
    )
    return SdkTransport(client, streams_max)


def answer_of(upstream: Upstream, **options: float) -> AsyncGenerator[str, None]:
    """An answer to the prompt ``hello``."""
    return agents_at(upstream.url, **options).answer(ARN, SESSION_ID, "hello")  # type: ignore[arg-type]  # of one type


async def texts_until_failure(answer: AsyncGenerator[str, None]) -> tuple[list[str], str]:
    """What was said, and the code of the failure that ended it (or an empty text)."""
    texts = []
    try:
        async with aclosing(answer):
            async for text in answer:
                texts.append(text)  # noqa: PERF401 - what came before the failure is wanted too
    except AgentFailure as failure:
        return texts, failure.code
    return texts, ""


def test_request() -> None:
    """The session id goes upstream unchanged, the prompt as JSON."""

    def script(stream: StreamHandler) -> None:
        stream.begin()
        stream.chunk(b"")

    with scripted_upstream(script) as upstream:
        assert asyncio.run(texts_until_failure(answer_of(upstream))) == ([], "")
    _, headers, body = upstream.requests[0]
    assert headers["x-amzn-bedrock-agentcore-runtime-session-id"] == SESSION_ID
    assert json.loads(body) == {"prompt": "hello"}


def test_each_event_when_it_comes() -> None:
    """An event is there before the next one is sent, and the loop is free while none comes."""
    seen = [threading.Event() for _ in range(3)]

    def script(stream: StreamHandler) -> None:
        stream.begin()
        for number, event in enumerate(seen):
            stream.event(f'{{"text": "{number}"}}')
            assert event.wait(WAIT_S)
        stream.chunk(b"")

    async def read(upstream: Upstream) -> list[str]:
        texts = []
        async with aclosing(answer_of(upstream)) as answer:
            async for text in answer:
                texts.append(text)
                seen[int(text)].set()
        return texts

    with scripted_upstream(script) as upstream:
        assert asyncio.run(read(upstream)) == ["0", "1", "2"]


@pytest.mark.parametrize(
    ("status", "error_type"),
    [
        (400, "ValidationException"),
        (403, "AccessDeniedException"),
        (404, "ResourceNotFoundException"),
        (424, "RuntimeClientError"),
        (429, "ThrottlingException"),
        (500, "InternalServerException"),
    ],
)
def test_modelled_errors(status: int, error_type: str) -> None:
    """An error of the service becomes a failure of the same code, whose message tells nothing of the service's own."""
    with scripted_upstream(lambda stream: stream.error(status, error_type)) as upstream:
        assert ([], error_type) == asyncio.run(texts_until_failure(answer_of(upstream)))
    assert "123456789012" not in AgentFailure(error_type).message


def test_unreachable() -> None:
    """An endpoint that refuses is told as such, and may be tried again."""
    with scripted_upstream(lambda _: None) as upstream:
        pass
    assert asyncio.run(texts_until_failure(answer_of(upstream))) == ([], "AgentUnreachable")
    assert AgentFailure("AgentUnreachable").retryable


def test_cut() -> None:
    """A stream that breaks off gives what was said and then a failure."""

    def script(stream: StreamHandler) -> None:
        stream.begin()
        stream.event('"one"')
        stream.close_connection = True

    with scripted_upstream(script) as upstream:
        assert asyncio.run(texts_until_failure(answer_of(upstream))) == (["one"], "StreamInterrupted")


def test_silence() -> None:
    """An agent that says nothing for too long is given up."""

    def script(stream: StreamHandler) -> None:
        stream.begin()
        stream.event('"one"')
        stream.wait_for_client_to_leave()

    with scripted_upstream(script) as upstream:
        outcome = asyncio.run(texts_until_failure(answer_of(upstream, read_timeout_s=0.2)))
        assert outcome == (["one"], "AgentTimeout")
        assert upstream.client_left.wait(WAIT_S)


def test_error_of_the_agent() -> None:
    """An event that reports the agent's failure is a failure, not an answer."""

    def script(stream: StreamHandler) -> None:
        stream.begin()
        stream.event('"one"')
        stream.event('{"error": "db password wrong", "error_type": "OperationalError", "message": "An error"}')
        stream.chunk(b"")

    with scripted_upstream(script) as upstream:
        assert asyncio.run(texts_until_failure(answer_of(upstream))) == (["one"], "AgentError")


@pytest.mark.parametrize("task_is_cancelled", [True, False], ids=["cancelled while it waits", "closed between events"])
def test_reader_leaves(task_is_cancelled: bool) -> None:
    """When the reader leaves, the connection upstream is closed at once, though the agent says nothing more."""

    def script(stream: StreamHandler) -> None:
        stream.begin()
        stream.event('"one"')
        stream.wait_for_client_to_leave()

    async def leave(upstream: Upstream) -> None:
        answer = answer_of(upstream)
        await anext(answer)
        if task_is_cancelled:
            waiting = asyncio.ensure_future(anext(answer))
            await asyncio.wait([waiting], timeout=0.01)
            waiting.cancel()
            await asyncio.gather(waiting, return_exceptions=True)
        await answer.aclose()

    with scripted_upstream(script) as upstream:
        asyncio.run(leave(upstream))
        assert upstream.client_left.wait(WAIT_S)


def test_reader_leaves_before_the_head() -> None:
    """A reader that leaves before the service answered leaves no open stream behind."""
    asked, may_answer = threading.Event(), threading.Event()

    def script(stream: StreamHandler) -> None:
        asked.set()
        assert may_answer.wait(WAIT_S)
        stream.begin()
        stream.wait_for_client_to_leave()

    async def leave(upstream: Upstream) -> None:
        waiting = asyncio.ensure_future(anext(answer_of(upstream)))
        assert await asyncio.to_thread(asked.wait, WAIT_S)
        waiting.cancel()
        await asyncio.gather(waiting, return_exceptions=True)

    with scripted_upstream(script) as upstream:
        asyncio.run(leave(upstream))
        may_answer.set()
        assert upstream.client_left.wait(WAIT_S)


def test_counts_open_streams() -> None:
    """The agents are full while as many streams are open as there are threads, and no longer."""

    def script(stream: StreamHandler) -> None:
        stream.begin()
        stream.event('"one"')
        stream.wait_for_client_to_leave()

    async def fill(agents: SdkTransport) -> list[bool]:
        answer = agents.answer(ARN, SESSION_ID, "hello")
        full = [agents.is_full]
        await anext(answer)
        full.append(agents.is_full)
        await answer.aclose()
        return [*full, agents.is_full]

    with scripted_upstream(script) as upstream:
        assert asyncio.run(fill(agents_at(upstream.url, streams_max=1))) == [False, True, False]
