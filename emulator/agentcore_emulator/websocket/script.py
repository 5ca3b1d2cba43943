"""A scripted agent at the other side of a socket: each message of the client is answered with the scenario's events.

Every event is one text message that holds its data as JSON; delays add up from the message, or from the end of the
answer before it. Pings are answered.
"""

import asyncio
from collections.abc import Callable, Sequence
from typing import Final

from websockets.frames import Close, Frame, Opcode

from agentcore_emulator.clock import Clock
from agentcore_emulator.scenario import ScriptedEvent
from agentcore_emulator.timers import Timers
from agentcore_emulator.websocket.frames import FRAME_SIZE_MAX, is_data

_HEAD: Final = len(b"data: ")
_TAIL: Final = len(b"\n\n")


class ScriptPartner:
    """Answers one client, one message after the other.

    Args:
        send: sends a frame to the client.
    """

    def __init__(
        self, events: Sequence[ScriptedEvent], clock: Clock, timers: Timers, send: Callable[[Frame], None]
    ) -> None:
        self._steps = [(event.delay_s, _frames(event.chunk[_HEAD:-_TAIL])) for event in events]
        self._clock = clock
        self._timers = timers
        self._send = send
        self._waiting = 0
        self._task: asyncio.Task[None] | None = None
        self._may_send = asyncio.Event()
        self._may_send.set()

    def relay(self, frame: Frame) -> None:
        """Takes one frame of the client."""
        if frame.opcode is Opcode.PING:
            self._send(Frame(Opcode.PONG, frame.data))
        elif is_data(frame) and frame.fin:
            self._waiting += 1
            if self._task is None:
                self._task = asyncio.create_task(self._answer())

    def close(self, close: Close) -> None:  # noqa: ARG002 - the partner's names
        """The client closed: nobody is left to be answered."""
        self.drop()

    def drop(self) -> None:
        """Stops."""
        self._waiting = 0
        if self._task is not None:
            self._task.cancel()

    def read(self, *, on: bool) -> None:
        """Waits while the client does not read."""
        if on:
            self._may_send.set()
        else:
            self._may_send.clear()

    async def _answer(self) -> None:
        while self._waiting:
            self._waiting -= 1
            deadline = self._clock.now()
            for delay_s, frames in self._steps:
                if delay_s:
                    deadline += delay_s
                    await self._timers.sleep_until(deadline)
                for frame in frames:
                    await self._may_send.wait()
                    self._send(frame)
            await asyncio.sleep(0)
        self._task = None


def _frames(text: bytes) -> list[Frame]:
    """One message in as few frames as the limit of a frame allows."""
    pieces = [text[at : at + FRAME_SIZE_MAX] for at in range(0, len(text), FRAME_SIZE_MAX)]
    return [Frame(Opcode.CONT if n else Opcode.TEXT, piece, fin=n == len(pieces) - 1) for n, piece in enumerate(pieces)]
