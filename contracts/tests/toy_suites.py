"""Small packages with a suite and a catalogue, written for one test and run as the real ones are."""

import itertools
import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from textwrap import dedent

import pytest

from agentcore_contracts.run import run_suite
from agentcore_contracts.target import Target
from agentcore_contracts.verdict import NotRun, Verdict, read_verdicts

_NUMBER = itertools.count()
_IMPORTS = "import os, signal, pytest\nrequirement = pytest.mark.requirement\n"
_TABLE = '[{id}]\nsentence = "{id} holds."\nlevel = "MUST"\nsource = "a page"\nestablished = "assumed"\n'


@dataclass
class ToyRun:
    """What running a toy suite left behind."""

    code: int
    records: list[Verdict | NotRun]
    lines: list[str]

    @property
    def outcomes(self) -> dict[str, str]:
        """The outcome, or `not run`, by requirement id."""
        return {
            record.requirement.id: record.outcome.value if isinstance(record, Verdict) else "not run"
            for record in self.records
        }


class ToySuite:
    """A package with the requirements T1 … Tn and one test module."""

    def __init__(self, folder: Path, patch: pytest.MonkeyPatch, source: str, *, requirements: int) -> None:
        self.package = f"toy_suite_{next(_NUMBER)}"
        self._folder = folder
        suite = folder / self.package / "suite"
        suite.mkdir(parents=True)
        (suite / "__init__.py").touch()
        (suite.parent / "__init__.py").touch()
        catalogue = "".join(_TABLE.format(id=f"T{n}") for n in range(1, requirements + 1))
        (suite.parent / "requirements.toml").write_text(catalogue)
        (suite / "test_toy.py").write_text(_IMPORTS + dedent(source))
        patch.syspath_prepend(str(folder))
        patch.setenv("PYTHONPATH", os.pathsep.join(filter(None, [str(folder), os.environ.get("PYTHONPATH")])))

    @property
    def verdicts_file(self) -> Path:
        """Where the records of this suite go."""
        return self._folder / f"{self.package}.jsonl"

    def target_file(self) -> Path:
        """A target that nobody calls."""
        path = self._folder / "target.json"
        Target("nobody", "http://127.0.0.1:9", "r", "1", {}).dump(path)
        return path

    def run(
        self,
        extra_args: Sequence[str] = (),
        timeout_s: float | None = 30,
    ) -> ToyRun:
        """Run it through `run_suite` under the suite name `toy`."""
        lines: list[str] = []
        code = run_suite(
            self.target_file(),
            self.verdicts_file,
            package=self.package,
            suite="toy",
            extra_args=extra_args,
            on_line=lines.append,
            timeout_s=timeout_s,
        )
        return ToyRun(code, read_verdicts(self.verdicts_file), lines)
