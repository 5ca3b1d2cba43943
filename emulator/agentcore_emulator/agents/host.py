"""Serves one agent file to one session, in the process that is its own.

As a program, `python -m agentcore_emulator.agents.host FILE.py[:ATTR]`, it only loads the file, then leaves.
Loads the file unmodified, as a module of its own name (not as `__main__`), with the file's folder first on the
import path, and serves its app on a listening socket that the parent has bound. When the parent dies, the lifeline
ends and the whole process group goes.
"""

import argparse
import importlib.util
import os
import signal
import socket
import sys
import threading
import time
from collections.abc import Sequence
from pathlib import Path
from types import ModuleType
from typing import Any

APP_CLASS = "BedrockAgentCoreApp"
KEEP_ALIVE_S = 86_400
LAST_WORDS_S = 1.0


def main(arguments: Sequence[str] | None = None) -> None:
    """Loads the agent, to see whether that works."""
    parser = argparse.ArgumentParser(prog="agentcore_emulator.agents.host")
    parser.add_argument("agent", help="FILE.py or FILE.py:ATTR")
    parser.add_argument("--lifeline-fd", type=int, help="pipe that ends when the parent is gone")
    parser.add_argument("--check", action="store_true", help="load the agent, then leave")
    options = parser.parse_args(arguments)
    if options.lifeline_fd is not None:
        hold_lifeline(options.lifeline_fd)
    load_app(options.agent)


def run(agent: str, listener_fd: int, lifeline_fd: int) -> None:
    """Serves the agent until told to stop."""
    hold_lifeline(lifeline_fd)
    serve(load_app(agent), listener_fd)


def hold_lifeline(fd: int) -> None:
    """From here on this process and its group end when the pipe does."""
    os.set_inheritable(fd, False)
    threading.Thread(target=_hold_lifeline, args=(fd,), daemon=True).start()


def load_app(agent: str) -> Any:
    """The app that `FILE.py` holds, or the attribute that `FILE.py:ATTR` names.

    Exits with one line on stderr when there is none, or more than one to choose from.
    """
    path, _, attribute = agent.partition(".py:")
    file = Path(f"{path}.py" if attribute else agent).resolve()
    module = _load_module(file)
    if attribute:
        if not hasattr(module, attribute):
            sys.exit(f"{file} has no attribute '{attribute}'")
        return getattr(module, attribute)
    apps = {id(value): value for value in vars(module).values() if _is_agent_app(value)}
    if len(apps) != 1:
        found = "no" if not apps else "more than one"
        sys.exit(f"{file} holds {found} {APP_CLASS}; name the app to serve as {file.name}:ATTR")
    return next(iter(apps.values()))


def serve(app: Any, fd: int) -> None:
    """Serves `app` on the listening socket `fd` until a signal asks to stop."""
    import uvicorn

    listener = socket.socket(fileno=fd)
    os.set_inheritable(fd, False)
    config = uvicorn.Config(
        app,
        loop="uvloop",
        http="httptools",
        log_level="warning",
        access_log=False,
        proxy_headers=False,
        timeout_keep_alive=KEEP_ALIVE_S,
        timeout_graceful_shutdown=1,
    )
    uvicorn.Server(config).run(sockets=[listener])


def _load_module(file: Path) -> ModuleType:
    sys.path.insert(0, str(file.parent))
    sys.argv = [str(file)]
    name = file.stem if file.stem not in sys.modules else f"agentcore_agent_{file.stem}"
    spec = importlib.util.spec_from_file_location(name, file)
    if spec is None or spec.loader is None:
        sys.exit(f"{file} is not a Python file")
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    spec.loader.exec_module(module)
    return module


def _is_agent_app(value: object) -> bool:
    return any(kind.__name__ == APP_CLASS for kind in type(value).__mro__)


def _hold_lifeline(fd: int) -> None:
    while os.read(fd, 1):
        pass
    os.kill(os.getpid(), signal.SIGTERM)
    time.sleep(LAST_WORDS_S)
    if os.getpgrp() == os.getpid():
        os.killpg(0, signal.SIGKILL)
    os._exit(1)


if __name__ == "__main__":
    main()
