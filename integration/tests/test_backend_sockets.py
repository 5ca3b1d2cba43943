"""Sockets between questions: kept for five minutes by the clock, in a limited number, and closed at the end."""

import asyncio
from collections.abc import Awaitable, Callable

from scripted_sockets import SESSION_ID, WAIT_S, SocketUpstream, ask, asking, echo, scripted_sockets

from agentcore_backend.transports.sockets import IDLE_S, Sockets
from agentcore_backend.transports.websocket import WebSocketTransport


class Clock:
    """Seconds, set by the test."""

    def __init__(self) -> None:
        self.now_s = 1000.0

    def __call__(self) -> float:
        return self.now_s


Body = Callable[[WebSocketTransport, Sockets, SocketUpstream, Clock], Awaitable[None]]


def with_sockets(body: Body) -> None:
    """Run the body with sockets, a clock, and an agent that echoes."""

    async def run() -> None:
        clock = Clock()
        async with scripted_sockets(echo) as upstream, asking(upstream.url, clock=clock) as (transport, sockets):
            await asyncio.wait_for(body(transport, sockets, upstream, clock), WAIT_S)

    asyncio.run(run())


def test_idle_socket_is_closed_after_five_minutes() -> None:
    """A socket that nobody used for five minutes is closed in order, not a moment earlier."""

    async def body(transport: WebSocketTransport, sockets: Sockets, upstream: SocketUpstream, clock: Clock) -> None:
        await ask(transport)
        clock.now_s += IDLE_S - 0.1
        sockets.close_idle()
        await ask(transport)
        assert len(upstream.sockets) == 1
        clock.now_s += IDLE_S
        sockets.close_idle()
        await upstream.sockets[0].wait_closed()
        assert upstream.sockets[0].close_code == 1000
        await ask(transport)
        assert len(upstream.sockets) == 2

    assert IDLE_S == 300
    with_sockets(body)


def test_nobody_has_to_ask_for_it() -> None:
    """Idle sockets are looked for again and again while there are any, also after there were none."""

    async def run() -> None:
        clock = Clock()
        async with scripted_sockets(echo) as upstream, asking(upstream.url, clock=clock, sweep_s=0.01) as (agents, _):
            for number in range(2):
                await ask(agents)
                clock.now_s += IDLE_S
                await upstream.sockets[number].wait_closed()

    asyncio.run(asyncio.wait_for(run(), WAIT_S))


def test_socket_in_use_is_not_idle() -> None:
    """An answer may take longer than five minutes."""

    async def body(transport: WebSocketTransport, sockets: Sockets, upstream: SocketUpstream, clock: Clock) -> None:
        await ask(transport)
        async with sockets.turn(*next(iter(sockets._places))) as turn:
            clock.now_s += 2 * IDLE_S
            sockets.close_idle()
            _, reused = await turn.socket()
        assert (reused, len(upstream.sockets)) == (True, 1)

    with_sockets(body)


def test_only_so_many_are_kept() -> None:
    """When more sockets are idle than may be, the one that was used longest ago is closed."""

    async def body(transport: WebSocketTransport, sockets: Sockets, upstream: SocketUpstream, clock: Clock) -> None:
        for letter in "abcad":  # three may be idle
            await ask(transport, session_id=f"{SESSION_ID}-{letter}")
        await upstream.sockets[1].wait_closed()
        assert [socket.state.name for socket in upstream.sockets] == ["OPEN", "CLOSED", "OPEN", "OPEN"]

    with_sockets(body)


def test_nothing_is_left_of_a_closed_socket() -> None:
    """A socket that the other side closed is forgotten at the next sweep."""

    async def body(transport: WebSocketTransport, sockets: Sockets, upstream: SocketUpstream, clock: Clock) -> None:
        await ask(transport)
        (place,) = sockets._places.values()
        assert place.connection is not None
        await upstream.sockets[0].close(1001)
        await place.connection.wait_closed()
        sockets.close_idle()
        assert sockets._places == {}

    with_sockets(body)


def test_end_of_the_program() -> None:
    """Closing closes every socket, and waits until they are closed."""

    async def run() -> None:
        async with scripted_sockets(echo) as upstream:
            async with asking(upstream.url) as (transport, _):
                for letter in "ab":
                    await ask(transport, session_id=f"{SESSION_ID}-{letter}")
            for socket in upstream.sockets:
                await socket.wait_closed()
                assert socket.close_code == 1000

    asyncio.run(asyncio.wait_for(run(), WAIT_S))
