"""Each requirement of the contract suite holds for a correct data plane and fails for a defective one."""

import importlib
import pkgutil
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Final

import pytest
from defective_data_plane import DataPlaneImitation
from defects import Defect

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
    Defect.ERROR_WITHOUT_TYPE: {"A2", "A4", "A6", "A7", "A8", "A13", "A14", "A17", "A18", "A19", "A20", "A23", "A25"},
    Defect.ERROR_NOT_JSON: {"A2", "A4", "A6", "A7", "A8", "A13", "A14", "A18", "A19", "A20", "A23", "A25"},
    Defect.ONE_PROCESS_FOR_ALL: {"A5", "A14", "A25"},
    Defect.NEW_PROCESS_EACH_TIME: {"A2", "A5", "A14", "A24", "A25"},
    Defect.STATE_NOT_KEPT: {"A5"},
    Defect.STATUS_PASSED_THROUGH: {"A6", "A26", "A27"},
    Defect.STATUS_NOT_NAMED: {"A6", "A27"},
    Defect.AGENT_BODY_LEAKED: {"A6"},
    Defect.AGENT_BODY_IN_NEXT_ANSWER: {"A6"},
    Defect.START_FAILURE_IS_500: {"A7"},
    Defect.START_FAILURE_NOT_NAMED: {"A7"},
    Defect.UNKNOWN_QUALIFIER_ACCEPTED: {"A8", "A26"},
    Defect.UNKNOWN_ARN_IS_400: {"A8"},
    Defect.QUALIFIER_NOT_NAMED: {"A8"},
    Defect.STREAM_BUFFERED: {"A10", "A14"},
    Defect.STREAM_ONE_EVENT_LATE: {"A10"},
    Defect.STREAM_ERROR_IS_424: {"A11"},
    Defect.STREAM_CUT_AT_ERROR: {"A11"},
    Defect.STREAM_ERROR_SWALLOWED: {"A11"},
    Defect.CONTENT_TYPE_PARAMETERS_DROPPED: {"A12"},
    Defect.CONTENT_TYPE_FIXED: {"A12"},
    Defect.VERSION_OF_ENDPOINT_MOVES: {"A9"},
    Defect.DEFAULT_KEEPS_ITS_VERSION: {"A9"},
    Defect.RUNNING_SESSION_REPLACED: {"A9"},
    Defect.CONFLICT_NOT_RETRYABLE: {"A13"},
    Defect.CONFLICT_NOT_EXPLAINED: {"A13"},
    Defect.SECOND_OPERATION_WAITS: {"A13"},
    Defect.STOP_LEAVES_STREAM: {"A14"},
    Defect.STOP_KEEPS_PROCESS: {"A14"},
    Defect.STOP_WITHOUT_ID: {"A14"},
    Defect.STOP_OF_UNKNOWN_IS_200: {"A14"},
    Defect.IDLE_NEVER_ENDS: {"A15"},
    Defect.BUSY_ENDS_WHEN_IDLE: {"A15"},
    Defect.ADVANCING_ENDS_WHEN_IDLE: {"A15"},
    Defect.LIFETIME_NOT_FOR_BUSY: {"A16"},
    Defect.LIFETIME_RESTARTS: {"A16"},
    Defect.UNLISTED_HEADER_PASSES: {"A17"},
    Defect.LISTED_HEADER_DROPPED: {"A17"},
    Defect.LISTED_HEADER_BY_CASE: {"A17"},
    Defect.AUTHORIZATION_PASSES: {"A17"},
    Defect.RESERVED_NAME_LISTED: {"A17"},
    Defect.STDERR_IN_STDOUT: {"A24"},
    Defect.EXIT_CODE_LOST: {"A24"},
    Defect.FILES_OUT_OF_SIGHT: {"A24"},
    Defect.TIMEOUT_IS_COMPLETED: {"A24"},
    Defect.COMMAND_NOT_FRAMED: {"A24"},
    Defect.QUOTA_IS_429: {"A25"},
    Defect.QUOTA_NOT_NAMED: {"A25"},
    Defect.QUOTA_IGNORED: {"A25"},
    Defect.QUOTA_IS_402_ON_A2A: {"A25"},
    Defect.QUOTA_IS_402_ON_AGUI: {"A25"},
    Defect.A2A_PATH_PASSED_ON: {"A26"},
    Defect.CARD_NOT_FOUND: {"A26"},
    Defect.A2A_ERROR_NOT_JSON_RPC: {"A26"},
    Defect.A2A_ERROR_IS_200: {"A26"},
    Defect.MCP_SESSION_NOT_RETURNED: {"A27"},
    Defect.MCP_SESSION_NOT_KEPT: {"A27"},
    Defect.MCP_SESSION_HIDDEN_FROM_AGENT: {"A27"},
    Defect.MCP_ERROR_PASSED_THROUGH: {"A27"},
    Defect.MCP_ERROR_CODE_WRONG: {"A27"},
    Defect.TOKEN_NOT_ASKED_FOR: {"A18"},
    Defect.CHALLENGE_MISSING: {"A18"},
    Defect.METADATA_NEEDS_TOKEN: {"A18"},
    Defect.UNSIGNED_ACCEPTED: {"A18"},
    Defect.UNSIGNED_CHALLENGED: {"A18"},
    Defect.SIGNATURE_FOR_TOKEN: {"A19"},
    Defect.SIGNATURE_STOPS: {"A19"},
    Defect.MISMATCH_NOT_EXPLAINED: {"A19"},
    Defect.OTHER_CLIENT_ACCEPTED: {"A20"},
    Defect.OTHER_CLIENT_IS_403: {"A20"},
    Defect.CLAIM_NOT_NAMED: {"A20"},
    Defect.TOKEN_REFUSED: {"A20", "A21"},
    Defect.PRESIGNED_FOR_EVER: {"A23"},
    Defect.PRESIGNED_REFUSED: {"A21", "A22", "A23"},
    Defect.SOCKET_NEEDS_QUERY: {"A21"},
    Defect.SOCKET_SESSION_NOT_RETURNED: {"A21"},
    Defect.SOCKET_SESSION_HIDDEN_FROM_AGENT: {"A21"},
    Defect.SUBPROTOCOL_REFUSED: {"A21"},
    Defect.SUBPROTOCOL_NOT_SELECTED: {"A21"},
    Defect.SOCKET_TAKES_LARGE_FRAMES: {"A22"},
    Defect.SOCKET_LIMITS_MESSAGES: {"A22"},
    Defect.SOCKET_CODE_WRONG: {"A22"},
    Defect.SOCKET_TAKES_ANY_RATE: {"A22"},
    Defect.SOCKET_QUERY_DROPPED: {"A22"},
}

Check = Callable[[Target], None]


@pytest.fixture(scope="module")
def checks(pytestconfig: pytest.Config) -> dict[str, Check]:
    """The functions of the suite by requirement id."""
    pytestconfig.addinivalue_line(
        "markers", "requirement(id): of the suites, declared by their plugin in their own runs"
    )
    return dict(suite_functions())


def suite_functions() -> Iterator[tuple[str, Check]]:
    """The functions of the suite with their requirement ids."""
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
    with pytest.MonkeyPatch.context() as patch, ThreadPoolExecutor(10) as pool:
        patch.setattr("agentcore_contracts.suite.test_streaming.INTERVAL_MS", 100.0)
        patch.setattr("agentcore_contracts.suite.test_life_of_sessions.SESSIONS", 1)
        patch.setattr("agentcore_contracts.suite.test_life_of_sessions.EVENTS", 10)
        patch.setattr("agentcore_contracts.suite.test_life_of_sessions.INTERVAL_MS", 50.0)
        patch.setattr("agentcore_contracts.suite.asking.PATIENCE_S", 0.5)
        patch.setattr("agentcore_contracts.suite.test_websocket.SILENCE_S", 2.0)
        patch.setattr("agentcore_contracts.suite.test_websocket.FRAMES_IN_A_BURST", 260)
        patch.setattr("agentcore_contracts.suite.passing_time.SETTLE_S", 0.0)
        patch.setattr("agentcore_contracts.suite.passing_time.STEP_S", 1000.0)
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
