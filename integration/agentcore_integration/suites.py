"""Running a suite: pytest in a process of its own, its verdicts read from the file it appends to."""

import threading
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path

from agentcore_contracts.report.model import SuiteResult
from agentcore_contracts.requirements import Requirement, load_catalogue
from agentcore_contracts.run import run_suite
from agentcore_contracts.verdict import NotRun, Outcome, Verdict, read_verdicts
from agentcore_integration.errors import HarnessError

SUITE_TIMEOUT_S = 600.0


@dataclass(frozen=True)
class Suite:
    """A suite that runs against a target: its name in reports, its package, the pytest plugin it brings."""

    name: str
    package: str
    plugin: str | None = None
    seeded: bool = False


CONTRACTS = Suite("contracts", "agentcore_contracts")
PROPERTIES = Suite("properties", "agentcore_property_tests", "agentcore_property_tests.suite_plugin", seeded=True)
INTEGRATION = Suite("integration", "agentcore_integration", "agentcore_integration.suite_plugin")
SUITES = (CONTRACTS, PROPERTIES, INTEGRATION)
# checked by starting the backend, not by a suite function
CHECKED_ELSEWHERE = frozenset({"G1"})


@dataclass(frozen=True)
class Selection:
    """Which requirements a run checks, and the command that checks one of them again."""

    command: str
    seed: int
    only: tuple[str, ...] = ()

    def of(self, catalogue: Mapping[str, Requirement]) -> dict[str, Requirement]:
        """Return the requirements of a catalogue that this run checks."""
        return {key: requirement for key, requirement in catalogue.items() if not self.only or key in self.only}

    def wanted_of(self, suite: Suite) -> list[str]:
        """Return the ids of a suite's requirements that this run checks with suite functions."""
        return [key for key in self.of(load_catalogue(suite.package)) if key not in CHECKED_ELSEWHERE]

    def replay(self, requirement_id: str) -> str:
        return f"{self.command} --only {requirement_id} --seed {self.seed}"

    def refuse_unknown(self) -> None:
        """Raise ``HarnessError`` when an id stands in no catalogue."""
        packages = [*(suite.package for suite in SUITES), "agentcore_load"]
        known = [key for package in packages for key in load_catalogue(package)]
        for key in self.only:
            if key not in known:
                raise HarnessError(f"--only {key}: there is no such requirement; known are {', '.join(known)}")


def judge_side_by_side(
    targets: Mapping[Suite, Path], selection: Selection, log_dir: Path, say: Callable[[str], None]
) -> list[SuiteResult]:
    """Run suites, each with its target file, at the same time; results in the order given.

    All of them end when this is interrupted.
    """
    stop = threading.Event()
    with ThreadPoolExecutor(len(targets)) as pool:
        try:
            runs = [pool.submit(judge_with, *one, selection, log_dir, say, stop) for one in targets.items()]
            results = [run.result() for run in runs]
        except BaseException:
            stop.set()
            raise
    return results


def judge_with(
    suite: Suite,
    target_file: Path,
    selection: Selection,
    log_dir: Path,
    say: Callable[[str], None],
    stop: threading.Event | None = None,
) -> SuiteResult:
    """Run one suite to its end and return a record for every selected requirement of its catalogue.

    A requirement that the suite left without a record is *unknown*; what pytest said is kept in the log folder.
    """
    wanted = selection.wanted_of(suite)
    if not wanted:
        return SuiteResult(suite.name, ())
    verdicts_file = log_dir / f"{suite.name}.jsonl"
    verdicts_file.unlink(missing_ok=True)
    problems = _Problems(verdicts_file, say)
    with (log_dir / f"{suite.name}.log").open("w", encoding="utf-8") as log:

        def take(line: str) -> None:
            print(line, file=log, flush=True)
            problems.follow()

        run_suite(
            target_file,
            verdicts_file,
            package=suite.package,
            suite=suite.name,
            extra_args=_extra_arguments(suite, selection, wanted),
            on_line=take,
            timeout_s=SUITE_TIMEOUT_S,
            stop=stop,
        )
    records = [record for record in read_verdicts(verdicts_file) if record.requirement.id in wanted]
    return SuiteResult(suite.name, tuple(_with_replay(record, selection) for record in records))


def _extra_arguments(suite: Suite, selection: Selection, wanted: list[str]) -> list[str]:
    arguments = ["--requirements", ",".join(wanted)]
    if suite.plugin:
        arguments += ["-p", suite.plugin]
    if suite.seeded:
        arguments += ["--seed", str(selection.seed)]
    return arguments


class _Problems:
    """Says each problem of a running suite once, as soon as it stands in the verdict file."""

    def __init__(self, verdicts_file: Path, say: Callable[[str], None]) -> None:
        self._verdicts_file = verdicts_file
        self._say = say
        self._said = 0

    def follow(self) -> None:
        records = read_verdicts(self._verdicts_file)
        for record in records[self._said :]:
            if isinstance(record, Verdict) and record.outcome is not Outcome.PASS:
                self._say(f"  {record.outcome} {record.requirement.id}: {record.actual.splitlines()[0][:160]}")
        self._said = len(records)


def _with_replay(record: Verdict | NotRun, selection: Selection) -> Verdict | NotRun:
    return replace(record, replay=selection.replay(record.requirement.id)) if isinstance(record, Verdict) else record
