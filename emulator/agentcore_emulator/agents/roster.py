"""The agents that the operator gave, by the name under which runtimes are bound to them."""

from agentcore_emulator.agents.attached import AttachedAgent
from agentcore_emulator.agents.base import Agent
from agentcore_emulator.agents.live import LiveAgent
from agentcore_emulator.agents.pool import Pool
from agentcore_emulator.agents.process import AgentProcess, Launcher, Lifeline
from agentcore_emulator.agents.scripted import ScriptedAgent
from agentcore_emulator.clock import Clock
from agentcore_emulator.model import Deployment
from agentcore_emulator.scenario import Scenario
from agentcore_emulator.settings import Settings
from agentcore_emulator.timers import Timers


class Roster:
    """All agents of one emulator; made inside the loop that serves it."""

    def __init__(self, settings: Settings, clock: Clock, timers: Timers, lifeline: Lifeline) -> None:
        options = settings.host
        self._clock = clock
        self._timers = timers
        self._agents: dict[str, Agent] = {}
        self._pool: Pool[AgentProcess] = Pool(0 if options.cold_start else options.pool)
        self._launcher = Launcher(options, lifeline) if settings.agents else None
        if self._launcher is not None:
            for agent in settings.agents:
                self._agents[agent.name] = LiveAgent(
                    agent,
                    self._launcher,
                    self._pool,
                    timers,
                    settings.init_timeout_s,
                    show_logs=settings.show_agent_logs,
                )
        for url in settings.attached:
            self._agents[url.name] = AttachedAgent(url)
        for scenario in settings.scenarios:
            self.add_script(scenario.runtime, scenario)

    def add_script(self, key: str, scenario: Scenario) -> None:
        """One more scripted agent."""
        self._agents[key] = ScriptedAgent(scenario, self._clock, self._timers)

    def of(self, deployment: Deployment) -> Agent:
        """What answers for that deployment."""
        return self._agents[deployment.agent_key]

    def prepare(self, deployment: Deployment) -> None:
        """Has processes for that deployment stand ready, if its agent has any."""
        agent = self.of(deployment)
        if isinstance(agent, LiveAgent):
            agent.prepare(deployment)

    def forget(self, runtime_id: str) -> None:
        """Nothing needs to stand ready for that runtime any more."""
        self._pool.forget(runtime_id)

    async def close(self) -> None:
        """Ends every process that is left; no session must be left."""
        await self._pool.close()
        if self._launcher is not None:
            await self._launcher.close()
