"""Which stops were already carried out, by the client token they came with."""

from collections import OrderedDict
from typing import Final

from agentcore_emulator.model import SessionKey

TOKENS_MAX: Final = 10_000


class StopTokens:
    """The client tokens of the latest stops that were carried out, each with its session; the oldest give way."""

    def __init__(self) -> None:
        self._used: OrderedDict[tuple[SessionKey, str], None] = OrderedDict()

    def used(self, key: SessionKey, token: str | None) -> bool:
        """Whether that session was stopped with that token before."""
        return token is not None and (key, token) in self._used

    def keep(self, key: SessionKey, token: str | None) -> None:
        """The session was stopped with that token."""
        if token is not None:
            self._used[key, token] = None
            if len(self._used) > TOKENS_MAX:
                self._used.popitem(last=False)
