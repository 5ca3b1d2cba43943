"""InvokeAgentRuntimeCommandShell: a socket to an interactive shell where a session's agent runs."""

from typing import Final
from uuid import uuid4

from websockets.frames import Close, CloseCode, Frame, Opcode

from agentcore_emulator.agents.base import Compute
from agentcore_emulator.core import Core
from agentcore_emulator.errors import (
    SESSION_BUSY_MESSAGE,
    AccessDeniedException,
    RetryableConflictException,
    RuntimeClientError,
    ValidationException,
)
from agentcore_emulator.journal import Closer
from agentcore_emulator.websocket.channels import Channel, encode, read_size
from agentcore_emulator.websocket.frames import is_data
from agentcore_emulator.websocket.opening import Opening
from agentcore_emulator.websocket.relay import Relay
from agentcore_emulator.websocket.shells import Shell, Shells
from agentcore_emulator.websocket.socket import limit_duration

SHELL_ID_HEADER: Final = b"x-amzn-bedrock-agentcore-shell-id"
MESSAGE_SIZE_MAX: Final = 1_048_576
NOT_BINARY: Final = Close(CloseCode.UNSUPPORTED_DATA, "Shell messages are binary")
TOO_LARGE: Final = Close(CloseCode.MESSAGE_TOO_BIG, "Shell messages are at most 1 MB")


class OpenShell:
    """What the session knows of a shell: how to cut it, while it is being opened and when it runs."""

    def __init__(self, opening: Opening) -> None:
        self._opening = opening
        self.shell: Shell | None = None

    def cut(self, by: Closer) -> None:
        """Ends it at once."""
        if self.shell is None:
            self._opening.cut(by)
        else:
            self.shell.cut(by)


async def open_shell(core: Core, shells: Shells, opening: Opening, shell_id: str | None) -> Closer:
    """Opens the shell of that name, new if there is none, and serves the client until it is gone.

    Raises:
        ServiceError, AgentGoneError, ClientLeftError: it cannot be opened.
    """
    if not core.settings.commands:
        raise AccessDeniedException("Commands are turned off in this emulator (--no-commands)")
    name = shell_id or str(uuid4())
    shell = shells.find(opening.key, name) or await _begin(core, shells, opening, name)
    if not shell.started:
        raise RetryableConflictException(SESSION_BUSY_MESSAGE)
    relay = Relay(opening.client, opening.invocation, core.clock, shell.touch)
    relay.partner = ShellPartner(shell, relay)
    opening.client.join(relay)
    opening.accept([(SHELL_ID_HEADER, name.encode())])
    shell.attach(relay)
    timer = limit_duration(core, relay)
    try:
        return await relay.run()
    finally:
        timer.cancel()
        shell.detach(relay)


async def _begin(core: Core, shells: Shells, opening: Opening, name: str) -> Shell:
    work = OpenShell(opening)
    attachment = await core.sessions.attach(opening.key, opening.deployment, work)
    found = shells.find(opening.key, name)
    if found is not None:
        attachment.detach()
        return found
    try:
        _check_folder(attachment.compute, opening.deployment.runtime.name)
        shell = shells.add(opening.key, name, attachment.detach)
    except BaseException:
        attachment.detach()
        raise
    work.shell, shell.touch = shell, attachment.touch
    try:
        await shell.start(attachment.compute)
    except OSError as failure:
        raise RuntimeClientError(f"The shell could not be started: {failure.strerror or failure}") from failure
    return shell


def _check_folder(compute: Compute, runtime: str) -> None:
    if compute.working_directory is None:
        raise ValidationException(
            f"Runtime {runtime} has no process of this emulator to run a shell in: only live agents have"
        )


class ShellPartner:
    """A shell as one of its clients sees it; fragments of a message are put together."""

    def __init__(self, shell: Shell, relay: Relay) -> None:
        self._shell = shell
        self._relay = relay
        self._pieces = bytearray()

    def relay(self, frame: Frame) -> None:
        """Takes one frame of the client."""
        if frame.opcode is Opcode.PING:
            self._relay.send(Frame(Opcode.PONG, frame.data))
        elif frame.opcode is Opcode.TEXT:
            self._relay.end(NOT_BINARY, "emulator")
        elif is_data(frame):
            self._pieces += frame.data
            if len(self._pieces) > MESSAGE_SIZE_MAX:
                self._relay.end(TOO_LARGE, "emulator")
            elif frame.fin:
                message, self._pieces = bytes(self._pieces), bytearray()
                self._take(message)

    def close(self, close: Close) -> None:  # noqa: ARG002 - the partner's names
        """The client closed: the shell waits for the next."""
        self.drop()

    def drop(self) -> None:
        """The client is gone: the shell waits for the next."""
        self._shell.detach(self._relay)

    def read(self, *, on: bool) -> None:
        """Programs that write too fast wait for the client."""
        self._shell.pty.read(on=on)

    def _take(self, message: bytes) -> None:
        """One whole message; what the shell has no use for is ignored."""
        channel, payload = message[:1], message[1:]
        if channel == encode(Channel.STDIN):
            self._shell.pty.write(payload)
        elif channel == encode(Channel.RESIZE):
            size = read_size(payload)
            if size is not None:
                self._shell.pty.resize(*size)
        elif channel == encode(Channel.HEARTBEAT):
            self._relay.send(Frame(Opcode.BINARY, encode(Channel.HEARTBEAT)))
        elif channel == encode(Channel.CLOSE):
            self._shell.end()
