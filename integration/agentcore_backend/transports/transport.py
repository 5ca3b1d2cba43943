"""What every transport can do; ``build`` makes the one that the settings name."""

from collections.abc import AsyncGenerator
from typing import Protocol


class Transport(Protocol):
    """The agents, as an event loop uses them."""

    @property
    def is_full(self) -> bool:
        """Whether as many answers are being streamed as the settings allow."""

    def answer(self, runtime_arn: str, session_id: str, prompt: str) -> AsyncGenerator[str, None]:
        """Ask the runtime and yield the text of each event of its answer.

        Raises ``AgentFailure`` when there is no answer, or not all of it.
        Whoever stops reading has to close the generator: that ends the answer upstream.
        """

    async def close(self) -> None:
        """Take no more questions, and let go of what is open."""
