"""The live agent: a real agent file, served by one process for each session."""

import asyncio
import logging
import os
from collections.abc import Callable, Mapping
from pathlib import Path

from agentcore_emulator.agents.base import AgentAnswer, SessionSpec
from agentcore_emulator.agents.process import AgentProcess, Lifeline
from agentcore_emulator.agents.relay import AgentPort
from agentcore_emulator.errors import RuntimeClientError
from agentcore_emulator.exchange import AgentGoneError, Exchange
from agentcore_emulator.session_health import NO_ANSWER, Ping, read_ping
from agentcore_emulator.settings import AgentFile

PING_INTERVAL_S = 0.05
END_NOTICED_S_MAX = 0.1
LOG_ARRIVES_S = 0.05

log = logging.getLogger("agentcore_emulator.agents")


class LiveAgent:
    """One agent file, deployed as a runtime."""

    def __init__(self, agent: AgentFile, lifeline: Lifeline, init_timeout_s: float, *, show_logs: bool) -> None:
        self._agent = agent
        self._lifeline = lifeline
        self._init_timeout_s = init_timeout_s
        self._show_logs = show_logs

    async def provision(self, spec: SessionSpec, on_gone: Callable[[], None]) -> "LiveCompute":
        """A process of its own for the session, ready when it answers /ping.

        The time to come up counts in real seconds: advancing the clock does not make a program start faster.

        Raises:
            RuntimeClientError: it did not answer in time, or ended before it did.
        """
        title = f"[{self._agent.name} {spec.session_id[:8]}]"
        process = await AgentProcess.start(self._agent, self._lifeline, echo=title if self._show_logs else None)
        port = AgentPort(process.port)
        try:
            failure = await self._wait_ready(process, port)
        except BaseException:
            await _discard(process, port)
            raise
        if failure is None:
            return LiveCompute(process, port, title, on_gone)
        await _discard(process, port)
        log.error("%s %s %s; its last lines:\n%s", title, self._agent.file, failure, process.log_tail())
        raise RuntimeClientError.of_slow_start(self._init_timeout_s)

    async def _wait_ready(self, process: AgentProcess, port: AgentPort) -> str | None:
        """None when the agent answers, else what happened instead."""
        ready = asyncio.create_task(_ping_until_healthy(port))
        ended = asyncio.create_task(process.wait())
        try:
            await asyncio.wait({ready, ended}, timeout=self._init_timeout_s, return_when=asyncio.FIRST_COMPLETED)
            if ready.done():
                return None
            if ended.done():
                await process.drain_log()
                return f"ended with status {ended.result()} before it answered /ping"
            return f"did not answer /ping within {self._init_timeout_s:g} s"
        finally:
            ready.cancel()
            ended.cancel()


class LiveCompute:
    """One agent process and the way to it."""

    def __init__(self, process: AgentProcess, port: AgentPort, title: str, on_gone: Callable[[], None]) -> None:
        self._process = process
        self._port = port
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
    def working_directory(self) -> Path | None:
        """Where the agent runs."""
        return self._process.working_directory

    @property
    def environment(self) -> Mapping[str, str]:
        """What the agent sees."""
        return os.environ

    @property
    def address(self) -> tuple[str, int]:
        """Where the agent listens."""
        return ("127.0.0.1", self._process.port)

    pinged = True

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
        """Hangs up and ends the process group."""
        self._guard.cancel()
        self._port.close()
        await self._process.stop()

    async def _watch(self, on_gone: Callable[[], None]) -> None:
        status = await self._process.wait()
        self._port.close()
        on_gone()
        self._ended.set_result(None)
        await self._process.drain_log()
        self._show_last_lines(f"the agent ended on its own with status {status}")
        await self._process.stop()

    def _show_last_lines(self, event: str) -> None:
        log.warning("%s %s; the agent's last lines:\n%s", self._title, event, self._process.log_tail())


async def _discard(process: AgentProcess, port: AgentPort) -> None:
    port.close()
    await process.stop()


async def _ping_until_healthy(port: AgentPort) -> None:
    while True:
        try:
            if (await port.get("/ping")).status == 200:
                return
        except AgentGoneError:
            pass
        await asyncio.sleep(PING_INTERVAL_S)
