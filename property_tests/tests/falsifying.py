"""Looks for an example that makes a check fail, as the suite would, but repeatably and without shrinking."""

from collections.abc import Callable
from typing import Any

from hypothesis import HealthCheck, Phase, given, settings
from hypothesis.strategies import SearchStrategy

from agentcore_contracts.verify import RequirementFailed

_QUICK = settings(
    max_examples=1500,
    derandomize=True,
    database=None,
    deadline=None,
    phases=[Phase.generate],
    report_multiple_bugs=False,
    suppress_health_check=list(HealthCheck),
)


def falsify(check: Callable[[Any], None], strategy: SearchStrategy[Any]) -> RequirementFailed | None:
    """The failure of the check for some example; None when none was found. Other errors are raised."""

    def property_(example: object) -> None:
        check(example)

    try:
        _QUICK(given(strategy)(property_))()
    except RequirementFailed as failure:
        return failure
    return None
