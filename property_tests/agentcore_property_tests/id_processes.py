"""Ids made in many processes: fresh interpreters, and in each of them forks that share all it had in memory.

A generator that is seeded when its module is imported gives every fork the same ids; servers that fork after import
(and their users' sessions) depend on this not to happen.

Run as a program, with a generator's name `package.module:function` and two numbers, it forks and prints the ids.
"""

import importlib
import json
import os
import subprocess
import sys
from collections.abc import Callable
from typing import Final, cast

_TIMEOUT_S: Final = 30.0


def collect_from_processes(generator: str, *, interpreters: int, forks: int, each: int) -> list[str]:
    """Ids of `generator` ("package.module:function", no arguments) out of `interpreters` times `forks` processes.

    Raises `CalledProcessError` or `TimeoutExpired` when they do not end well.
    """
    # The children see the modules that this process sees.
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
    command = [sys.executable, "-m", __name__, generator, str(forks), str(each)]
    running = [subprocess.Popen(command, env=environment, stdout=subprocess.PIPE) for _ in range(interpreters)]
    ids: list[str] = []
    try:
        for process in running:
            output, _ = process.communicate(timeout=_TIMEOUT_S)
            if process.returncode:
                raise subprocess.CalledProcessError(process.returncode, command)
            ids += json.loads(output)
    finally:
        for process in running:
            process.kill()
            process.wait()
    return ids


def _forked(make_id: Callable[[], str], each: int) -> int:
    """Fork a child that writes its ids into a pipe; the end to read them from."""
    reading, writing = os.pipe()
    if os.fork() == 0:
        os.close(reading)
        with os.fdopen(writing, "w") as pipe:
            json.dump([make_id() for _ in range(each)], pipe)
        os._exit(0)
    os.close(writing)
    return reading


def main(generator: str, forks: str, each: str) -> None:
    """Print the ids of all forks as one JSON list."""
    module, _, function = generator.partition(":")
    make_id = cast("Callable[[], str]", getattr(importlib.import_module(module), function))
    ids: list[str] = []
    for reading in [_forked(make_id, int(each)) for _ in range(int(forks))]:
        with os.fdopen(reading) as pipe:
            ids += json.load(pipe)
    print(json.dumps(ids))


if __name__ == "__main__":
    main(*sys.argv[1:])
