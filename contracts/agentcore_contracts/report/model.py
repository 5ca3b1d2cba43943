"""What a report says, before it has a form: records of suites, figures of a load, facts about the run."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field

from agentcore_contracts.verdict import NotRun, Outcome, Verdict, worst

HEADLINES = {
    Outcome.PASS: "Every requirement that was checked holds.",
    Outcome.FAIL: "At least one requirement is broken.",
    Outcome.UNKNOWN: "This run could not tell.",
}


@dataclass(frozen=True)
class Figure:
    """One measured number; ``limit`` is what it had to stay below (or reach, when ``at_least``), None without one."""

    name: str
    value: float | None
    unit: str
    limit: float | None = None
    at_least: bool = False

    @property
    def within(self) -> bool | None:
        """Whether the figure keeps its limit; None when there is no limit or nothing was measured."""
        if self.value is None or self.limit is None:
            return None
        return self.value >= self.limit if self.at_least else self.value < self.limit

    @property
    def text(self) -> str:
        """The value with its unit, as people read it."""
        return "not measured" if self.value is None else f"{self.value:,.3g} {self.unit}".rstrip()


@dataclass(frozen=True)
class SuiteResult:
    """The records of one suite, in the order they came."""

    name: str
    records: tuple[Verdict | NotRun, ...]

    @property
    def verdicts(self) -> tuple[Verdict, ...]:
        return tuple(record for record in self.records if isinstance(record, Verdict))

    @property
    def not_run(self) -> tuple[NotRun, ...]:
        return tuple(record for record in self.records if isinstance(record, NotRun))

    @property
    def outcome(self) -> Outcome:
        """The worst of its verdicts; unknown when it has none."""
        return worst(verdict.outcome for verdict in self.verdicts)

    @property
    def duration_s(self) -> float:
        return sum(verdict.duration_s for verdict in self.verdicts)

    def count(self, outcome: Outcome) -> int:
        return sum(verdict.outcome is outcome for verdict in self.verdicts)


@dataclass(frozen=True)
class Report:
    """A judged run. Its outcome is the worst of its suites; a run without a suite is unknown."""

    title: str
    started_at: str
    duration_s: float
    suites: tuple[SuiteResult, ...]
    figures: tuple[Figure, ...] = ()
    facts: Mapping[str, str] = field(default_factory=dict)

    @property
    def outcome(self) -> Outcome:
        return worst(suite.outcome for suite in self.suites)

    @property
    def headline(self) -> str:
        return HEADLINES[self.outcome]

    @property
    def verdicts(self) -> tuple[Verdict, ...]:
        return tuple(verdict for suite in self.suites for verdict in suite.verdicts)

    @property
    def not_run(self) -> tuple[NotRun, ...]:
        return tuple(record for suite in self.suites for record in suite.not_run)

    @property
    def problems(self) -> tuple[Verdict, ...]:
        """What is not a pass, failures first."""
        bad = [verdict for verdict in self.verdicts if verdict.outcome is not Outcome.PASS]
        return tuple(sorted(bad, key=lambda verdict: verdict.outcome is not Outcome.FAIL))

    def counts(self) -> dict[str, int]:
        """How many requirements came out how: pass, fail, unknown, not run."""
        counted = Counter(verdict.outcome for verdict in self.verdicts)
        return {**{outcome.value: counted[outcome] for outcome in Outcome}, "not run": len(self.not_run)}
