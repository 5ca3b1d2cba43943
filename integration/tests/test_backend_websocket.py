"""Asking over WebSockets: each event when it comes, every failure named as over HTTP, one answer at a time."""

import asyncio
import json
from collections.abc import Awaitable, Callable
from contextlib import aclosing

import pytest
from scripted_sockets import (
    ARN,
    END,
    SESSION_ID,
    WAIT_S,
    Script,
    SocketUpstream,
    ask,
    asking,
    echo,
    say,
    scripted_sockets,
    texts_and_failure,
)
from websockets.asyncio.server import ServerConnection

from agentcore_backend.failures import AgentFailure
from agentcore_backend.transports.websocket import WebSocketTransport


def outcome(script: Script, prompt: str = "hello", *, read_timeout_s: float = WAIT_S) -> tuple[list[str], str]:
    """What one question to the script gives."""

    async def ask_once() -> tuple[list[str], str]:
        async with (
            scripted_sockets(script) as upstream,
            asking(upstream.url, read_timeout_s=read_timeout_s) as (transport, _),
        ):
            return await texts_and_failure(transport.answer(ARN, SESSION_ID, prompt))

    return asyncio.run(ask_once())


def with_transport(script: Script, body: Callable[[WebSocketTransport, SocketUpstream], Awaitable[None]]) -> None:
    """Run the body with a transport in front of the script."""

    async def run() -> None:
        async with scripted_sockets(script) as upstream, asking(upstream.url) as (transport, _):
            await asyncio.wait_for(body(transport, upstream), WAIT_S)

    asyncio.run(run())


def test_events_are_texts() -> None:
    """A JSON string, an object with a text, any other value: the same as over HTTP; then the end."""

    async def script(socket: ServerConnection) -> None:
        assert json.loads(await socket.recv()) == {"prompt": "hello"}
        await say(socket, "one", {"text": "two", "step": 2}, {"step": 3}, {"end": True, "text": "four"})
        await socket.send("five")
        await socket.send(b'"six"')
        await say(socket, END)
        await socket.wait_closed()

    assert outcome(script) == (["one", "two", '{"step": 3}', "four", "five", "six"], "")


def test_each_event_when_it_comes() -> None:
    """An event is there before the next one is sent."""
    seen = asyncio.Event()

    async def script(socket: ServerConnection) -> None:
        await socket.recv()
        for number in range(3):
            await say(socket, {"text": str(number)})
            await asyncio.wait_for(seen.wait(), WAIT_S)
            seen.clear()
        await say(socket, END)

    async def body(transport: WebSocketTransport, _: SocketUpstream) -> None:
        async with aclosing(transport.answer(ARN, SESSION_ID, "hello")) as answer:
            async for text in answer:
                assert text in "012"
                seen.set()

    with_transport(script, body)


@pytest.mark.parametrize("prompt", ["x" * 100_000, "\N{GRINNING FACE}" * 100_000], ids=["ASCII", "beyond the BMP"])
def test_long_question_goes_in_small_frames(prompt: str) -> None:
    """The longest question arrives whole, and no frame of it is larger than 64 KB."""

    async def script(socket: ServerConnection) -> None:
        frames = [frame async for frame in socket.recv_streaming()]
        fits = max(map(len, frames)) <= 65_536 and json.loads("".join(map(str, frames))) == {"prompt": prompt}
        await say(socket, "fits" if fits else "too large", END)

    assert outcome(script, prompt) == (["fits"], "")


def test_error_of_the_agent() -> None:
    """A reported failure has the code it has over HTTP: before the first event the service's, after it the agent's."""
    failure = {"error": "db password wrong", "error_type": "OperationalError", "message": "An error"}

    async def early(socket: ServerConnection) -> None:
        await socket.recv()
        await say(socket, failure)

    async def late(socket: ServerConnection) -> None:
        await socket.recv()
        await say(socket, "one", failure)

    assert (outcome(early), outcome(late)) == (([], "RuntimeClientError"), (["one"], "AgentError"))


@pytest.mark.parametrize(
    ("code", "early", "late"),
    [
        (1000, "", ""),
        (1001, "AgentUnreachable", "StreamInterrupted"),
        (1007, "ValidationException", "StreamInterrupted"),
        (1008, "AgentUnreachable", "StreamInterrupted"),
        (1009, "ValidationException", "StreamInterrupted"),
        (1011, "RuntimeClientError", "StreamInterrupted"),
        (4000, "AgentUnreachable", "StreamInterrupted"),
        (None, "AgentUnreachable", "StreamInterrupted"),
    ],
)
def test_hang_ups(code: int | None, early: str, late: str) -> None:
    """A socket that closes before the end is the failure HTTP would give; 1000 is an end; None hangs up wordlessly."""

    async def hang_up(socket: ServerConnection) -> None:
        if code is None:
            socket.transport.abort()
        else:
            await socket.close(code)

    async def before_the_first_event(socket: ServerConnection) -> None:
        await socket.recv()
        await hang_up(socket)

    async def after_it(socket: ServerConnection) -> None:
        await socket.recv()
        await say(socket, "one")
        await hang_up(socket)

    assert (outcome(before_the_first_event), outcome(after_it)) == (([], early), (["one"], late))


def test_what_may_be_asked_again() -> None:
    """Only what was not answered at all may be tried again: nothing that broke off midway."""
    codes = ("AgentUnreachable", "RuntimeClientError", "StreamInterrupted", "ValidationException", "AgentTimeout")
    assert [code for code in codes if AgentFailure(code).retryable] == ["AgentUnreachable"]


@pytest.mark.parametrize("events", [[], ["one"]], ids=["before the first event", "midway"])
def test_silence(events: list[str]) -> None:
    """An agent that says nothing for too long is given up."""

    async def script(socket: ServerConnection) -> None:
        await say(socket, *events)
        await socket.wait_closed()

    assert outcome(script, read_timeout_s=0.2) == (events, "AgentTimeout")


def test_socket_is_used_again() -> None:
    """Question after question goes over the one socket of the session; another session has its own."""

    async def body(transport: WebSocketTransport, upstream: SocketUpstream) -> None:
        assert [await ask(transport, word) for word in ("one", "two", "three")] == ["one", "two", "three"]
        assert len(upstream.sockets) == 1
        assert await ask(transport, "four", f"{SESSION_ID}-b") == "four"
        assert len(upstream.sockets) == 2

    with_transport(echo, body)


def test_questions_of_one_session_take_turns() -> None:
    """Five questions asked at once are answered each with its own answer, one after the other."""
    open_questions = 0

    async def script(socket: ServerConnection) -> None:
        nonlocal open_questions
        async for message in socket:
            open_questions += 1
            for _ in range(3):
                await say(socket, {"text": json.loads(message)["prompt"]})
                await (await socket.ping())  # lets the others try
            assert open_questions == 1
            open_questions -= 1
            await say(socket, END)

    async def body(transport: WebSocketTransport, upstream: SocketUpstream) -> None:
        assert await asyncio.gather(*(ask(transport, word) for word in "abcde")) == [word * 3 for word in "abcde"]
        assert len(upstream.sockets) == 1

    with_transport(script, body)


def test_sessions_do_not_wait_for_each_other() -> None:
    """While one session's answer is open, another session is answered."""

    async def script(socket: ServerConnection) -> None:
        async for message in socket:
            await say(socket, json.loads(message)["prompt"], *([] if "endless" in str(message) else [END]))

    async def body(transport: WebSocketTransport, _: SocketUpstream) -> None:
        async with aclosing(transport.answer(ARN, SESSION_ID, "endless")) as answer:
            assert await anext(answer) == "endless"
            assert await ask(transport, "quick", f"{SESSION_ID}-b") == "quick"

    with_transport(script, body)


@pytest.mark.parametrize("task_is_cancelled", [True, False], ids=["cancelled while it waits", "closed between events"])
def test_reader_leaves(task_is_cancelled: bool) -> None:
    """When the reader leaves, its socket is closed at once, and the next question is answered on a new one."""

    async def script(socket: ServerConnection) -> None:
        async for message in socket:
            await say(socket, json.loads(message)["prompt"], *([] if "endless" in str(message) else [END]))

    async def body(transport: WebSocketTransport, upstream: SocketUpstream) -> None:
        answer = transport.answer(ARN, SESSION_ID, "endless")
        await anext(answer)
        if task_is_cancelled:
            waiting = asyncio.ensure_future(anext(answer))
            await asyncio.wait([waiting], timeout=0.01)
            waiting.cancel()
            await asyncio.gather(waiting, return_exceptions=True)
        await answer.aclose()
        await upstream.sockets[0].wait_closed()
        assert await ask(transport, "and now?") == "and now?"
        assert (len(upstream.sockets), transport.is_full) == (2, False)

    with_transport(script, body)


def test_reader_leaves_while_another_waits() -> None:
    """A question whose reader left before its turn takes nothing with it."""

    async def script(socket: ServerConnection) -> None:
        async for message in socket:
            await say(socket, json.loads(message)["prompt"])
            await say(socket, END)

    async def body(transport: WebSocketTransport, upstream: SocketUpstream) -> None:
        first = transport.answer(ARN, SESSION_ID, "first")
        assert await anext(first) == "first"
        waiting = asyncio.ensure_future(anext(transport.answer(ARN, SESSION_ID, "second")))
        third = asyncio.ensure_future(ask(transport, "third"))
        await asyncio.wait([waiting], timeout=0.01)
        waiting.cancel()
        await asyncio.gather(waiting, return_exceptions=True)
        assert [text async for text in first] == []
        assert (await third, len(upstream.sockets)) == ("third", 1)

    with_transport(script, body)


def test_socket_that_was_closed_meanwhile() -> None:
    """When the kept socket turns out to be closed, the question is asked on a new one, whatever it was closed with."""

    async def script(socket: ServerConnection) -> None:
        await say(socket, json.loads(await socket.recv())["prompt"], END)
        await socket.recv()
        await socket.close(1008, "Max connection duration of 1 hour is exceeded")

    async def body(transport: WebSocketTransport, upstream: SocketUpstream) -> None:
        assert await ask(transport, "one") == "one"
        assert await ask(transport, "two") == "two"
        assert len(upstream.sockets) == 2

    with_transport(script, body)


def test_counts_open_answers() -> None:
    """The agents are full while as many answers are open as are allowed, and no longer."""

    async def script(socket: ServerConnection) -> None:
        await say(socket, "one")
        await socket.wait_closed()

    async def run() -> list[bool]:
        async with scripted_sockets(script) as upstream, asking(upstream.url, streams_max=1) as (transport, _):
            answer = transport.answer(ARN, SESSION_ID, "hello")
            full = [transport.is_full]
            await anext(answer)
            full.append(transport.is_full)
            await answer.aclose()
            return [*full, transport.is_full]

    assert asyncio.run(run()) == [False, True, False]
