"""What a reader of a report must know to repeat the run: versions, seed, commit, machine."""

import os
import platform
import subprocess
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

PACKAGES = ("agentcore-harness", "bedrock-agentcore", "boto3", "locust", "moto")


def facts_of(profile_path: Path, seed: int) -> dict[str, str]:
    """Return the facts of a run, in the order they are shown."""
    return {
        "profile": str(profile_path),
        "seed": str(seed),
        "commit": _commit(profile_path.parent),
        "versions": ", ".join([f"Python {platform.python_version()}", *map(_version, PACKAGES)]),
        "machine": f"{platform.system()} {platform.machine()}, {os.cpu_count()} cores",
    }


def _version(package: str) -> str:
    try:
        return f"{package} {version(package)}"
    except PackageNotFoundError:
        return f"{package} not installed"


def _commit(folder: Path) -> str:
    """Return the commit of the work tree the profile is in, marked when the tree has changes."""
    try:
        described = subprocess.run(
            ["git", "describe", "--always", "--dirty", "--abbrev=12"],
            cwd=folder,
            capture_output=True,
            text=True,
            timeout=5,
            check=True,
        )
    except (OSError, subprocess.SubprocessError):
        return "not in a git work tree"
    return described.stdout.strip()
