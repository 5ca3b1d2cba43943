"""The compute of a live session: its agent's process, or its share in one, and the way to it."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from agentcore_emulator.agents.base import AgentAnswer
from agentcore_emulator.agents.process import AgentProcess
from agentcore_emulator.agents.relay import AgentPort
from agentcore_emulator.errors import RuntimeClientError
from agentcore_emulator.exchange import AgentGoneError, Exchange
from agentcore_emulator.session_health import NO_ANSWER, Ping, read_ping

END_NOTICED_S_MAX = 0.1
LOG_ARRIVES_S = 0.05

log = logging.getLogger("agentcore_emulator.agents")


@dataclass(frozen=True, slots=True)
class Lease:
    """A process that a session may use until it gives it back, and its own way to it."""

    process: AgentProcess
    way: AgentPort
    give_back: Callable[[], Awaitable[None]]


class LiveCompute:
    """One agent process and the way to it.

    Args:
        pinged: whether the agent's protocol has health checks.
        on_gone: called when the process ends on its own.
    """

    def __init__(self, lease: Lease, title: str, *, pinged: bool, on_gone: Callable[[], None]) -> None:
        self.pinged = pinged
        self._lease = lease
        self._process = lease.process
        self._port = lease.way
        self._title = title
        self._ended: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._guard = asyncio.create_task(self._watch(on_gone))

    async def answer(self, exchange: Exchange) -> None:
        """Relays the exchange; when the agent fails, the tail of its log is shown.

        A connection breaks a moment before the process that held it is known to be dead; that moment is waited for,
        so that the next invocation of the session does not meet the corpse.
        """
        try:
            await self._port.invoke(exchange)
        except RuntimeClientError as failure:
            loop = asyncio.get_running_loop()
            loop.call_later(LOG_ARRIVES_S, self._show_last_lines, str(failure))
            raise
        except AgentGoneError as failure:
            await asyncio.wait({self._ended}, timeout=END_NOTICED_S_MAX)
            if not self._ended.done():
                self._show_last_lines(str(failure))
            raise

    @property
    def working_directory(self) -> Path:
        """Where the agent runs."""
        return self._process.working_directory

    @property
    def environment(self) -> Mapping[str, str]:
        """What the agent sees."""
        return self._process.environment

    @property
    def address(self) -> tuple[str, int]:
        """Where the agent listens."""
        return ("127.0.0.1", self._process.port)

    async def ping(self) -> Ping:
        """Asks the agent for its health."""
        try:
            answer = await self._port.get("/ping")
        except AgentGoneError:
            return NO_ANSWER
        return read_ping(answer.status, answer.body)

    async def get(self, path: str) -> AgentAnswer:
        """As `AgentPort.get`."""
        return await self._port.get(path)

    async def stop(self) -> None:
        """Hangs up, and ends the process group if it is this session's own."""
        self._guard.cancel()
        self._port.close()
        await self._lease.give_back()

    async def _watch(self, on_gone: Callable[[], None]) -> None:
        status = await self._process.wait()
        self._port.close()
        on_gone()
        self._ended.set_result(None)
        await self._process.drain_log()
        self._show_last_lines(f"the agent ended on its own with status {status}")
        await self._lease.give_back()

    def _show_last_lines(self, event: str) -> None:
        log.warning("%s %s; the agent's last lines:\n%s", self._title, event, self._process.log_tail())
