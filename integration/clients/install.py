"""Install each client version of `*.lock` into `.venv/clients/<name>`, apart from the project's own packages.

Run by set-up with the interpreter of .venv; does nothing for what is there already. A client that cannot be had is said
in one line and left out: its tests are skipped by name.
"""

import hashlib
import os
import shutil
import subprocess
import sys
from pathlib import Path

LOCKS = Path(__file__).resolve().parent
CLIENTS = LOCKS.parents[1] / ".venv" / "clients"
STAMP = "installed-from"
LAST_LINES = 3


def main() -> int:
    """Bring every client to what its lock file says."""
    for lock in sorted(LOCKS.glob("*.lock")):
        folder = CLIENTS / lock.stem
        wanted = fingerprint(lock)
        if (folder / STAMP).is_file() and (folder / STAMP).read_text(encoding="utf-8") == wanted:
            continue
        print(f"clients: installing {lock.stem}", file=sys.stderr)
        if problem := install(lock, folder):
            print(f"clients: {lock.stem} cannot be had, its tests will be skipped: {problem}", file=sys.stderr)
        else:
            (folder / STAMP).write_text(wanted, encoding="utf-8")
    return 0


def fingerprint(lock: Path) -> str:
    """A text that changes when the client has to be installed again."""
    return f"{sys.version_info[:3]} {hashlib.sha256(lock.read_bytes()).hexdigest()}\n"


def install(lock: Path, folder: Path) -> str | None:
    """Install one lock file into a folder of its own, from nothing; what went wrong, or None."""
    making = folder.with_name(f"{folder.name}.{os.getpid()}")
    command = [sys.executable, "-m", "pip", "--disable-pip-version-check", "-q", "install", "--no-deps"]
    command += ["--require-hashes", "--requirement", str(lock), "--target", str(making)]
    environment = {key: value for key, value in os.environ.items() if key not in {"PYTHONPATH", "VIRTUAL_ENV"}}
    ended = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    shutil.rmtree(folder, ignore_errors=True)
    if ended.returncode == 0:
        making.rename(folder)
        return None
    shutil.rmtree(making, ignore_errors=True)
    return " / ".join(ended.stderr.strip().splitlines()[-LAST_LINES:]) or f"pip ended with status {ended.returncode}"


if __name__ == "__main__":
    sys.exit(main())
