"""The four forms of a report say the same, and hold whatever was seen on a wire."""

import json
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agentcore_contracts.report.html_form import as_html
from agentcore_contracts.report.junit_form import as_junit
from agentcore_contracts.report.markdown_form import as_markdown
from agentcore_contracts.report.model import Figure, Report, SuiteResult
from agentcore_contracts.report.write import FORMS, write_report
from agentcore_contracts.requirements import Requirement
from agentcore_contracts.verdict import NotRun, Outcome, Verdict

A4 = Requirement("A4", "A session id has 33 to 256 characters.", "MUST", "service model", "documented")


def verdict(outcome: Outcome = Outcome.PASS, actual: str = "200", evidence: str = "") -> Verdict:
    return Verdict(A4, "contracts", outcome, ("400",), actual, evidence, "agentcore-harness contracts t -k A4", 0.25)


def report(*records: Verdict | NotRun, figures: tuple[Figure, ...] = ()) -> Report:
    suites = (SuiteResult("contracts", records),) if records else ()
    return Report("reference", "2026-11-20T10:00:00+00:00", 3.5, suites, figures, {"seed": "7"})


def test_worst_suite_decides() -> None:
    """One failed requirement makes the report a failure, whatever else passed."""
    assert report(verdict(), verdict(Outcome.UNKNOWN), verdict(Outcome.FAIL)).outcome is Outcome.FAIL


@pytest.mark.parametrize("empty", [report(), report(NotRun(A4, "contracts", "no node"))])
def test_nothing_run_is_unknown(empty: Report) -> None:
    """A report without a single verdict is unknown, never green."""
    assert empty.outcome is Outcome.UNKNOWN


def test_files_have_the_names_scripts_rely_on(tmp_path: Path) -> None:
    """The directory is made, and holds exactly the four forms."""
    write_report(report(verdict()), tmp_path / "a" / "b")
    assert {path.name for path in (tmp_path / "a" / "b").iterdir()} == set(FORMS)


def test_json_form_holds_every_record(tmp_path: Path) -> None:
    """verdict.json carries outcome, counts, and each record with its requirement."""
    write_report(report(verdict(Outcome.FAIL), NotRun(A4, "contracts", "no node")), tmp_path)
    document = json.loads((tmp_path / "verdict.json").read_text())
    assert document["outcome"] == "fail"
    assert document["counts"] == {"pass": 0, "fail": 1, "unknown": 0, "not run": 1}
    assert [record["kind"] for record in document["suites"][0]["records"]] == ["verdict", "not_run"]


@pytest.mark.parametrize(
    ("record", "tag"),
    [
        (verdict(Outcome.FAIL), "failure"),
        (verdict(Outcome.UNKNOWN), "error"),
        (NotRun(A4, "contracts", "no node"), "skipped"),
    ],
)
def test_junit_form_tells_the_kinds_apart(record: Verdict | NotRun, tag: str) -> None:
    """A failure, an unknown and a requirement that was not run are three different things to a CI server."""
    case = ET.fromstring(as_junit(report(record))).find(".//testcase")  # noqa: S314 - our own text
    assert case is not None
    assert [child.tag for child in case] == [tag]


@given(st.text(), st.text())
def test_every_form_holds_any_text(actual: str, evidence: str) -> None:
    """Whatever a target sent, XML stays well-formed and HTML gets no element from it."""
    bad = report(verdict(Outcome.FAIL, actual, evidence + "<script>alert(1)</script>\x00"))
    ET.fromstring(as_junit(bad))  # noqa: S314 - our own text
    assert "<script" not in as_html(bad)
    assert as_markdown(bad)


def test_markdown_fences_outlast_the_evidence() -> None:
    """Evidence that holds a fence does not end the block it stands in."""
    text = as_markdown(report(verdict(Outcome.FAIL, evidence="```\n# not a heading\n```")))
    assert "````\n```\n# not a heading\n```\n````" in text


@pytest.mark.parametrize(
    ("figure", "within"),
    [
        (Figure("first chunk", 1.999, "s", 2.0), True),
        (Figure("first chunk", 2.0, "s", 2.0), False),
        (Figure("concurrent", 10, "", 10, at_least=True), True),
        (Figure("concurrent", 9, "", 10, at_least=True), False),
        (Figure("first chunk", None, "s", 2.0), None),
    ],
)
def test_figure_knows_its_limit(figure: Figure, within: bool | None) -> None:
    """A time at its limit breaks it, a count at its limit reaches it, and nothing measured says nothing."""
    assert figure.within is within
    assert figure.name in as_html(report(verdict(), figures=(figure,)))
