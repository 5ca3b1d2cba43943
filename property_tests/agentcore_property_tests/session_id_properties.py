"""What holds for session ids, each as a check of ids or of a generator that is given to it."""

import random
import re
import threading
from collections import Counter
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Final

from agentcore_contracts.verify import verify

LENGTH_MIN: Final = 33
LENGTH_MAX: Final = 256
_VISIBLE_ASCII: Final = re.compile(r"[!-~]*")

MakeId = Callable[[], str]


def check_format(ids: Sequence[str], evidence: str = "") -> None:
    """Each id has 33 to 256 characters, visible ASCII only.

    Source: service model bedrock-agentcore, shape SessionType, read 2026-11-20 - documented; the characters assumed
    """
    for id_ in ids:
        verify(
            LENGTH_MIN <= len(id_) <= LENGTH_MAX and _VISIBLE_ASCII.fullmatch(id_) is not None,
            expected=f"{LENGTH_MIN} to {LENGTH_MAX} characters of visible ASCII",
            actual=f"{id_!r} ({len(id_)} characters)",
            evidence=evidence,
        )


def check_all_different(ids: Sequence[str], *, count: int, evidence: str = "") -> None:
    """There are `count` ids, and none occurs twice."""
    twice = [id_ for id_, times in Counter(ids).items() if times > 1]
    found = f"{len(set(ids))} different ids of {len(ids)}"
    verify(
        len(set(ids)) == count == len(ids),
        expected=f"{count} different ids",
        actual=f"{found}; more than once: {', '.join(twice[:3])}" if twice else found,
        evidence=evidence,
    )


def check_limits(is_session_id: Callable[[str], bool], id_: str) -> None:
    """A text is taken for a session id exactly when its length is allowed."""
    allowed = LENGTH_MIN <= len(id_) <= LENGTH_MAX
    verify(is_session_id(id_) is allowed, expected=f"{allowed} for {len(id_)} characters", actual=f"{not allowed}")


def check_follows_randomness(new_id: Callable[[random.Random], str], seed: int) -> None:
    """A generator that takes its randomness as an argument takes all of it from there, and takes enough."""
    first, again, other = (new_id(random.Random(number)) for number in (seed, seed, seed + 1))  # noqa: S311 - repeatable on purpose
    verify(first == again, expected="the same id from the same randomness", actual=f"{first!r} and {again!r}")
    verify(first != other, expected="another id from other randomness", actual=f"{first!r} both times")


def collect_from_threads(make_id: MakeId, *, threads: int, each: int) -> list[str]:
    """Ids made in many threads that all start at the same moment."""
    start = threading.Barrier(threads)

    def work(_: int) -> list[str]:
        start.wait()
        return [make_id() for _ in range(each)]

    with ThreadPoolExecutor(threads) as pool:
        return [id_ for ids in pool.map(work, range(threads)) for id_ in ids]
