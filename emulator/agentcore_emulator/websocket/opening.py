"""The time between a request for an upgrade and its answer: a client that leaves can cut it, and so can the session."""

import asyncio
from dataclasses import dataclass, field

from agentcore_emulator.aws.respond import REQUEST_ID_HEADER
from agentcore_emulator.exchange import Headers
from agentcore_emulator.journal import Closer, Invocation
from agentcore_emulator.model import Deployment, SessionKey
from agentcore_emulator.session_id import SESSION_HEADER
from agentcore_emulator.websocket.client import ClientEnd


@dataclass(slots=True)
class Opening:
    """One request on its way to an open socket; cutting it cancels the task that made it, until it is accepted."""

    client: ClientEnd
    invocation: Invocation
    key: SessionKey
    deployment: Deployment
    subprotocol: bytes | None
    cut_by: Closer | None = None
    _task: "asyncio.Task[object] | None" = field(default_factory=asyncio.current_task)

    def __post_init__(self) -> None:
        self.client.on_left = lambda: self.cut("client")

    def accept(self, headers: Headers | None = None) -> None:
        """Answers 101; from here on others decide what becomes of the socket.

        Raises:
            ClientLeftError: there is nobody to answer.
        """
        self.over()
        session_id = self.key.session_id.encode("latin-1")
        own = [(SESSION_HEADER, session_id), (REQUEST_ID_HEADER, self.invocation.id.encode())]
        self.client.accept(own + (headers or []), self.subprotocol)
        self.invocation.status = 101

    def cut(self, by: Closer) -> None:
        """Ends it at once."""
        if self.cut_by is None and self._task is not None:
            self.cut_by = by
            self._task.cancel()

    def settle(self) -> bool:
        """Whether it was cut; the task may then go on."""
        if self.cut_by is not None and self._task is not None:
            self._task.uncancel()
        return self.cut_by is not None

    def over(self) -> None:
        """It cannot be cut any more."""
        self._task = None
        self.client.on_left = None
