#!/usr/bin/env python3
"""Make .venv from the lock file, and the JavaScript client's packages where npm is; do nothing when nothing changed.

Run by every make target. Needs Python 3.11 or newer with its venv module, and nothing else.
"""

import hashlib
import os
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
STAMP = VENV / "agentcore-harness-setup"
JAVASCRIPT = ROOT / "integration" / "js"
CLIENTS = sorted((ROOT / "integration" / "clients").glob("*.lock"))
INPUTS = [
    ROOT / "pyproject.toml",
    ROOT / "requirements.lock",
    JAVASCRIPT / "package-lock.json",
    *CLIENTS,
    Path(__file__),
]
MINIMUM = (3, 11)
NEWER_NAMES = ["python3.14", "python3.13", "python3.12", "python3.11"]


def main() -> int:
    if sys.version_info < MINIMUM:
        return use_newer_python()
    wanted = fingerprint()
    if STAMP.is_file() and STAMP.read_text(encoding="utf-8") == wanted:
        return 0
    try:
        install()
    except subprocess.CalledProcessError as error:
        print(f"setup: this step failed: {' '.join(map(str, error.cmd))}", file=sys.stderr)
        print("setup: see its output above; when it is mended, run the same make target again", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("\nsetup: stopped; the next make target starts it again", file=sys.stderr)
        return 130
    STAMP.write_text(wanted, encoding="utf-8")
    return 0


def use_newer_python() -> int:
    """Run this file again under a newer interpreter, when there is one."""
    for name in NEWER_NAMES:
        found = shutil.which(name)
        if found:
            return subprocess.call([found, __file__])
    version = ".".join(map(str, sys.version_info[:2]))
    print(f"setup: Python 3.11 or newer is needed, python3 is {version}; install one and try again", file=sys.stderr)
    return 1


def fingerprint() -> str:
    """Return a text that changes when set-up has to run again."""
    digest = hashlib.sha256()
    for path in INPUTS:
        digest.update(path.read_bytes() if path.is_file() else b"")
    return f"{sys.version_info[:3]} {shutil.which('npm')} {ROOT} {digest.hexdigest()}\n"


def made_by_this_python() -> bool:
    """Whether .venv can be added to; one of another Python version is made anew."""
    settings = VENV / "pyvenv.cfg"
    version = ".".join(map(str, sys.version_info[:3]))
    return settings.is_file() and f"version = {version}\n" in settings.read_text(encoding="utf-8")


def install() -> None:
    print("setup: bringing .venv to what requirements.lock says (a minute or two when it is new)", file=sys.stderr)
    run(sys.executable, "-m", "venv", *([] if made_by_this_python() else ["--clear"]), VENV)
    pip = [VENV / "bin" / "python", "-m", "pip", "--disable-pip-version-check", "-qq", "install"]
    run(*pip, "--no-deps", "--require-hashes", "--requirement", ROOT / "requirements.lock")
    run(*pip, "--no-deps", "--no-build-isolation", "--editable", ROOT)
    run(VENV / "bin" / "python", ROOT / "integration" / "clients" / "install.py")
    if shutil.which("npm"):
        print("setup: installing the JavaScript client", file=sys.stderr)
        try:
            run("npm", "ci", "--no-audit", "--no-fund", "--loglevel=error", cwd=JAVASCRIPT)
        except subprocess.CalledProcessError:
            print(
                "setup: npm failed (see above): tests with the JavaScript client will be skipped, by name",
                file=sys.stderr,
            )
    else:
        print("setup: npm not found: tests with the JavaScript client will be skipped, by name", file=sys.stderr)


def run(*command: "str | Path", cwd: Path = ROOT) -> None:
    environment = {key: value for key, value in os.environ.items() if key not in {"PYTHONPATH", "VIRTUAL_ENV"}}
    subprocess.run(command, cwd=cwd, env=environment, check=True, stdout=sys.stderr)


if __name__ == "__main__":
    sys.exit(main())
