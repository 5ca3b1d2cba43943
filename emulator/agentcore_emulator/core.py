"""Everything the emulator is made of, put together once; no behaviour of its own."""

from datetime import UTC, datetime
from random import SystemRandom
from time import monotonic

from agentcore_emulator import session_id
from agentcore_emulator.agents.base import Agent
from agentcore_emulator.agents.live import LiveAgent
from agentcore_emulator.agents.process import Lifeline
from agentcore_emulator.agents.scripted import ScriptedAgent
from agentcore_emulator.clock import Clock
from agentcore_emulator.journal import Journal
from agentcore_emulator.model import Deployment
from agentcore_emulator.quotas import QuotaKeeper
from agentcore_emulator.registry import Registry
from agentcore_emulator.sessions import Sessions
from agentcore_emulator.settings import Settings
from agentcore_emulator.timers import Timers


class Core:
    """One emulator: made anywhere, opened and closed inside the event loop that serves it.

    Raises:
        UsageError: two runtimes have one name, or a name is not one.
    """

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.clock = Clock(monotonic, datetime.now(UTC))
        self.journal = Journal()
        self.quotas = QuotaKeeper(settings.quotas, settings.account_id, self.clock.now)
        self.registry = Registry(settings.region, settings.account_id, self.clock, settings.lifecycle)
        for agent in settings.agents:
            self.registry.add(agent.name, "live")
        for scenario in settings.scenarios:
            self.registry.add(scenario.runtime, "scripted")
        self._random = SystemRandom()
        self._agents: dict[str, Agent] = {}

    def open(self) -> None:
        """Gets ready to serve."""
        self.timers = timers = Timers(self.clock)
        self._lifeline = Lifeline()
        self.sessions = Sessions(self.clock, timers, self.quotas, self.agent_of)
        for agent in self.settings.agents:
            self._agents[agent.name] = LiveAgent(
                agent, self._lifeline, self.settings.init_timeout_s, show_logs=self.settings.show_agent_logs
            )
        for scenario in self.settings.scenarios:
            self._agents[scenario.runtime] = ScriptedAgent(scenario, self.clock, timers)

    async def reset(self) -> None:
        """Ends all sessions and empties the journal."""
        await self.sessions.stop_all()
        self.journal.clear()

    async def close(self) -> None:
        """Ends all sessions, and with them every agent process."""
        await self.sessions.stop_all()
        self._lifeline.close()

    def agent_of(self, deployment: Deployment) -> Agent:
        """What answers for that deployment."""
        return self._agents[deployment.agent_key]

    def new_session_id(self) -> str:
        """A session id that no other generator makes."""
        return session_id.new_session_id(self._random)
