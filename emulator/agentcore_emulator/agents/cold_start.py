"""How long provisioning takes, when it is to take as long as on AWS: a distribution, drawn from with a seed.

    1.5                  always 1.5 seconds
    uniform:1:3          anything between
    lognormal:1.8:0.4    a median of 1.8 seconds, and the spread of its logarithm: most near it, some much longer
    lognormal:1.8:0.4@7  the same with seed 7

Takes its randomness as an argument. Source: 1 to 3 s are quoted as typical, read 2026-11-20 - observed; the shapes are
assumed
"""

import math
from dataclasses import dataclass
from random import Random
from typing import Literal

from agentcore_emulator.errors import UsageError

_FORMS = "SECONDS, uniform:LEAST:MOST or lognormal:MEDIAN:SIGMA, each with @SEED behind it if wanted"
_SECONDS_MAX = 3_600.0


@dataclass(frozen=True, slots=True)
class ColdStart:
    """A distribution of seconds."""

    shape: Literal["constant", "uniform", "lognormal"]
    first: float
    second: float = 0.0
    seed: int = 1

    def draw(self, random: Random) -> float:
        """The seconds that one session takes."""
        if self.shape == "uniform":
            return random.uniform(self.first, self.second)
        if self.shape == "lognormal":
            return min(_SECONDS_MAX, random.lognormvariate(math.log(self.first), self.second))
        return self.first


def parse_cold_start(text: str) -> ColdStart:
    """The distribution that `text` means.

    Raises:
        UsageError: it has another form, or seconds that nothing takes.
    """
    spec, _, seed = text.partition("@")
    shape, *numbers = spec.split(":") if ":" in spec else ("constant", spec)
    try:
        first, second = [*(float(number) for number in numbers), 0.0][:2]
        parsed_seed = int(seed or 1)
    except ValueError:
        raise UsageError(f"--cold-start '{text}' must be given as {_FORMS}") from None
    expected = 1 if shape == "constant" else 2
    in_range = 0 <= first <= _SECONDS_MAX and 0 <= second <= _SECONDS_MAX
    if len(numbers) == expected and in_range:
        if shape == "constant":
            return ColdStart("constant", first, seed=parsed_seed)
        if shape == "uniform" and first <= second:
            return ColdStart("uniform", first, second, parsed_seed)
        if shape == "lognormal" and first > 0 and second <= 10:
            return ColdStart("lognormal", first, second, parsed_seed)
    raise UsageError(f"--cold-start '{text}' must be given as {_FORMS}")
