"""One end of a WebSocket on its transport: bytes to frames and back, back-pressure, closing handshake, hang-ups.

Who owns an end is told of each frame, once that it is closing, and once that its connection is gone.
"""

import asyncio
from typing import Final, Protocol, cast

from websockets.frames import Close, Frame, Opcode
from websockets.protocol import Event, State

from agentcore_emulator.websocket.frames import AgentSide, ClientSide

LINGER_S: Final = 2.0


class Owner(Protocol):
    """What an end tells."""

    def take(self, end: "SocketEnd", frame: Frame) -> None:
        """A data, ping or pong frame came."""

    def closing(self, end: "SocketEnd", close: Close | None) -> None:
        """The end closes: the close frame that came, or that was sent in protest; None when the peer just hung up."""

    def lost(self, end: "SocketEnd") -> None:
        """The connection is no more."""

    def congested(self, end: "SocketEnd", *, full: bool) -> None:
        """The peer of this end reads too slowly, or has caught up."""


class SocketEnd(asyncio.Protocol):
    """One end; `relay`, `close` and `drop` may be called at any time and do nothing once it is gone."""

    def __init__(self, side: ClientSide | AgentSide) -> None:
        self.side = side
        self.owner: Owner | None = None
        self._transport: asyncio.Transport | None = None
        self._linger: asyncio.TimerHandle | None = None
        self._told = False
        self._early: list[Frame] = []

    def join(self, owner: Owner) -> None:
        """From here on `owner` is told, first of all that happened before."""
        self.owner = owner
        early, self._early = self._early, []
        for frame in early:
            owner.take(self, frame)
        self._tell_closing()
        if self.gone:
            self.owner = None
            owner.lost(self)

    @property
    def gone(self) -> bool:
        """Whether the connection is no more."""
        return self._transport is None

    def relay(self, frame: Frame) -> None:
        """Sends one frame."""
        self.side.relay(frame)
        self.flush()

    def close(self, close: Close) -> None:
        """Closes in order."""
        self._told = True
        self.side.close(close)
        self.flush()

    def fail(self, close: Close) -> None:
        """Closes because of what the peer did; whatever else it sends is ignored."""
        self._told = True
        if self.side.state is State.OPEN:
            self.side.fail(close.code, close.reason)
            self.flush()

    def drop(self) -> None:
        """Hangs up without a word."""
        self._told = True
        if self._transport is not None:
            self._transport.abort()

    def read(self, *, on: bool) -> None:
        """Stops taking bytes from the peer, or goes on."""
        if self._transport is None or self._transport.is_closing():
            return
        if on:
            self._transport.resume_reading()
        else:
            self._transport.pause_reading()

    def flush(self) -> None:
        """Writes what the protocol has to say; a peer that does not complete the closing is dropped soon."""
        transport = self._transport
        if transport is None:
            self.side.data_to_send()
            return
        for data in self.side.data_to_send():
            if transport.is_closing():
                break
            if data:
                transport.write(data)
            elif transport.can_write_eof():
                transport.write_eof()
            else:
                transport.close()
        if self._linger is None and self.side.close_expected():
            self._linger = asyncio.get_running_loop().call_later(LINGER_S, transport.abort)

    def feed(self, data: bytes) -> None:
        """Takes bytes from the peer."""
        side = self.side
        side.receive_data(data)
        for event in side.events_received():
            self.event(event)
        self.flush()
        self._tell_closing()

    def event(self, event: Event) -> None:
        """Takes what the protocol read."""
        if not isinstance(event, Frame) or event.opcode is Opcode.CLOSE:
            return
        if self.owner is None:
            self._early.append(event)
        else:
            self.owner.take(self, event)

    def _tell_closing(self) -> None:
        side = self.side
        if self._told or self.owner is None or side.state in (State.CONNECTING, State.OPEN):
            return
        self._told = True
        self.owner.closing(self, side.close_rcvd or side.close_sent)

    # What the transport calls.

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)

    def data_received(self, data: bytes) -> None:
        self.feed(data)

    def eof_received(self) -> None:
        self.side.receive_eof()
        self.flush()

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002 - the protocol's name
        if self._linger is not None:
            self._linger.cancel()
        self._transport = None
        self.side.receive_eof()
        owner, self.owner = self.owner, None
        if owner is None:
            return
        if not self._told:
            self._told = True
            owner.closing(self, None)
        owner.lost(self)

    def pause_writing(self) -> None:
        if self.owner is not None:
            self.owner.congested(self, full=True)

    def resume_writing(self) -> None:
        if self.owner is not None:
            self.owner.congested(self, full=False)
