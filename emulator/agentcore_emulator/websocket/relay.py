"""A relay between a client and the agent of a session: frame for frame, both ways, until either closes or is lost.

    client closes             the agent gets the same code and reason
    agent closes              the client gets the same code and reason
    client breaks a rule      both get the code that says so (1002, 1007, 1008, 1009)
    agent breaks a rule       the same
    client hangs up           the agent's connection is dropped: it sees 1006
    agent hangs up or dies    the client gets 1011
    session ends              the client gets 1001, the agent's connection is dropped

Source: developer guide, get started with bidirectional streaming, and quotas, read 2026-11-20 - documented (limits, and
codes 1000, 1001, 1008, 1009, 1011); which of them a hang-up or the end of a session is answered with is assumed, and
so is that only the client's frames count against the 250 in a second
"""

import asyncio
from collections.abc import Callable
from time import monotonic
from typing import Final, Protocol

from websockets.frames import Close, CloseCode, Frame

from agentcore_emulator.clock import Clock
from agentcore_emulator.journal import Closer, Invocation, SocketTally
from agentcore_emulator.websocket.client import ClientEnd
from agentcore_emulator.websocket.end import SocketEnd
from agentcore_emulator.websocket.frames import FrameRate, is_data

END_NOTICED_S_MAX: Final = 0.5
FRAMES_PER_S_MAX: Final = 250
TOO_FAST: Final = Close(CloseCode.POLICY_VIOLATION, "Frame rate limit of 250 frames per second is exceeded")
TOO_LONG: Final = Close(CloseCode.POLICY_VIOLATION, "Max connection duration of 1 hour is exceeded")
AGENT_LOST: Final = Close(CloseCode.INTERNAL_ERROR, "The agent closed the connection")
SESSION_ENDED: Final = Close(CloseCode.GOING_AWAY, "The session ended")


class Partner(Protocol):
    """What stands at the other side of the client: an agent's socket, a script, a shell."""

    def relay(self, frame: Frame) -> None:
        """Takes one frame of the client."""

    def close(self, close: Close) -> None:
        """The client closed, or was closed, with that code."""

    def drop(self) -> None:
        """The client is gone without a word, or the session has ended."""

    def read(self, *, on: bool) -> None:
        """Says no more until the client has caught up, or goes on."""


class Relay:
    """One open socket; done when the client's connection is gone.

    `partner` is given before the first frame comes.

    Args:
        touch: called for each frame, whichever way it goes.
    """

    def __init__(self, client: ClientEnd, invocation: Invocation, clock: Clock, touch: Callable[[], None]) -> None:
        self.partner: Partner
        self._client = client
        self._invocation = invocation
        self._tally = invocation.socket or SocketTally()
        self._clock = clock
        self._rate = FrameRate(FRAMES_PER_S_MAX)
        self._done: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._touch = touch
        self.closed_by: Closer | None = None

    async def run(self) -> Closer:
        """Returns who closed, once the client's connection is gone."""
        await self._done
        return self.closed_by or "client"

    def end(self, close: Close, by: Closer) -> None:
        """Closes towards the client with that code; what is behind it is dropped."""
        if self.closed_by is None:
            self._settle(close, by)
            self._client.close(close)
            self.partner.drop()

    def hold(self, *, on: bool) -> None:
        """Takes no more from the client, or goes on."""
        self._client.read(on=on)

    # What the ends tell.

    def take(self, end: SocketEnd, frame: Frame) -> None:
        """Passes a frame on."""
        if self.closed_by is not None:
            return
        self._touch()
        if end is not self._client:
            self.send(frame)
            return
        tally = self._tally
        tally.frames_received += 1
        if is_data(frame):
            tally.bytes_received += len(frame.data)
            self._invocation.payload_size = tally.bytes_received
        if self._rate.admits(self._clock.now()):
            self.partner.relay(frame)
        else:
            self._settle(TOO_FAST, "emulator")
            self._client.fail(TOO_FAST)
            self.partner.close(TOO_FAST)

    def send(self, frame: Frame) -> None:
        """Sends a frame to the client."""
        self._tally.frames_sent += 1
        if is_data(frame):
            self._tally.bytes_sent += len(frame.data)
            self._invocation.sent(len(frame.data), monotonic())
        self._client.relay(frame)

    def closing(self, end: SocketEnd, close: Close | None) -> None:
        """Tells the other end."""
        if self.closed_by is not None:
            return
        by: Closer = "emulator"
        if close is None or end.side.close_rcvd is not None:
            by = "client" if end is self._client else "agent"
        if end is self._client:
            self._settle(close, by)
            self.partner.drop() if close is None else self.partner.close(close)
        elif close is None:
            self._lose_agent()
        else:
            self._settle(close, by)
            self._client.close(close)

    def lost(self, end: SocketEnd) -> None:
        """One of the connections is gone."""
        if end is not self._client:
            self._lose_agent()
        elif not self._done.done():
            self._done.set_result(None)

    def _lose_agent(self) -> None:
        """Ends what the agent cannot go on with.

        A connection breaks a moment before the process that held it is known to be dead, and its session ended; that
        moment is waited for, so that a client that comes back at once does not meet the corpse.
        """
        if self.closed_by is None:
            asyncio.get_running_loop().call_later(END_NOTICED_S_MAX, self.end, AGENT_LOST, "agent")

    def congested(self, end: SocketEnd, *, full: bool) -> None:
        """Nothing is read that could not be passed on."""
        if end is self._client:
            self.partner.read(on=not full)
        else:
            self.hold(on=not full)

    def _settle(self, close: Close | None, by: Closer) -> None:
        self.closed_by = by
        self._invocation.cut = close is None or by == "emulator" or close is AGENT_LOST
        if close is not None:
            self._tally.close_code = int(close.code)
            self._tally.close_reason = close.reason
