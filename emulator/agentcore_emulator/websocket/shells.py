"""Interactive shells: each lives in its session, keeps its latest output, and is used by one client at a time.

    a client leaves        the shell goes on; for 15 minutes of the emulator's clock a client may come back
    a client comes back    it gets the latest output again, at most 256 KB
    another client comes   the one before is closed with 4000
    the client sends FF    the shell is ended
    the session ends       the client gets FF and 1001, the shell is ended

Source: bedrock-agentcore 1.25.0, runtime/shell, and developer guide, quotas, read 2026-11-20 - observed, documented;
that output which a client has had is among what it gets again, and the answer to an eleventh shell, are assumed
"""

from collections.abc import Callable
from typing import Final

from websockets.frames import Close, CloseCode, Frame, Opcode

from agentcore_emulator.agents.base import Compute
from agentcore_emulator.errors import ServiceQuotaExceededException
from agentcore_emulator.exchange import AgentGoneError
from agentcore_emulator.journal import Closer
from agentcore_emulator.model import SessionKey
from agentcore_emulator.timers import Timer
from agentcore_emulator.websocket.channels import PAYLOAD_SIZE_MAX, Channel, connected, encode, exited
from agentcore_emulator.websocket.pty import Pty
from agentcore_emulator.websocket.relay import SESSION_ENDED, Relay

REPLAY_SIZE_MAX: Final = 262_144
RECONNECT_S: Final = 900.0
SHELLS_MAX: Final = 10
TAKEN_OVER: Final = Close(4000, "Another client connected to this shell")
EXITED: Final = Close(CloseCode.NORMAL_CLOSURE, "")

Later = Callable[[float, Callable[[], None]], Timer]


class Shell:
    """One shell, with a client or between two of them.

    Args:
        later: calls back after so many seconds of the emulator's clock.
        on_end: called once when it is no more.
    """

    def __init__(self, shell_id: str, later: Later, on_end: Callable[[], None]) -> None:
        self.id = shell_id
        self.started = False
        self.touch: Callable[[], None] = _nothing
        self._later = later
        self._on_end = on_end
        self._latest = bytearray()
        self._client: Relay | None = None
        self._window: Timer | None = None
        self._ended = False
        self.pty = Pty(self._print, self._exit, self._flow)

    async def start(self, compute: Compute) -> None:
        """Begins where the session's agent runs.

        Raises:
            OSError: as `Pty.start`.
            AgentGoneError: the session ended before.
        """
        if compute.working_directory is None:
            raise OSError("the session has no folder")
        try:
            await self.pty.start(compute.working_directory, compute.environment)
        except BaseException:
            self.end()
            raise
        if self._ended:
            self.pty.kill()
            raise AgentGoneError("the session ended before its shell began")
        self.started = True

    def attach(self, client: Relay) -> None:
        """From here on `client` uses it."""
        reconnected = self._client is not None or self._window is not None
        before, self._client = self._client, client
        if before is not None:
            before.end(TAKEN_OVER, "emulator")
        if self._window is not None:
            self._window.cancel()
            self._window = None
        client.send(_binary(connected(self.id, reconnected=reconnected)))
        latest = bytes(self._latest)
        for at in range(0, len(latest), PAYLOAD_SIZE_MAX):
            client.send(_binary(encode(Channel.STDOUT, latest[at : at + PAYLOAD_SIZE_MAX])))
        self.pty.read(on=True)

    def detach(self, client: Relay) -> None:
        """That client is gone, if it was still the one."""
        if self._client is not client:
            return
        self._client = None
        if not self._ended:
            self.pty.read(on=True)
            self._window = self._later(RECONNECT_S, self.end)

    def cut(self, by: Closer) -> None:  # noqa: ARG002 - what a session tells
        """The session has ended."""
        client, self._client = self._client, None
        self.end()
        if client is not None:
            client.send(_binary(encode(Channel.CLOSE)))
            client.end(SESSION_ENDED, "emulator")

    def end(self) -> None:
        """Ends it; its client, if any, is closed in order."""
        if self._ended:
            return
        self._ended = True
        if self._window is not None:
            self._window.cancel()
        self.pty.kill()
        if self._client is not None:
            self._client.end(EXITED, "agent")
        self._on_end()

    def _print(self, data: bytes) -> None:
        self._latest += data
        if len(self._latest) > REPLAY_SIZE_MAX:
            del self._latest[: len(self._latest) - REPLAY_SIZE_MAX]
        if self._client is not None:
            self._client.send(_binary(encode(Channel.STDOUT, data)))

    def _exit(self, status: int) -> None:
        if self._client is not None:
            code, number = (status, None) if status >= 0 else (128 - status, -status)
            self._client.send(_binary(exited(code, number)))
        self.end()

    def _flow(self, may_type: bool) -> None:
        if self._client is not None:
            self._client.hold(on=may_type)


class Shells:
    """All shells there are, by session and name."""

    def __init__(self, later: Later) -> None:
        self._later = later
        self._shells: dict[tuple[SessionKey, str], Shell] = {}

    def find(self, key: SessionKey, shell_id: str) -> Shell | None:
        """The shell of that name in that session, if there is one."""
        return self._shells.get((key, shell_id))

    def add(self, key: SessionKey, shell_id: str, on_end: Callable[[], None]) -> Shell:
        """A new one, not yet started.

        Raises:
            ServiceQuotaExceededException: the runtime has as many as it may have.
        """
        if sum(1 for other, _ in self._shells if other.runtime_id == key.runtime_id) >= SHELLS_MAX:
            raise ServiceQuotaExceededException(f"A runtime can have {SHELLS_MAX} shells at a time")

        def forget() -> None:
            del self._shells[key, shell_id]
            on_end()

        shell = self._shells[key, shell_id] = Shell(shell_id, self._later, forget)
        return shell


def _binary(message: bytes) -> Frame:
    return Frame(Opcode.BINARY, message)


def _nothing() -> None:
    """Nobody wants to know."""
