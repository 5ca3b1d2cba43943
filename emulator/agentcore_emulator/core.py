"""Everything the emulator is made of, put together once; no behaviour of its own."""

from datetime import UTC, datetime
from random import SystemRandom
from time import monotonic

from agentcore_emulator import session_id
from agentcore_emulator.agents.base import Agent
from agentcore_emulator.agents.live import LiveAgent
from agentcore_emulator.agents.process import Lifeline
from agentcore_emulator.agents.scripted import ScriptedAgent
from agentcore_emulator.auth.authorization import Authorization
from agentcore_emulator.aws.mcp import McpSessions
from agentcore_emulator.aws.stop_tokens import StopTokens
from agentcore_emulator.clock import Clock
from agentcore_emulator.control.binding import DEFAULT_AGENT, Bindings
from agentcore_emulator.control.context import Control
from agentcore_emulator.errors import UsageError
from agentcore_emulator.journal import Journal
from agentcore_emulator.model import Deployment
from agentcore_emulator.quotas import QuotaKeeper
from agentcore_emulator.registry import Registry
from agentcore_emulator.scenario import load_scenario
from agentcore_emulator.scenarios import HELLO
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
        self.authorization = Authorization(settings.auth, self.clock, settings.region)
        self.quotas = QuotaKeeper(settings.quotas, settings.account_id, self.clock.now)
        self.registry = Registry(settings.region, settings.account_id, self.clock, settings.lifecycle)
        for agent in settings.agents:
            self.registry.add(agent.name, "live", settings.protocols.get(agent.name, "HTTP"))
        for scenario in settings.scenarios:
            self.registry.add(scenario.runtime, "scripted")
        self._random = SystemRandom()
        _refuse_unknown(settings)
        agents = {runtime.name: runtime.kind for runtime in self.registry.all()}
        bindings = Bindings(agents, settings.bindings)
        self.control = Control(self.registry, self.clock, self._random, bindings, settings.transition_s)
        self._agents: dict[str, Agent] = {}
        self.mcp_sessions = McpSessions()
        self.stop_tokens = StopTokens()

    def open(self) -> None:
        """Gets ready to serve."""
        self.timers = timers = Timers(self.clock)
        self.lifeline = Lifeline()
        self.sessions = Sessions(self.clock, timers, self.quotas, self.agent_of)
        for agent in self.settings.agents:
            self._agents[agent.name] = LiveAgent(
                agent, self.lifeline, self.settings.init_timeout_s, show_logs=self.settings.show_agent_logs
            )
        for scenario in self.settings.scenarios:
            self._agents[scenario.runtime] = ScriptedAgent(scenario, self.clock, timers)
        self._agents[DEFAULT_AGENT] = ScriptedAgent(load_scenario(HELLO), self.clock, timers)

    async def reset(self) -> None:
        """Ends all sessions and empties the journal."""
        await self.sessions.stop_all()
        self.journal.clear()

    async def close(self) -> None:
        """Ends all sessions, and with them every agent process."""
        await self.sessions.stop_all()
        self.lifeline.close()

    def agent_of(self, deployment: Deployment) -> Agent:
        """What answers for that deployment."""
        return self._agents[deployment.agent_key]

    def new_session_id(self) -> str:
        """A session id that no other generator makes."""
        return session_id.new_session_id(self._random)


def _refuse_unknown(settings: Settings) -> None:
    agents = {agent.name for agent in settings.agents}
    for name in settings.protocols:
        if name not in agents:
            raise UsageError(f"--agent-protocol names agent '{name}', which is not given with --agent")
