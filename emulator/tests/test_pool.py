"""Processes that stand ready: how many, for whom, and when they are not used."""

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path
from random import Random
from typing import TypeVar

import psutil
import pytest
from emulator_calls import AGENTS, invoke, wait_until

from agentcore_emulator.agents.options import HostOptions
from agentcore_emulator.agents.pool import TOTAL_MAX, Pool, Recipe
from agentcore_emulator.arn import RuntimeArn
from agentcore_emulator.errors import RuntimeClientError
from agentcore_emulator.model import Deployment, Runtime
from agentcore_emulator.registry import random_id
from agentcore_emulator.server import Emulator
from agentcore_emulator.settings import AgentFile, Settings

Result = TypeVar("Result")


class Factory:
    """Makes numbers, and remembers what became of each."""

    def __init__(self) -> None:
        self.made = 0
        self.discarded: list[int] = []
        self.stale: set[int] = set()
        self.broken = False
        self.recipe: Recipe[int] = Recipe(self.start, self.discard, lambda item: item not in self.stale)

    async def start(self, deployment: Deployment) -> int:  # noqa: ARG002 - the recipe's names
        """The next number."""
        self.made += 1
        number = self.made
        await asyncio.sleep(0)
        if self.broken:
            raise RuntimeClientError.of_slow_start(1)
        return number

    async def discard(self, item: int) -> None:
        """One that nobody took."""
        self.discarded.append(item)


def deployment(name: str, version: str = "1") -> Deployment:
    """A version of a runtime of that name."""
    arn = RuntimeArn("ap-southeast-2", "123456789012", random_id(name, Random(name)))
    return Deployment(Runtime(name, arn, "live"), "DEFAULT", name, version)


async def turns() -> None:
    """Lets what was begun go on."""
    for _ in range(10):
        await asyncio.sleep(0)


def play(scene: Callable[[Pool[int], Factory], Awaitable[Result]], size: int = 1) -> Result:
    """Runs a scene with a pool of that size."""

    async def run() -> Result:
        pool: Pool[int] = Pool(size)
        result = await scene(pool, Factory())
        await pool.close()
        return result

    return asyncio.run(run())


def test_what_stands_ready_is_taken() -> None:
    """Nothing is started while somebody waits."""

    async def scene(pool: Pool[int], factory: Factory) -> tuple[int, int]:
        pool.fill(deployment("a"), factory.recipe)
        await turns()
        return await pool.take(deployment("a"), factory.recipe), factory.made

    assert play(scene) == (1, 1)


def test_versions_do_not_share() -> None:
    """One that stands ready for version 1 is not given to version 2."""

    async def scene(pool: Pool[int], factory: Factory) -> int:
        pool.fill(deployment("a", "1"), factory.recipe)
        await turns()
        return await pool.take(deployment("a", "2"), factory.recipe)

    assert play(scene) == 2


def test_a_stale_one_is_thrown_away() -> None:
    """The next that is good is taken."""

    async def scene(pool: Pool[int], factory: Factory) -> tuple[int, list[int]]:
        pool.fill(deployment("a"), factory.recipe)
        await turns()
        factory.stale = {1}
        taken = await pool.take(deployment("a"), factory.recipe)
        await turns()
        return taken, factory.discarded

    assert play(scene, size=2) == (2, [1])


def test_the_total_is_bounded() -> None:
    """What was not asked for longest gives way."""

    async def scene(pool: Pool[int], factory: Factory) -> tuple[int, list[int]]:
        for n in range(TOTAL_MAX + 2):
            pool.fill(deployment(f"agent{n}"), factory.recipe)
            await turns()
        return factory.made, factory.discarded.copy()

    assert play(scene) == (TOTAL_MAX + 2, [1, 2])


def test_one_that_does_not_come_up_is_not_tried_over_and_over() -> None:
    """The next session tries, and is told."""

    async def scene(pool: Pool[int], factory: Factory) -> int:
        factory.broken = True
        pool.fill(deployment("a"), factory.recipe)
        await turns()
        with pytest.raises(RuntimeClientError):
            await pool.take(deployment("a"), factory.recipe)
        await turns()
        return factory.made

    assert play(scene) == 2


def test_closing_leaves_nothing() -> None:
    """All that stood ready is discarded, and that which was being started is not waited for."""

    async def scene(pool: Pool[int], factory: Factory) -> list[int]:
        pool.fill(deployment("a"), factory.recipe)
        await turns()
        pool.fill(deployment("b"), factory.recipe)
        await pool.close()
        pool.fill(deployment("c"), factory.recipe)
        await turns()
        return factory.discarded

    assert play(scene) == [1]


def ready_process(seen: set[int]) -> psutil.Process | None:
    """A forked agent that serves no session of these."""
    servers = [child for child in psutil.Process().children() if "fork_server" in " ".join(child.cmdline())]
    agents = [child for server in servers for child in server.children() if child.pid not in seen]
    return agents[0] if agents else None


def test_a_file_that_was_edited_is_loaded_anew(tmp_path: Path) -> None:
    """A process that stood ready with the old text is not used."""
    file = tmp_path / "wayward_agent.py"
    text = (AGENTS / "wayward_agent.py").read_text()
    file.write_text(text)
    with Emulator(Settings(agents=(AgentFile("mine", file, "app"),), host=HostOptions(pool=1))) as emulator:
        arn = emulator.runtime("mine").arn
        wait_until(lambda: ready_process(set()) is not None)
        file.write_text(text.replace('"cwd"', '"edited"'))
        told = invoke(emulator.port, arn, {}, "after").json()

    assert "edited" in told


def test_a_new_session_gets_the_process_that_stands_ready() -> None:
    """It was started before the session was known."""
    agents = (AgentFile("mine", AGENTS / "wayward_agent.py", "app"),)
    with Emulator(Settings(agents=agents, host=HostOptions(pool=1))) as emulator:
        wait_until(lambda: ready_process(set()) is not None)
        ready = ready_process(set())
        told = invoke(emulator.port, emulator.runtime("mine").arn, {}, "first").json()

        assert ready is not None
        assert told["pid"] == ready.pid
