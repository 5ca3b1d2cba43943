"""Threads for calls that block, so that the event loop never does."""

import asyncio
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import ParamSpec, TypeVar

P = ParamSpec("P")
R = TypeVar("R")


class Workers:
    """A bounded pool of threads. What it is asked beyond its size waits for a free one."""

    def __init__(self, name: str, size: int) -> None:
        self._pool = ThreadPoolExecutor(size, thread_name_prefix=name)

    async def run(self, call: Callable[P, R], *args: P.args, **kwargs: P.kwargs) -> R:
        """Return what the call returns, made in a thread."""
        return await asyncio.wrap_future(self.submit(call, *args, **kwargs))

    def submit(self, call: Callable[P, R], *args: P.args, **kwargs: P.kwargs) -> Future[R]:
        """Start the call in a thread."""
        return self._pool.submit(call, *args, **kwargs)

    def close(self) -> None:
        """Take no more calls; those that run go on."""
        self._pool.shutdown(wait=False, cancel_futures=True)
