"""What an operator can set for agents: how they are kept apart, what they may use, and which he runs himself."""

import math
from dataclasses import dataclass
from typing import Literal, TypeAlias
from urllib.parse import urlsplit

from agentcore_emulator.agents.cold_start import ColdStart
from agentcore_emulator.errors import UsageError
from agentcore_emulator.model import Lifecycle

Isolation: TypeAlias = Literal["session", "runtime"]

MEMORY_BYTES = 16 * 1024**3
FILES = 4_096


@dataclass(frozen=True, slots=True)
class HostOptions:
    """How agents are run. None for a limit means that there is none.

    `memory_bytes` bounds the address space of a process, which is more than what it uses: the default is twice the
    memory that a microVM has.
    Source: service quotas, 8 GB for a session, read 2026-11-20 - documented; the other limits are assumed
    """

    isolation: Isolation = "session"
    pool: int = 1
    cold_start: ColdStart | None = None
    pass_env: tuple[str, ...] = ()
    memory_bytes: int | None = MEMORY_BYTES
    files: int | None = FILES


@dataclass(frozen=True, slots=True)
class AttachedUrl:
    """An agent that the developer runs himself: the runtime's name and the port it listens on."""

    name: str
    port: int


def parse_attach(text: str) -> AttachedUrl:
    """The agent that `NAME=http://127.0.0.1:PORT` means.

    Raises:
        UsageError: the text has another form, or names another machine.
    """
    name, _, url = text.partition("=")
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        port = None
    if not name or not port or parts.scheme != "http" or parts.path not in ("", "/") or parts.query:
        raise UsageError(f"--attach '{text}' must be given as NAME=http://127.0.0.1:PORT")
    if parts.hostname not in ("127.0.0.1", "localhost"):
        raise UsageError(f"--attach '{text}': only 127.0.0.1 can be attached")
    return AttachedUrl(name, port)


def parse_lifecycle(text: str) -> tuple[str, Lifecycle]:
    """The runtime's name and the seconds that `NAME=IDLE_S:LIFE_S` means.

    Any positive numbers: a test may want an idle timeout of two seconds, which AWS would not take.

    Raises:
        UsageError: the text has another form, or a session would be idle for longer than it lives.
    """
    name, _, seconds = text.partition("=")
    try:
        idle_s, life_s = (float(number) for number in seconds.split(":"))
    except ValueError:
        idle_s = life_s = math.nan
    if not name or not 0 < idle_s <= life_s < math.inf:
        raise UsageError(f"--lifecycle '{text}' must be given as NAME=IDLE_S:LIFE_S with IDLE_S at most LIFE_S")
    return name, Lifecycle(idle_s, life_s)
