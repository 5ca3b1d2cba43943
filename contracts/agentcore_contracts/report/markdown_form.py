"""``summary.md``: the report for a pull request or a CI job's summary page."""

import re

from agentcore_contracts.report.model import Report, SuiteResult
from agentcore_contracts.verdict import Outcome, Verdict

MARKS = {Outcome.PASS: "✅ pass", Outcome.FAIL: "❌ fail", Outcome.UNKNOWN: "❔ unknown"}
EVIDENCE_CHARS_MAX = 2000


def as_markdown(report: Report) -> str:
    """Return the report as Markdown: verdict, table of suites, figures, and every problem in full."""
    lines = [f"# {MARKS[report.outcome]}: {report.title}", "", report.headline, "", *_suites(report)]
    if report.figures:
        lines += ["", "| figure | value | limit |", "|---|---|---|"]
        lines += [
            f"| {figure.name} | {figure.text} | {_limit(figure.limit, figure.unit)} |" for figure in report.figures
        ]
    for verdict in report.problems:
        lines += ["", *_problem(verdict)]
    if report.not_run:
        lines += ["", "## Not run", ""]
        lines += [f"- **{record.requirement.id}** {_cell(record.reason)}" for record in report.not_run]
    lines += ["", *(f"- {name}: {value}" for name, value in report.facts.items())]
    return "\n".join(lines) + "\n"


def _suites(report: Report) -> list[str]:
    rows = [_row(suite) for suite in report.suites]
    return ["| suite | verdict | pass | fail | unknown | not run | seconds |", "|---|---|---|---|---|---|---|", *rows]


def _row(suite: SuiteResult) -> str:
    counts = " | ".join(str(suite.count(outcome)) for outcome in (Outcome.PASS, Outcome.FAIL, Outcome.UNKNOWN))
    return f"| {suite.name} | {MARKS[suite.outcome]} | {counts} | {len(suite.not_run)} | {suite.duration_s:.1f} |"


def _problem(verdict: Verdict) -> list[str]:
    requirement = verdict.requirement
    lines = [
        f"## {MARKS[verdict.outcome]} {requirement.id}: {_cell(requirement.sentence)}",
        "",
        f"{requirement.level}, {requirement.established}: {_cell(requirement.source)}",
        "",
        *(f"- expected: {_cell(answer)}" for answer in verdict.expected),
        f"- actual: {_cell(verdict.actual)}",
    ]
    if verdict.evidence:
        lines += ["", *_fenced(verdict.evidence[:EVIDENCE_CHARS_MAX])]
    return [*lines, "", "Replay:", "", *_fenced(verdict.replay)]


def _fenced(text: str) -> list[str]:
    longest = max((len(run) for run in re.findall("`+", text)), default=0)
    fence = "`" * max(3, longest + 1)
    return [fence, text, fence]


def _limit(limit: float | None, unit: str) -> str:
    return "" if limit is None else f"{limit:g} {unit}".rstrip()


def _cell(text: str) -> str:
    """Return text that stays on its line and in its cell, and that is read as text."""
    flat = " ".join(text.split())
    return re.sub(r"([\\|<>`*_\[\]])", r"\\\1", flat)
