"""One process for all sessions of a version: quicker than one for each, and nothing is kept apart.

It begins with the first session that needs it and ends with the last one.
"""

import asyncio
from collections.abc import Awaitable, Callable

from agentcore_emulator.agents.live_compute import Lease
from agentcore_emulator.agents.process import AgentProcess
from agentcore_emulator.agents.relay import AgentPort
from agentcore_emulator.model import Deployment

Start = Callable[[Deployment], Awaitable[AgentProcess]]


class _Shared:
    def __init__(self, starting: "asyncio.Future[AgentProcess]") -> None:
        self.starting = starting
        self.users = 0

    def usable(self) -> bool:
        starting = self.starting
        return not starting.done() or (starting.exception() is None and starting.result().running)


class SharedProcesses:
    """The processes of one agent that several sessions use, by version."""

    def __init__(self, start: Start) -> None:
        self._start = start
        self._shared: dict[tuple[str, str], _Shared] = {}

    async def lease(self, deployment: Deployment) -> Lease:
        """A share in the version's process.

        Raises:
            ServiceError: it did not come up.
        """
        key = deployment.runtime.id, deployment.version
        shared = self._shared.get(key)
        if shared is None or not shared.usable():
            shared = self._shared[key] = _Shared(asyncio.ensure_future(self._start(deployment)))
        shared.users += 1
        try:
            process = await asyncio.shield(shared.starting)
        except BaseException:
            shared.users -= 1
            if shared.users == 0:
                self._forget(key, shared)
                shared.starting.add_done_callback(_stop_unwanted)
            raise
        given_back = False

        async def give_back() -> None:
            nonlocal given_back
            if given_back:
                return
            given_back = True
            shared.users -= 1
            if shared.users == 0:
                self._forget(key, shared)
                await process.stop()

        return Lease(process, AgentPort(process.port), give_back)

    def _forget(self, key: tuple[str, str], shared: _Shared) -> None:
        if self._shared.get(key) is shared:
            del self._shared[key]


def _stop_unwanted(starting: "asyncio.Future[AgentProcess]") -> None:
    if not starting.cancelled() and starting.exception() is None:
        asyncio.ensure_future(starting.result().stop())  # noqa: RUF006 - the fork server ends what this does not
