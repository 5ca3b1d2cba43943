"""What every kind of agent offers: a compute for each session, and an answer to each exchange."""

from collections.abc import Callable
from typing import Protocol

from agentcore_emulator.exchange import Exchange


class Compute(Protocol):
    """What works for one session, as the microVM does on AWS."""

    async def answer(self, exchange: Exchange) -> None:
        """Answers one invocation, whole.

        Raises:
            ServiceError: this is to be the answer.
            AgentGoneError: the agent vanished, before the answer or in the middle of it.
        """

    async def stop(self) -> None:
        """Ends it; returns when nothing of it is left."""


class Agent(Protocol):
    """What is deployed as one runtime."""

    async def provision(self, session_id: str, on_gone: Callable[[], None]) -> Compute:
        """A new compute that is ready to answer; `on_gone` is called when it ends on its own.

        Raises:
            ServiceError: it did not come up.
        """
