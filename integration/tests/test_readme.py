"""The README's commands are run as they stand there, and print what stands there."""

import re
import subprocess
from pathlib import Path
from typing import NamedTuple

import pytest
from gate_runs import shell_environment

ROOT = Path(__file__).resolve().parents[2]
# run by CI on a clean clone; inside the tests it would start itself
OWN_TESTS = "make test"


class Shown(NamedTuple):
    """A command of the README and the output shown under it."""

    command: str
    output: str


def shown() -> list[Shown]:
    """Return every command in a console block of the README."""
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    blocks = re.findall(r"^```console\n\$ (.*)\n((?:.*\n)*?)```$", text, flags=re.MULTILINE)
    return [Shown(*block) for block in blocks]


def shape(output: str) -> list[str]:
    """Return the lines without what depends on the moment: numbers, column widths, blank lines, set-up's progress."""
    evened = (re.sub(r"\d[\d.,]*", "N", " ".join(line.split())) for line in output.splitlines())
    return [line for line in evened if line and not line.startswith("setup: ")]


def test_first_screen_shows_the_two_commands() -> None:
    """make gate and make test stand in the README's first forty-odd lines."""
    text = "\n".join((ROOT / "README.md").read_text(encoding="utf-8").splitlines()[:48])
    assert "$ make gate\n" in text
    assert f"$ {OWN_TESTS}\n" in text


def test_ci_runs_the_readme_test_command() -> None:
    """CI runs exactly the test command that the README names."""
    assert OWN_TESTS in (ROOT / ".ci" / "run").read_text(encoding="utf-8").splitlines()


@pytest.mark.parametrize("example", [one for one in shown() if one.command != OWN_TESTS], ids=lambda one: one.command)
def test_command_prints_what_the_readme_shows(example: Shown) -> None:
    """Each command ends well and prints the lines shown, numbers aside."""
    done = subprocess.run(
        ["bash", "-c", example.command],
        cwd=ROOT,
        env=shell_environment(),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=180,
        check=False,
    )
    assert done.returncode == 0, done.stdout
    assert shape(example.output) == shape(done.stdout)


def test_links_lead_somewhere() -> None:
    """Every relative link of the Markdown pages names a file that exists."""
    pages = [path for path in ROOT.glob("**/*.md") if not {".venv", "node_modules"} & set(path.parts)]
    missing = [
        f"{page.relative_to(ROOT)}: {link}"
        for page in pages
        for link in re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", page.read_text(encoding="utf-8"))
        if not (page.parent / link).exists()
    ]
    assert missing == []
