"""The live agent: a real agent file, served by one process for each session, or by one for all of them."""

import logging
from collections.abc import Callable
from pathlib import Path
from random import Random

from agentcore_emulator.agents.base import SessionSpec
from agentcore_emulator.agents.live_compute import Lease, LiveCompute
from agentcore_emulator.agents.pool import Pool, Recipe
from agentcore_emulator.agents.process import AgentProcess, Launcher
from agentcore_emulator.agents.readiness import wait_ready
from agentcore_emulator.agents.shared import SharedProcesses
from agentcore_emulator.agents.spawner import SpawnError
from agentcore_emulator.errors import RuntimeClientError
from agentcore_emulator.model import Deployment
from agentcore_emulator.settings import AgentFile
from agentcore_emulator.timers import Timers

FILES_LOOKED_AT = 1_000

log = logging.getLogger("agentcore_emulator.agents")


class LiveAgent:
    """One agent file, deployed as a runtime."""

    def __init__(
        self,
        agent: AgentFile,
        launcher: Launcher,
        pool: Pool[AgentProcess],
        timers: Timers,
        init_timeout_s: float,
        *,
        show_logs: bool,
    ) -> None:
        self._agent = agent
        self._launcher = launcher
        self._pool = pool
        self._timers = timers
        self._init_timeout_s = init_timeout_s
        self._show_logs = show_logs
        self._recipe = Recipe(self._start, AgentProcess.stop, self._is_fresh)
        self._shared = SharedProcesses(self._take)
        cold_start = launcher.options.cold_start
        seed = "" if cold_start is None else f"{cold_start.seed} {agent.name}"
        self._random = Random(seed)  # noqa: S311 - shapes times, guards nothing

    async def provision(self, spec: SessionSpec, on_gone: Callable[[], None]) -> LiveCompute:
        """A process for the session, ready when it answers /ping, and not before a cold start takes.

        Raises:
            RuntimeClientError: it did not answer in time, or ended before it did.
        """
        cold_start = self._launcher.options.cold_start
        ready_at = None if cold_start is None else self._timers.now() + cold_start.draw(self._random)
        lease = await self._lease(spec.deployment)
        if ready_at is not None:
            try:
                await self._timers.sleep_until(ready_at)
            except BaseException:
                await lease.give_back()
                raise
        title = f"[{self._agent.name} {spec.session_id[:8]}]"
        if self._show_logs:
            lease.process.echo = title
        return LiveCompute(lease, title, pinged=spec.deployment.protocol != "MCP", on_gone=on_gone)

    def prepare(self, deployment: Deployment) -> None:
        """Starts processes of that version for the pool."""
        self._pool.fill(deployment, self._recipe)

    async def _lease(self, deployment: Deployment) -> Lease:
        if self._launcher.options.isolation == "runtime":
            return await self._shared.lease(deployment)
        process = await self._take(deployment)
        return Lease(process, process.way, process.stop)

    async def _take(self, deployment: Deployment) -> AgentProcess:
        return await self._pool.take(deployment, self._recipe)

    async def _start(self, deployment: Deployment) -> AgentProcess:
        """A process that answers."""
        title = f"[{self._agent.name}]"
        state = _state_of(self._agent.file.parent)
        try:
            process = await self._launcher.launch(self._agent, deployment, echo=title if self._show_logs else None)
        except SpawnError as failure:
            log.exception("%s cannot be started", title)
            raise RuntimeClientError.of_slow_start(self._init_timeout_s) from failure
        try:
            failed = await wait_ready(process, self._init_timeout_s, any_answer=deployment.protocol == "MCP")
        except BaseException:
            await process.stop()
            raise
        if failed is None:
            process.made_from = state
            return process
        await process.stop()
        log.error("%s %s %s; its last lines:\n%s", title, self._agent.file, failed, process.log_tail())
        raise RuntimeClientError.of_slow_start(self._init_timeout_s)

    def _is_fresh(self, process: AgentProcess) -> bool:
        """Whether a process that stands ready still runs, and runs what the agent's folder holds now."""
        return process.running and process.made_from == _state_of(self._agent.file.parent)


def _state_of(folder: Path) -> object:
    """The names and times of the Python files of a folder: another state means that somebody edited one."""
    files = sorted(folder.glob("*.py"))[:FILES_LOOKED_AT]
    return [(file.name, file.stat().st_mtime_ns) for file in files]
