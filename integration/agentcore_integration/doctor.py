"""``agentcore-harness doctor``: what this machine has, what is missing, and how to get it."""

import platform
import shutil
import socket
import sys
from importlib.util import find_spec
from typing import NamedTuple

import click


class Finding(NamedTuple):
    """One thing looked for: whether it is there, whether it has to be, and what to do about it."""

    name: str
    present: bool
    required: bool
    advice: str


PACKAGES = {
    "fastapi": "",
    "boto3": "contracts",
    "pytest": "contracts",
    "hypothesis": "properties",
    "locust": "load",
    "bedrock_agentcore": "agents",
    "moto": "gate",
    "rich": "gate",
}


def findings() -> list[Finding]:
    """Look at everything the harness uses."""
    found = [
        Finding(
            f"Python {platform.python_version()}", sys.version_info >= (3, 11), True, "install Python 3.11 or newer"
        )
    ]
    for module, extra in PACKAGES.items():
        wanted = f"agentcore-harness[{extra}]" if extra else "agentcore-harness"
        found.append(Finding(f"package {module}", find_spec(module) is not None, True, f"pip install '{wanted}'"))
    found.append(Finding("loopback port", _can_listen(), True, "let this user listen on 127.0.0.1"))
    for program, use in (("node", "run tests with the JavaScript client"), ("git", "write the commit into reports")):
        found.append(Finding(program, shutil.which(program) is not None, False, f"install {program} to {use}"))
    return found


def _can_listen() -> bool:
    with socket.socket() as listener:
        try:
            listener.bind(("127.0.0.1", 0))
        except OSError:
            return False
    return True


def examine() -> int:
    """Print every finding; exit code 0 when nothing required is missing, else 2."""
    found = findings()
    for finding in found:
        mark = "ok     " if finding.present else ("MISSING" if finding.required else "absent ")
        click.echo(f"{mark} {finding.name}" + ("" if finding.present else f": {finding.advice}"))
    return 0 if all(finding.present for finding in found if finding.required) else 2
