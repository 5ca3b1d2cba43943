"""What the suite makes, moves and lowers at a target is its own, and is put back."""

from collections.abc import Iterator
from dataclasses import replace

import pytest
from defective_data_plane import DataPlaneImitation
from imitated_agent import Answer, in_json
from imitated_errors import ServiceError

from agentcore_contracts.suite import deploying, limiting, passing_time
from agentcore_contracts.target import Target
from agentcore_contracts.verify import RequirementFailed, TargetUnavailable


@pytest.fixture
def plane() -> Iterator[DataPlaneImitation]:
    """A correct data plane."""
    with DataPlaneImitation() as running:
        yield running


def without(target: Target, *names: str) -> Target:
    """The target with some further keys of its file left out."""
    return replace(target, extra={name: value for name, value in target.extra.items() if name not in names})


def runtimes_of(plane: DataPlaneImitation) -> dict[str, int]:
    """How many versions each runtime has."""
    return {id_: len(runtime.versions) for id_, runtime in plane._control.runtimes.items()}


def test_variant_is_removed_and_nothing_else(plane: DataPlaneImitation) -> None:
    """A variant is there while it is used, also gone when its check fails; every other runtime is as it was."""
    before = runtimes_of(plane)

    made: set[str] = set()

    def check() -> None:
        with deploying.deployed(plane.target, "mine") as runtime:
            runtime.update(environmentVariables={})
            made.update(set(runtimes_of(plane)) - set(before))
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        check()
    assert [id_.rpartition("_")[0] for id_ in made] == [f"contracts_{deploying.RUN_ID}_mine"]
    assert runtimes_of(plane) == before


def test_variant_that_should_be_refused_is_removed(plane: DataPlaneImitation) -> None:
    """What the target makes although it should refuse is a finding, and is removed."""
    before = runtimes_of(plane)

    with pytest.raises(RequirementFailed, match="it made arn:"):
        deploying.verify_refused(plane.target, "bad", environmentVariables={})

    assert runtimes_of(plane) == before


def test_artifact_is_told_by_the_runtime_or_by_the_file(plane: DataPlaneImitation) -> None:
    """Without an artifact nothing is deployed and the check is not run; the file can name one."""
    settings = plane._control.runtimes["contract-0123456789"].versions[0].settings
    artifact = settings.pop("agentRuntimeArtifact")

    with pytest.raises(pytest.skip.Exception, match="give contract_artifact"), deploying.deployed(plane.target, "x"):
        pass

    named = replace(plane.target, extra={**plane.target.extra, "contract_artifact": artifact})
    with deploying.deployed(named, "x") as runtime:
        assert runtime.settings["agentRuntimeArtifact"] == artifact


@pytest.mark.parametrize(
    ("code", "kind"), [("AccessDeniedException", TargetUnavailable), ("ConflictException", RequirementFailed)]
)
def test_refusal_of_the_control_plane(
    code: str, kind: type[Exception], plane: DataPlaneImitation, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without permission nothing can be told; another error is a finding."""

    def refuse(*_: object) -> Answer:
        raise ServiceError(403, code, "refused")

    monkeypatch.setattr(plane._control, "answer", refuse)

    with pytest.raises(kind, match=code), deploying.deployed(plane.target, "x"):
        pass


def test_variant_that_does_not_get_ready(plane: DataPlaneImitation, monkeypatch: pytest.MonkeyPatch) -> None:
    """A variant that fails to be made is a finding, and is removed."""
    answer = plane._control.answer

    def failing(method: str, raw_path: str, body: bytes) -> Answer:
        if method == "GET" and "contracts_" in raw_path:
            return in_json(200, {**plane._control._described("contract-0123456789"), "status": "CREATE_FAILED"})
        return answer(method, raw_path, body)

    monkeypatch.setattr(plane._control, "answer", failing)
    before = runtimes_of(plane)

    with pytest.raises(RequirementFailed, match="status CREATE_FAILED"), deploying.deployed(plane.target, "x"):
        pass
    assert runtimes_of(plane) == before


def test_short_lived_runtime_of_the_target_is_preferred(plane: DataPlaneImitation) -> None:
    """Where the target has a runtime with short lives nothing is deployed."""
    target = replace(
        plane.target, runtimes={**plane.target.runtimes, "short_lived": "arn:short"}, capabilities=frozenset()
    )

    with deploying.short_lived(target, 60, 240) as arn:
        assert arn == "arn:short"


def test_control_plane_on_this_machine_must_be_named(plane: DataPlaneImitation) -> None:
    """A target on loopback without a control plane of its own never leads to the real one."""
    target = without(plane.target, "control_endpoint_url")

    with pytest.raises(TargetUnavailable, match="names no control_endpoint_url"), deploying.deployed(target, "x"):
        pass


def test_time_is_waited_for_where_no_clock_is(plane: DataPlaneImitation, monkeypatch: pytest.MonkeyPatch) -> None:
    """A clock goes on by the time asked for, in steps; without one the time is waited for."""
    waited: list[float] = []
    monkeypatch.setattr("agentcore_contracts.suite.passing_time.time.sleep", waited.append)

    passing_time.pass_time(plane.target, 25)
    assert (plane.sessions.now_s, waited) == (25, [passing_time.SETTLE_S] * 3)

    passing_time.pass_time(without(plane.target, "clock_url"), 25)
    assert (plane.sessions.now_s, waited[3:]) == (25, [25])


def test_quota_is_put_back(plane: DataPlaneImitation) -> None:
    """The quota is one session inside, and what it was afterwards, also when the check fails."""
    before = plane.sessions.quota

    inside: list[int] = []

    def check() -> None:
        with limiting.one_session_allowed(plane.target):
            inside.append(plane.sessions.quota)
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        check()
    assert (inside, plane.sessions.quota) == ([1], before)


def test_quota_that_cannot_be_set(plane: DataPlaneImitation) -> None:
    """Without an address for quotas the check is not run; an address that knows none tells nothing."""
    with pytest.raises(pytest.skip.Exception), limiting.one_session_allowed(without(plane.target, "quotas_url")):
        pass

    elsewhere = replace(plane.target, extra={"quotas_url": f"{plane.target.endpoint_url}/clock"})
    with pytest.raises(TargetUnavailable, match="shows no active_sessions"), limiting.one_session_allowed(elsewhere):
        pass
