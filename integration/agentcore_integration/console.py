"""What a person at a terminal sees: progress on stderr, the verdict table on stdout."""

import sys
from pathlib import Path

from rich.console import Console
from rich.table import Table
from rich.text import Text

from agentcore_contracts.report.model import Figure, Report
from agentcore_contracts.verdict import Outcome, Verdict

STYLES = {Outcome.PASS: "green", Outcome.FAIL: "bold red", Outcome.UNKNOWN: "yellow"}
# wide enough for the table in a CI log, where there is no terminal to ask
WIDTH_WITHOUT_TERMINAL = 100
EVIDENCE_LINES = 12


def say(line: str) -> None:
    """Print a progress line."""
    print(line, file=sys.stderr, flush=True)


def print_report(report: Report, written: list[Path]) -> None:
    """Print the verdict table, every problem with its evidence, the verdict, and where the report is."""
    console = Console(width=None if sys.stdout.isatty() else WIDTH_WITHOUT_TERMINAL, highlight=False, soft_wrap=True)
    console.print(_suite_table(report))
    if report.figures:
        console.print(_figure_table(report.figures))
    for verdict in report.problems:
        console.print(_problem(verdict))
    for record in report.not_run:
        console.print(Text(f"not run: {record.requirement.id} {record.requirement.sentence} ({record.reason})"))
    counts = ", ".join(f"{count} {name}" for name, count in report.counts().items() if count)
    console.print(Text(f"{report.outcome.value.upper()}", STYLES[report.outcome]), end="")
    console.print(Text(f" {report.title}: {counts or 'nothing run'} in {report.duration_s:.1f} s"))
    html = next(path for path in written if path.suffix == ".html")
    console.print(Text(f"report: {html}"))


def _suite_table(report: Report) -> Table:
    table = _table("suite", "verdict", "pass", "fail", "unknown", "not run", "seconds")
    for suite in report.suites:
        counts = [str(suite.count(outcome)) for outcome in Outcome]
        outcome = Text(suite.outcome.value, STYLES[suite.outcome])
        table.add_row(suite.name, outcome, *counts, str(len(suite.not_run)), f"{suite.duration_s:.1f}")
    return table


def _figure_table(figures: tuple[Figure, ...]) -> Table:
    table = _table("under load", "value", "limit")
    for figure in figures:
        limit = "" if figure.limit is None else f"{figure.limit:g} {figure.unit}".rstrip()
        style = {None: "", True: "green", False: "bold red"}[figure.within]
        table.add_row(figure.name, Text(figure.text, style), limit)
    return table


def _table(first: str, *others: str) -> Table:
    table = Table(box=None, pad_edge=False, header_style="dim")
    table.add_column(first)
    for name in others:
        table.add_column(name, justify="left" if name == "verdict" else "right")
    return table


def _problem(verdict: Verdict) -> Text:
    requirement = verdict.requirement
    text = Text("\n")
    text.append(f"{verdict.outcome.value} ", STYLES[verdict.outcome])
    text.append(f"{requirement.id}: {requirement.sentence}\n")
    text.append(f"  source: {requirement.source} ({requirement.level}, {requirement.established})\n")
    for answer in verdict.expected:
        text.append(f"  expected: {answer}\n")
    text.append(f"  actual: {verdict.actual}\n")
    for line in verdict.evidence.splitlines()[:EVIDENCE_LINES]:
        text.append(f"  | {line}\n", "dim")
    text.append(f"  replay: {verdict.replay}\n")
    return text
