"""``report.html``: the report for people; one file, no script, nothing loaded from anywhere."""

from jinja2 import Environment, PackageLoader, StrictUndefined

from agentcore_contracts.report.model import Report
from agentcore_contracts.verdict import NotRun, Outcome


def as_html(report: Report) -> str:
    """Return the report as one HTML page; everything seen on a wire is escaped."""
    environment = Environment(
        loader=PackageLoader("agentcore_contracts.report", "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    template = environment.get_template("report.html.jinja")
    return template.render(report=report, outcomes=list(Outcome), is_not_run=lambda record: isinstance(record, NotRun))
