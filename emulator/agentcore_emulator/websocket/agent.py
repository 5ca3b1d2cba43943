"""The agent's end of a socket: the handshake with its `/ws`, then frames."""

import asyncio
from typing import Final

from websockets.frames import Close, CloseCode
from websockets.http11 import Response
from websockets.protocol import Event

from agentcore_emulator.errors import RuntimeClientError
from agentcore_emulator.exchange import AgentGoneError, Headers
from agentcore_emulator.websocket.end import SocketEnd
from agentcore_emulator.websocket.frames import AgentSide

HANDSHAKE_S_MAX: Final = 30.0
NOT_ACCEPTED: Final = Close(CloseCode.INTERNAL_ERROR, "")


class AgentEnd(SocketEnd):
    """One socket to an agent."""

    side: AgentSide

    def __init__(self, address: tuple[str, int]) -> None:
        super().__init__(AgentSide(*address))
        self._answer: asyncio.Future[int] = asyncio.get_running_loop().create_future()

    @property
    def open(self) -> bool:
        """Whether the agent accepted; it may have closed since."""
        return self._answer.done() and self._answer.result() == 101

    async def shake_hands(self, headers: Headers) -> None:
        """Returns when the agent has accepted, or has closed before it did.

        An ASGI server says 403 for an app that closes before it accepts, as the AgentCore SDK does (with code 1011)
        without a handler, or when the handler raises first.

        Raises:
            RuntimeClientError: the agent answered with another status, or not in time.
            AgentGoneError: it hung up.
        """
        request = self.side.connect()
        for name, value in headers:
            request.headers[name.decode("latin-1")] = value.decode("latin-1")
        self.side.send_request(request)
        self.flush()
        try:
            async with asyncio.timeout(HANDSHAKE_S_MAX):
                status = await self._answer
        except TimeoutError:
            raise RuntimeClientError.of_status(504) from None
        if status not in (101, 403) or (status == 101 and self.side.handshake_exc is not None):
            raise RuntimeClientError.of_status(502 if status == 101 else status)

    def event(self, event: Event) -> None:
        """Takes what the protocol read."""
        if isinstance(event, Response):
            if not self._answer.done():
                self._answer.set_result(event.status_code)
        else:
            super().event(event)

    def connection_lost(self, exc: Exception | None) -> None:
        """The agent is gone."""
        super().connection_lost(exc)
        if not self._answer.done():
            self._answer.set_exception(AgentGoneError("the agent hung up in the WebSocket handshake"))
            self._answer.exception()


async def connect(address: tuple[str, int]) -> AgentEnd:
    """A connection to the agent, before the handshake.

    Raises:
        AgentGoneError: it cannot be reached.
    """
    try:
        _, end = await asyncio.get_running_loop().create_connection(lambda: AgentEnd(address), *address)
    except OSError as failure:
        raise AgentGoneError(f"the agent cannot be reached: {failure}") from failure
    return end
