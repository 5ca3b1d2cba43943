"""Generators of session ids with one defect each, and a sound one."""

import itertools
import random
import time
import uuid
from random import Random

_seeded_at_import = random.Random(20261120)
_numbers = itertools.count()
_last = [0]


def sound() -> str:
    return str(uuid.uuid4())


def seeded_at_import() -> str:
    """Every process gets the same ids."""
    return str(uuid.UUID(int=_seeded_at_import.getrandbits(128), version=4))


def counted() -> str:
    """Right in one process, the same in each of many."""
    return f"session-{next(_numbers):040d}"


def raced() -> str:
    """Reads and writes its counter in two steps."""
    number = _last[0]
    time.sleep(0)
    _last[0] = number + 1
    return f"session-{number:040d}"


def constant(randomness: Random) -> str:
    return "s" * 36


def with_hidden_randomness(randomness: Random) -> str:
    return str(uuid.uuid4())
