"""Writing a report: four forms of the same records, under the names scripts rely on."""

from pathlib import Path

from agentcore_contracts.report.html_form import as_html
from agentcore_contracts.report.json_form import as_json
from agentcore_contracts.report.junit_form import as_junit
from agentcore_contracts.report.markdown_form import as_markdown
from agentcore_contracts.report.model import Report

FORMS = {"verdict.json": as_json, "report.html": as_html, "junit.xml": as_junit, "summary.md": as_markdown}


def write_report(report: Report, directory: Path) -> list[Path]:
    """Write every form into ``directory`` (made when absent) and return the paths; older reports there are replaced.

    Raises ``OSError`` when the directory cannot be written.
    """
    directory.mkdir(parents=True, exist_ok=True)
    written = []
    for name, form in FORMS.items():
        path = directory / name
        path.write_text(form(report), encoding="utf-8", errors="backslashreplace")
        written.append(path)
    return written
