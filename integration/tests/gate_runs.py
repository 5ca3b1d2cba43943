"""Running the harness as its users do: the installed command, in a process of its own."""

import os
import socket
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

from agentcore_integration.profile import SHIPPED

HARNESS = Path(sys.executable).with_name("agentcore-harness")
TIMEOUT_S = 180.0
AGENTS = SHIPPED.parent / "agents"


def shell_environment() -> dict[str, str]:
    """Return the environment without what a make that runs these tests would tell a make inside them."""
    return {name: value for name, value in os.environ.items() if name not in {"MAKEFLAGS", "MAKELEVEL", "MFLAGS"}}


class Run(NamedTuple):
    """How a run of the harness ended."""

    code: int
    out: str
    err: str


def harness(*arguments: str, cwd: Path, env: Mapping[str, str] | None = None) -> Run:
    """Run ``agentcore-harness`` to its end."""
    done = subprocess.run(
        [str(HARNESS), *arguments], cwd=cwd, env=env, capture_output=True, text=True, timeout=TIMEOUT_S, check=False
    )
    return Run(done.returncode, done.stdout, done.stderr)


def start_harness(*arguments: str, cwd: Path) -> "subprocess.Popen[str]":
    """Start ``agentcore-harness``; its stderr can be read line by line."""
    return subprocess.Popen(
        [str(HARNESS), *arguments], cwd=cwd, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )


def changed_profile(folder: Path, *changes: tuple[str, str]) -> str:
    """Write the reference profile with some lines replaced (start of the line, new line), and return its path."""
    lines = (SHIPPED / "reference.toml").read_text(encoding="utf-8").splitlines()
    for start, new in changes:
        (index,) = (number for number, line in enumerate(lines) if line.startswith(start))
        lines[index] = new
    path = folder / "changed.toml"
    path.write_text("\n".join(lines).replace('"../agents/', f'"{AGENTS}/'), encoding="utf-8")
    return str(path)


@contextmanager
def taken_port() -> Iterator[int]:
    """A port of 127.0.0.1 that somebody has."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        yield listener.getsockname()[1]
