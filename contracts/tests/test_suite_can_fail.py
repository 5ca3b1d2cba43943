"""Each requirement of the contract suite holds for a correct data plane and fails for a defective one."""

import importlib
import pkgutil
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Final

import pytest
from defective_data_plane import DataPlaneImitation, Defect

import agentcore_contracts.suite
from agentcore_contracts.requirements import load_catalogue
from agentcore_contracts.target import Target
from agentcore_contracts.verify import RequirementFailed

CATALOGUE: Final = load_catalogue("agentcore_contracts")

BREAKS: Final[Mapping[Defect, set[str]]] = {
    Defect.BODY_ALTERED: {"A1"},
    Defect.OUTER_PATH_PASSED_ON: {"A1"},
    Defect.BARE_ID_REFUSED: {"A2"},
    Defect.BARE_ID_WITHOUT_ACCOUNT_ACCEPTED: {"A2"},
    Defect.NO_GENERATED_ID_RETURNED: {"A3"},
    Defect.GENERATED_ID_TOO_SHORT: {"A3"},
    Defect.GENERATED_ID_HIDDEN_FROM_AGENT: {"A3"},
    Defect.ID_NOT_RETURNED: {"A4"},
    Defect.ID_OF_32_ACCEPTED: {"A4"},
    Defect.ID_OF_257_ACCEPTED: {"A4"},
    Defect.ID_OF_33_REFUSED: {"A4"},
    Defect.ID_OF_256_REFUSED: {"A4"},
    Defect.ERROR_WITHOUT_TYPE: {"A2", "A4", "A6", "A7", "A8"},
    Defect.ERROR_NOT_JSON: {"A2", "A4", "A6", "A7", "A8"},
    Defect.ONE_PROCESS_FOR_ALL: {"A5"},
    Defect.NEW_PROCESS_EACH_TIME: {"A2", "A5"},
    Defect.STATUS_PASSED_THROUGH: {"A6"},
    Defect.STATUS_NOT_NAMED: {"A6"},
    Defect.AGENT_BODY_LEAKED: {"A6"},
    Defect.AGENT_BODY_IN_NEXT_ANSWER: {"A6"},
    Defect.START_FAILURE_IS_500: {"A7"},
    Defect.START_FAILURE_NOT_NAMED: {"A7"},
    Defect.UNKNOWN_QUALIFIER_ACCEPTED: {"A8"},
    Defect.UNKNOWN_ARN_IS_400: {"A8"},
    Defect.QUALIFIER_NOT_NAMED: {"A8"},
    Defect.STREAM_BUFFERED: {"A10"},
    Defect.STREAM_ONE_EVENT_LATE: {"A10"},
    Defect.STREAM_ERROR_IS_424: {"A11"},
    Defect.STREAM_CUT_AT_ERROR: {"A11"},
    Defect.STREAM_ERROR_SWALLOWED: {"A11"},
    Defect.CONTENT_TYPE_PARAMETERS_DROPPED: {"A12"},
    Defect.CONTENT_TYPE_FIXED: {"A12"},
}

Check = Callable[[Target], None]


@pytest.fixture(scope="module")
def checks(pytestconfig: pytest.Config) -> dict[str, Check]:
    """The functions of the suite by requirement id."""
    pytestconfig.addinivalue_line(
        "markers", "requirement(id): of the suites, declared by their plugin in their own runs"
    )
    return dict(_suite_functions())


def _suite_functions() -> Iterator[tuple[str, Check]]:
    package = agentcore_contracts.suite
    for found in pkgutil.iter_modules(package.__path__, f"{package.__name__}."):
        module = importlib.import_module(found.name)
        for name, function in vars(module).items():
            if name.startswith("test_"):
                yield next(mark.args[0] for mark in function.pytestmark if mark.name == "requirement"), function


def _broken(defect: Defect | None, checks: Mapping[str, Check]) -> dict[str, RequirementFailed]:
    """The requirements that a data plane with this defect breaks."""
    failures = {}
    with DataPlaneImitation(defect) as plane:
        for id_, check in checks.items():
            try:
                check(plane.target)
            except RequirementFailed as failure:
                failures[id_] = failure
    return failures


Failures = dict[Defect | None, dict[str, RequirementFailed]]


@pytest.fixture(scope="module")
def failures(checks: dict[str, Check]) -> Iterator[Failures]:
    """What each data plane breaks: all of them judged at once, for most of the time goes by between events."""
    with pytest.MonkeyPatch.context() as patch, ThreadPoolExecutor(6) as pool:
        patch.setattr("agentcore_contracts.suite.test_streaming.INTERVAL_MS", 100.0)
        variants = (None, *Defect)
        yield dict(zip(variants, pool.map(partial(_broken, checks=checks), variants), strict=True))


def test_correct_data_plane_breaks_nothing(failures: Failures) -> None:
    """A data plane that keeps every requirement passes every check."""
    assert failures[None] == {}


@pytest.mark.parametrize("defect", Defect)
def test_defect_breaks_its_requirements(defect: Defect, failures: Failures) -> None:
    """Each defect makes exactly the requirements fail that it is about."""
    assert set(failures[defect]) == BREAKS[defect]


@pytest.mark.parametrize("defect", Defect)
def test_failure_says_what_was_expected_and_found(defect: Defect, failures: Failures) -> None:
    """Each failure carries the acceptable answers and the answer that came."""
    for failure in failures[defect].values():
        assert all(failure.expected)
        assert failure.actual


@pytest.mark.parametrize("id_", CATALOGUE)
def test_each_requirement_has_a_defect(id_: str) -> None:
    """No requirement of the catalogue is without a defect that it alone catches."""
    assert {id_} in BREAKS.values()


def test_suite_and_catalogue_agree(checks: dict[str, Check]) -> None:
    """There is one check for each requirement, and its docstring is the sentence of the catalogue."""
    said = {id_: (check.__doc__ or "").strip().partition("\n")[0] for id_, check in checks.items()}

    assert said == {id_: f"{id_}: {requirement.sentence}" for id_, requirement in CATALOGUE.items()}
