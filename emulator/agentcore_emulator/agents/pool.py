"""Agents that were started before anyone asked for them, so that a new session does not wait for one.

Each belongs to one version of one runtime, because versions differ in their environment. There are never more than
`TOTAL_MAX` of them over all agents: the versions that nobody asked for longest give theirs up. One that did not come
up is not tried again until a session asks, and one that was started before its agent's files changed is thrown away.
"""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import Generic, TypeVar

from agentcore_emulator.errors import ServiceError
from agentcore_emulator.model import Deployment

TOTAL_MAX = 8
REFILL_AFTER_S = 0.1

Item = TypeVar("Item")


@dataclass(frozen=True, slots=True)
class Recipe(Generic[Item]):
    """How one agent's processes are started, thrown away, and known to be good still."""

    start: Callable[[Deployment], Awaitable[Item]]
    discard: Callable[[Item], Awaitable[None]]
    usable: Callable[[Item], bool]


class Shelf(Generic[Item]):
    """What stands ready for one version of one runtime."""

    def __init__(self, deployment: Deployment, recipe: Recipe[Item]) -> None:
        self.deployment = deployment
        self.recipe = recipe
        self.starting: deque[asyncio.Future[Item]] = deque()


class Pool(Generic[Item]):
    """All shelves of one emulator, the one asked for last at the end."""

    def __init__(self, size: int) -> None:
        self._size = size
        self._shelves: dict[tuple[str, str], Shelf[Item]] = {}
        self._tasks: set[asyncio.Future[object]] = set()
        self._closed = False

    async def take(self, deployment: Deployment, recipe: Recipe[Item]) -> Item:
        """One that is ready, or a new one; another takes its place soon.

        Raises:
            ServiceError: it did not come up.
        """
        item = await self._taken(deployment)
        if item is None:
            item = await recipe.start(deployment)
        if self._size and not self._closed:
            asyncio.get_running_loop().call_later(REFILL_AFTER_S, self.fill, deployment, recipe)
        return item

    def fill(self, deployment: Deployment, recipe: Recipe[Item]) -> None:
        """Starts as many as are missing for that version."""
        if self._closed:
            return
        key = _key(deployment)
        shelf = self._shelves.pop(key, None) or Shelf(deployment, recipe)
        self._shelves[key] = shelf
        while len(shelf.starting) < self._size and self._make_room(shelf):
            starting = asyncio.ensure_future(recipe.start(deployment))
            shelf.starting.append(starting)
            starting.add_done_callback(lambda done, shelf=shelf: _drop_failed(shelf, done))  # type: ignore[misc]  # the default binds the shelf of this turn

    def forget(self, runtime_id: str) -> None:
        """Throws away what stands ready for a runtime that is being deleted."""
        for key in [key for key in self._shelves if key[0] == runtime_id]:
            self._give_up(self._shelves.pop(key))

    async def clear(self) -> None:
        """Throws away everything that stands ready."""
        for shelf in list(self._shelves.values()):
            self._give_up(shelf)
        self._shelves.clear()
        while self._tasks:
            await asyncio.wait(self._tasks)

    async def close(self) -> None:
        """Throws everything away and starts nothing more."""
        self._closed = True
        await self.clear()

    async def _taken(self, deployment: Deployment) -> Item | None:
        shelf = self._shelves.get(_key(deployment))
        while shelf is not None and shelf.starting:
            starting = shelf.starting.popleft()
            try:
                item = await asyncio.shield(starting)
            except asyncio.CancelledError:
                self._in_background(_throw_away(starting, shelf.recipe))
                raise
            if shelf.recipe.usable(item):
                return item
            self._in_background(shelf.recipe.discard(item))
        return None

    def _make_room(self, wanted: Shelf[Item]) -> bool:
        """Whether one more may be started; what was not asked for longest gives way."""
        while sum(len(shelf.starting) for shelf in self._shelves.values()) >= TOTAL_MAX:
            oldest = next(shelf for shelf in self._shelves.values() if shelf.starting)
            if oldest is wanted:
                return False
            self._give_up(oldest)
        return True

    def _give_up(self, shelf: Shelf[Item]) -> None:
        while shelf.starting:
            self._in_background(_throw_away(shelf.starting.popleft(), shelf.recipe))

    def _in_background(self, work: Awaitable[object]) -> None:
        task = asyncio.ensure_future(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)


def _key(deployment: Deployment) -> tuple[str, str]:
    return deployment.runtime.id, deployment.version


def _drop_failed(shelf: Shelf[Item], done: "asyncio.Future[Item]") -> None:
    if not done.cancelled() and done.exception() is not None and done in shelf.starting:
        shelf.starting.remove(done)


async def _throw_away(starting: "asyncio.Future[Item]", recipe: Recipe[Item]) -> None:
    """Ends one that stands ready, or is just being started."""
    if not starting.done():
        starting.cancel()
    with suppress(ServiceError, asyncio.CancelledError):
        await recipe.discard(await starting)
