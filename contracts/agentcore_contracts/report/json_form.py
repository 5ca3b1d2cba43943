"""``verdict.json``: the report for programs."""

import json
from dataclasses import asdict
from typing import Any

from agentcore_contracts.report.model import Report, SuiteResult
from agentcore_contracts.verdict import to_json


def as_json(report: Report) -> str:
    """Return the whole report as one JSON object; every record stands in it as in a verdict file."""
    document: dict[str, Any] = {
        "outcome": report.outcome.value,
        "title": report.title,
        "started_at": report.started_at,
        "duration_s": round(report.duration_s, 3),
        "counts": report.counts(),
        "facts": dict(report.facts),
        "figures": [{**asdict(figure), "within": figure.within} for figure in report.figures],
        "suites": [_suite(suite) for suite in report.suites],
    }
    return json.dumps(document, indent=2) + "\n"


def _suite(suite: SuiteResult) -> dict[str, Any]:
    return {
        "name": suite.name,
        "outcome": suite.outcome.value,
        "duration_s": round(suite.duration_s, 3),
        "records": [json.loads(to_json(record)) for record in suite.records],
    }
