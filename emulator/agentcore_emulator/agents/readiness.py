"""Waiting for an agent to come up: it has when it answers GET /ping.

The time to come up counts in real seconds: advancing the clock does not make a program start faster.
"""

import asyncio

from agentcore_emulator.agents.process import AgentProcess
from agentcore_emulator.agents.relay import AgentPort
from agentcore_emulator.exchange import AgentGoneError

PING_INTERVAL_S = 0.05


async def wait_ready(process: AgentProcess, limit_s: float, *, any_answer: bool) -> str | None:
    """None when the agent answers, else what happened instead; the way to it stays open for its first session.

    Args:
        any_answer: an answer of any status will do; an MCP server need not know /ping.
    """
    ready = asyncio.create_task(_ping_until_healthy(process.way, any_answer=any_answer))
    ended = asyncio.create_task(process.wait())
    try:
        await asyncio.wait({ready, ended}, timeout=limit_s, return_when=asyncio.FIRST_COMPLETED)
        if ready.done():
            return None
        if ended.done():
            await process.drain_log()
            return f"ended with status {ended.result()} before it answered /ping"
        return f"did not answer /ping within {limit_s:g} s"
    finally:
        ready.cancel()
        ended.cancel()


async def _ping_until_healthy(port: AgentPort, *, any_answer: bool) -> None:
    while True:
        try:
            if (await port.get("/ping")).status == 200 or any_answer:
                return
        except AgentGoneError:
            pass
        await asyncio.sleep(PING_INTERVAL_S)
