"""A WebSocket for each session: signed once when it is opened, then question after question on the same socket.

``messages`` says what goes over it. A socket carries one answer at a time, so questions of one session wait for each
other; an answer that nobody reads to its end takes its socket with it, and the next question gets a new one.
"""

import asyncio
import logging
from collections.abc import AsyncGenerator

from websockets.asyncio.client import ClientConnection
from websockets.exceptions import ConnectionClosed
from websockets.frames import CloseCode

from agentcore_backend.failures import AgentFailure
from agentcore_backend.transports.messages import question, text_of
from agentcore_backend.transports.sockets import Sockets, Turn

QUESTION_REFUSED = (
    CloseCode.PROTOCOL_ERROR,
    CloseCode.UNSUPPORTED_DATA,
    CloseCode.INVALID_DATA,
    CloseCode.MESSAGE_TOO_BIG,
)

logger = logging.getLogger(__name__)


class WebSocketTransport:
    """Asks agents over WebSockets."""

    def __init__(self, sockets: Sockets, streams_max: int, read_timeout_s: float) -> None:
        self._sockets = sockets
        self._streams_max = streams_max
        self._read_timeout_s = read_timeout_s
        self._streams = 0

    @property
    def is_full(self) -> bool:
        """Whether as many answers are being streamed as the settings allow."""
        return self._streams >= self._streams_max

    async def close(self) -> None:
        """Close all sockets."""
        await self._sockets.close()

    async def answer(self, runtime_arn: str, session_id: str, prompt: str) -> AsyncGenerator[str, None]:
        """Ask the runtime and yield the text of each event of its answer.

        Raises ``AgentFailure`` when there is no answer, or not all of it.
        Whoever stops reading has to close the generator: that closes the socket.
        """
        self._streams += 1
        try:
            async with self._sockets.turn(runtime_arn, session_id) as turn:
                exchange = _Exchange(turn, prompt, self._read_timeout_s)
                try:
                    await exchange.ask()
                    while (text := await exchange.next_text()) is not None:
                        yield text
                except AgentFailure as failure:
                    logger.warning("socket failed: session=%s code=%s", session_id, failure.code)
                    raise
                finally:
                    if not exchange.is_over:
                        turn.drop()
        finally:
            self._streams -= 1


class _Exchange:
    """One question and its answer; ``is_over`` when the socket is free for the next question."""

    def __init__(self, turn: Turn, prompt: str, read_timeout_s: float) -> None:
        self._turn = turn
        self._message = question(prompt)
        self._read_timeout_s = read_timeout_s
        self._answered = False
        self._reused = False
        self._socket: ClientConnection
        self.is_over = False

    async def ask(self) -> None:
        """Send the question."""
        self._socket, self._reused = await self._turn.socket()
        try:
            await self._socket.send(self._message)
        except ConnectionClosed as closed:
            await self._ask_again(closed)

    async def next_text(self) -> str | None:
        """Return the text of the next event, None when the answer is complete. Raises ``AgentFailure``."""
        try:
            text = text_of(await self._receive())
        except ConnectionClosed as closed:
            if closed.rcvd is not None and closed.rcvd.code == CloseCode.NORMAL_CLOSURE:
                return None
            raise failure_of_hang_up(closed, answered=self._answered) from closed
        except AgentFailure as failure:
            # as over HTTP, where an agent that fails before its first event is answered for by the service
            if failure.code == "AgentError" and not self._answered:
                raise AgentFailure("RuntimeClientError") from failure
            raise
        self._answered = True
        self.is_over = text is None
        return text

    async def _receive(self) -> str | bytes:
        while True:
            try:
                async with asyncio.timeout(self._read_timeout_s):
                    return await self._socket.recv()
            except TimeoutError:
                raise AgentFailure("AgentTimeout") from None
            except ConnectionClosed as closed:
                if self._answered or not self._reused:
                    raise
                await self._ask_again(closed)

    async def _ask_again(self, closed: ConnectionClosed) -> None:
        """Ask on a new socket: the one that was kept has been closed by the other side in the meantime."""
        if not self._reused:
            raise failure_of_hang_up(closed, answered=False) from closed
        self._turn.drop()
        await self.ask()


def failure_of_hang_up(closed: ConnectionClosed, *, answered: bool) -> AgentFailure:
    """Return what it means that the socket was closed before the answer was complete: the same as over HTTP.

    Codes: 1011 is an agent, or a service, that failed; 1008 and 1009 are limits of the service.
    Source: developer guide, get started with bidirectional streaming, and quotas, read 2026-11-20 - documented
    """
    if answered:
        return AgentFailure("StreamInterrupted")
    code = closed.rcvd.code if closed.rcvd is not None else CloseCode.ABNORMAL_CLOSURE
    if code == CloseCode.INTERNAL_ERROR:
        return AgentFailure("RuntimeClientError")
    return AgentFailure("ValidationException" if code in QUESTION_REFUSED else "AgentUnreachable")
