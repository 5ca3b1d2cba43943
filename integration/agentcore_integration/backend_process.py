"""The backend under test as a process: started as its profile says, in a clean environment, ready or explained."""

import re
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from agentcore_integration.environment import aws_environment, base_environment, placeholders
from agentcore_integration.errors import HarnessError
from agentcore_integration.process import Child, start_child, wait_ready
from agentcore_integration.profile import Backend
from agentcore_integration.stack import OfflineStack

PLACEHOLDER = re.compile(r"\{([a-z_]+)\}")
FILLED_AT_START = ("fd", "port")


@contextmanager
def running_backend(backend: Backend, stack: OfflineStack, log_dir: Path) -> Iterator[Child]:
    """Start the backend, wait until it is ready, and stop it at the end.

    Raises ``ChildError``, with the end of its log, when it does not start or does not become ready in time,
    and ``HarnessError`` for a placeholder that the profile has wrong.
    """
    known = {**placeholders(stack), "python": sys.executable}
    command = [fill(word, known, "backend.command") for word in backend.command]
    own = {name: fill(value, known, f"backend.environment.{name}") for name, value in backend.environment.items()}
    environment = {**base_environment(), **aws_environment(stack), **own}
    with start_child(command, name="backend", log_dir=log_dir, env=environment, cwd=backend.cwd) as child:
        wait_ready(child, backend.ready_path, timeout_s=backend.ready_timeout_s)
        yield child


def fill(text: str, known: Mapping[str, str], key: str) -> str:
    """Replace the ``{placeholders}`` of one value; ``{fd}`` and ``{port}`` are left for the process starter.

    Raises ``HarnessError`` naming the key of the profile when the text has a placeholder that does not exist.
    """

    def value_of(found: re.Match[str]) -> str:
        name = found[1]
        if name not in known and name not in FILLED_AT_START:
            names = ", ".join(f"{{{name}}}" for name in sorted([*known, *FILLED_AT_START]))
            raise HarnessError(f"{key}: unknown placeholder {found[0]}; known are {names}")
        return known.get(name, found[0])

    return PLACEHOLDER.sub(value_of, text)
