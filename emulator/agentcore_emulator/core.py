"""Everything the emulator is made of, put together once; no behaviour of its own."""

import asyncio
from datetime import UTC, datetime
from random import SystemRandom
from time import monotonic

from agentcore_emulator import session_id
from agentcore_emulator.agents.process import Lifeline
from agentcore_emulator.agents.roster import Roster
from agentcore_emulator.arn import DEFAULT_QUALIFIER
from agentcore_emulator.auth.authorization import Authorization
from agentcore_emulator.aws.mcp import McpSessions
from agentcore_emulator.aws.stop_tokens import StopTokens
from agentcore_emulator.aws.time_limit import TimeLimits
from agentcore_emulator.clock import Clock
from agentcore_emulator.control.binding import DEFAULT_AGENT, Bindings
from agentcore_emulator.control.context import Control
from agentcore_emulator.errors import UsageError
from agentcore_emulator.journal import Journal
from agentcore_emulator.quotas import QuotaKeeper
from agentcore_emulator.registry import Registry
from agentcore_emulator.scenario import load_scenario
from agentcore_emulator.scenarios import HELLO
from agentcore_emulator.sessions import Sessions
from agentcore_emulator.settings import Settings
from agentcore_emulator.timers import Timers

POOL_FILLS_AFTER_S = 0.2


class Core:
    """One emulator: made anywhere, opened and closed inside the event loop that serves it.

    Raises:
        UsageError: two runtimes have one name, or a name is not one.
    """

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.clock = Clock(monotonic, datetime.now(UTC))
        self.journal = Journal()
        self.authorization = Authorization(settings.auth, self.clock, settings.region)
        self.quotas = QuotaKeeper(settings.quotas, settings.account_id, self.clock.now)
        self.registry = Registry(settings.region, settings.account_id, self.clock, settings.lifecycle)
        for name in settings.live_names:
            protocol = settings.protocols.get(name, "HTTP")
            self.registry.add(name, "live", protocol, settings.lifecycles.get(name))
        for scenario in settings.scenarios:
            self.registry.add(scenario.runtime, "scripted", lifecycle=settings.lifecycles.get(scenario.runtime))
        self._random = SystemRandom()
        _refuse_unknown(settings)
        agents = {runtime.name: runtime.kind for runtime in self.registry.all()}
        bindings = Bindings(agents, settings.bindings)
        self.control = Control(
            self.registry, self.clock, self._random, bindings, settings.transition_s, end_sessions=self._end_sessions
        )
        self.mcp_sessions = McpSessions()
        self.stop_tokens = StopTokens()

    def open(self) -> None:
        """Gets ready to serve."""
        self.timers = timers = Timers(self.clock)
        self.time_limits = TimeLimits(self.clock, timers, self.quotas)
        self.lifeline = Lifeline()
        self._roster = Roster(self.settings, self.clock, timers, self.lifeline)
        self._roster.add_script(DEFAULT_AGENT, load_scenario(HELLO))
        self.sessions = Sessions(self.clock, timers, self.quotas, self._roster.of)
        asyncio.get_running_loop().call_later(POOL_FILLS_AFTER_S, self._fill_pool)

    async def reset(self) -> None:
        """Ends all sessions and empties the journal."""
        await self.sessions.stop_all()
        self.journal.clear()

    async def close(self) -> None:
        """Ends all sessions, and with them every agent process."""
        await self.sessions.stop_all()
        await self._roster.close()
        self.lifeline.close()

    def _end_sessions(self, runtime_id: str, qualifier: str | None) -> None:
        self.sessions.end_of(runtime_id, qualifier)
        if qualifier is None:
            self._roster.forget(runtime_id)

    def _fill_pool(self) -> None:
        """Once it serves: one process or more stand ready for each runtime of the command line."""
        for agent in self.settings.agents:
            for runtime in self.registry.all():
                if runtime.name == agent.name:
                    self._roster.prepare(self.registry.resolve(str(runtime.arn), None, DEFAULT_QUALIFIER))

    def new_session_id(self) -> str:
        """A session id that no other generator makes."""
        return session_id.new_session_id(self._random)


def _refuse_unknown(settings: Settings) -> None:
    agents = set(settings.live_names)
    for name in settings.protocols:
        if name not in agents:
            raise UsageError(f"--agent-protocol names agent '{name}', which is not given with --agent or --attach")
    for name in settings.lifecycles:
        if name not in agents | {scenario.runtime for scenario in settings.scenarios}:
            raise UsageError(f"--lifecycle names runtime '{name}', which is not given")
