"""Exact figures from exact values: no buckets, no sketches, no interpolation."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

NEVER = math.inf
"""The time of something that did not happen."""


def percentile(values: Sequence[float], percent: float) -> float:
    """The smallest of the values that at least `percent` per cent of them do not exceed (nearest rank).

    It is always one of the values, so a limit is compared with something that was measured; below 100 / (100 - percent)
    values it is the largest one. The rank is computed in fractions: 7 per cent of 100 is the 7th value, not the 8th.

    Raises:
        ValueError: no values, or a percentage outside 0 < percent <= 100.
    """
    if not values or not 0 < percent <= 100:
        raise ValueError(f"no {percent:g}th percentile of {len(values)} values")
    rank = math.ceil(Fraction(str(percent)) * len(values) / 100)
    return sorted(values)[rank - 1]


@dataclass(frozen=True, slots=True)
class Concurrency:
    """How many intervals were open at once."""

    peak: int
    held_s: float
    """How long at least `level` of them were."""


def concurrency(starts: Sequence[float], ends: Sequence[float], level: int) -> Concurrency:
    """Sweep over intervals given by their start and end times, in seconds.

    An interval that starts the moment another ends does not overlap it.
    """
    turns = sorted([(end, -1) for end in ends] + [(start, 1) for start in starts])
    open_now = peak = 0
    held_s = since = 0.0
    for at, change in turns:
        if open_now >= level:
            held_s += at - since
        since = at
        open_now += change
        peak = max(peak, open_now)
    return Concurrency(peak, held_s)
