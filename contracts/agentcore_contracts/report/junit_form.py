"""``junit.xml``: the report for CI servers, one test case per requirement."""

import re

import junitparser

from agentcore_contracts.report.model import Report, SuiteResult
from agentcore_contracts.verdict import NotRun, Outcome, Verdict

_NOT_IN_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def as_junit(report: Report) -> str:
    """Return JUnit XML: a failed requirement is a failure, an unknown one an error, one that was not run is skipped."""
    document = junitparser.JUnitXml(report.title)
    for suite in report.suites:
        document.add_testsuite(_suite(suite))
    document.update_statistics()
    text: bytes = document.tostring()
    return text.decode("utf-8")


def _suite(suite: SuiteResult) -> junitparser.TestSuite:
    element = junitparser.TestSuite(suite.name)
    element.add_testcases([_case(record) for record in suite.records])
    return element


def _case(record: Verdict | NotRun) -> junitparser.TestCase:
    name = xml_text(f"{record.requirement.id}: {record.requirement.sentence}")
    if isinstance(record, NotRun):
        case = junitparser.TestCase(name, record.suite, 0.0)
        case.result = [junitparser.Skipped(xml_text(record.reason))]
        return case
    case = junitparser.TestCase(name, record.suite, record.duration_s)
    if record.outcome is not Outcome.PASS:
        kind = junitparser.Failure if record.outcome is Outcome.FAIL else junitparser.Error
        result = kind(xml_text(record.actual), record.outcome.value)
        result.text = xml_text(_details(record))
        case.result = [result]
    return case


def _details(verdict: Verdict) -> str:
    expected = "\n      or: ".join(verdict.expected)
    return (
        f"source: {verdict.requirement.source}\nexpected: {expected}\nactual: {verdict.actual}\n"
        f"evidence: {verdict.evidence}\nreplay: {verdict.replay}\n"
    )


def xml_text(text: str) -> str:
    """Return the text with every character that XML 1.0 cannot hold written as its code."""
    return _NOT_IN_XML.sub(lambda found: f"\\x{ord(found[0]):02x}", text)
