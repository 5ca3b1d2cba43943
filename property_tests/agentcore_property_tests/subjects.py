"""What the suite holds the properties against, where it is not behind a wire."""

import random
from typing import Final

from agentcore_emulator.session_id import new_session_id

EMULATOR_IDS: Final = f"{__name__}:emulator_session_id"
"""`emulator_session_id` as other processes find it."""

_random: Final = random.SystemRandom()


def emulator_session_id() -> str:
    """A session id of the emulator's generator, with the operating system's randomness."""
    return new_session_id(_random)
