"""What every kind of agent offers: a compute for each session, and an answer to each exchange."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple, Protocol

from agentcore_emulator.exchange import Exchange, Headers
from agentcore_emulator.model import Deployment
from agentcore_emulator.session_health import Ping


@dataclass(frozen=True, slots=True)
class SessionSpec:
    """What a session is to run: the deployment it begins with, and keeps."""

    session_id: str
    deployment: Deployment


class AgentAnswer(NamedTuple):
    """A small answer of an agent, whole."""

    status: int
    headers: Headers
    body: bytes


class Compute(Protocol):
    """What works for one session, as the microVM does on AWS."""

    @property
    def working_directory(self) -> Path | None:
        """The folder that is the session's own, where its agent and its commands run; None: it has none."""

    @property
    def environment(self) -> Mapping[str, str]:
        """The variables that the session's agent and its commands see."""

    @property
    def address(self) -> tuple[str, int] | None:
        """Where its agent listens; None: it is not a program."""

    async def answer(self, exchange: Exchange) -> None:
        """Answers one invocation, whole.

        Raises:
            ServiceError: this is to be the answer.
            AgentGoneError: the agent vanished, before the answer or in the middle of it.
        """

    @property
    def pinged(self) -> bool:
        """Whether it has health checks at all."""

    async def ping(self) -> Ping | None:
        """One health check; None: nothing that counts."""

    async def get(self, path: str) -> AgentAnswer:
        """What the agent answers to GET `path`, as long as that is small.

        Raises:
            AgentGoneError: no answer came, or it is too large.
        """

    async def stop(self) -> None:
        """Ends it; returns when nothing of it is left."""


class Agent(Protocol):
    """What is deployed as one runtime."""

    async def provision(self, spec: SessionSpec, on_gone: Callable[[], None]) -> Compute:
        """A new compute that is ready to answer; `on_gone` is called when it ends on its own.

        Raises:
            ServiceError: it did not come up.
        """
