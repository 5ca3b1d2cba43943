"""The scripted agent: emits the events of a scenario, each at its time, whatever the payload says."""

from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType

from agentcore_emulator.agents.base import AgentAnswer, SessionSpec
from agentcore_emulator.clock import Clock
from agentcore_emulator.exchange import Exchange
from agentcore_emulator.scenario import Scenario, ScriptedEvent
from agentcore_emulator.sse import CONTENT_TYPE
from agentcore_emulator.timers import Timers

NO_ENVIRONMENT: Mapping[str, str] = MappingProxyType({})

_AT_ONCE_MAX = 64
_HEADERS = [(b"content-type", CONTENT_TYPE.encode())]


class ScriptedAgent:
    """One scenario, deployed as a runtime. Its own compute: nothing is kept for a session."""

    working_directory = None
    environment = NO_ENVIRONMENT
    pinged = False
    address = None

    def __init__(self, scenario: Scenario, clock: Clock, timers: Timers) -> None:
        self.events = scenario.events
        self._steps = _steps(scenario.events)
        self._clock = clock
        self._timers = timers

    async def provision(self, spec: SessionSpec, on_gone: Callable[[], None]) -> "ScriptedAgent":  # noqa: ARG002 - the protocol's names
        """Ready at once."""
        return self

    async def answer(self, exchange: Exchange) -> None:
        """Takes the payload, then sends every event; delays add up from the start, so that none drifts."""
        while not exchange.payload_complete:
            await exchange.read()
        deadline = self._clock.now()
        await exchange.start(200, _HEADERS)
        for delay_s, chunks in self._steps:
            if delay_s:
                deadline += delay_s
                exchange.watch_client()
                await self._timers.sleep_until(deadline)
            await exchange.write_all(chunks)
        await exchange.end()

    async def ping(self) -> None:
        """A script is never unwell, and never busy."""

    async def get(self, path: str) -> AgentAnswer:  # noqa: ARG002 - the protocol's name
        """A script has no other pages."""
        return AgentAnswer(404, [], b"")

    async def stop(self) -> None:
        """Nothing to end."""


def _steps(events: Sequence[ScriptedEvent]) -> list[tuple[float, list[bytes]]]:
    """The delays, and what is due after each; a client that does not read is waited for every few events."""
    steps: list[tuple[float, list[bytes]]] = []
    for event in events:
        if event.delay_s or not steps or len(steps[-1][1]) == _AT_ONCE_MAX:
            steps.append((event.delay_s, []))
        steps[-1][1].append(event.chunk)
    return steps
