"""What a run will do is said before it, and is what the run does."""

from dataclasses import replace
from pathlib import Path

import pytest
from defective_data_plane import DataPlaneImitation
from test_suite_can_fail import suite_functions

from agentcore_contracts.cost import COSTS, checked, main, seconds, statement, us_dollars
from agentcore_contracts.requirements import load_catalogue
from agentcore_contracts.suite import asking
from agentcore_contracts.target import Target

ON_AWS = Target(
    name="staging",
    endpoint_url="https://bedrock-agentcore.eu-west-1.amazonaws.com",
    region="eu-west-1",
    account_id="123456789012",
    runtimes={"contract": "arn:contract"},
)


def test_every_requirement_has_its_cost() -> None:
    """The catalogue and the costs name the same requirements."""
    assert list(COSTS) == list(load_catalogue("agentcore_contracts"))


@pytest.mark.parametrize("capabilities", [None, frozenset({"commands"})])
def test_run_does_what_was_said(
    capabilities: frozenset[str] | None, pytestconfig: pytest.Config, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As many sessions are started as were said, and what was to be left out is left out; all capabilities or one."""
    pytestconfig.addinivalue_line("markers", "requirement(id): of the suites")
    monkeypatch.setattr("agentcore_contracts.suite.passing_time.SETTLE_S", 0.0)
    monkeypatch.setattr("agentcore_contracts.suite.test_streaming.INTERVAL_MS", 100.0)
    run = []
    with DataPlaneImitation() as plane:
        target = plane.target if capabilities is None else replace(plane.target, capabilities=capabilities)
        asking.ask(target, asking.WHOAMI)
        for id_, check in suite_functions():
            try:
                check(target)
            except pytest.skip.Exception:
                continue
            run.append(id_)

    costs = checked(target)
    assert set(run) == set(costs)
    broken = 1
    assert plane.sessions.started == sum(cost.sessions for cost in costs.values()) - broken


def test_nothing_costs_on_this_machine() -> None:
    """A target on loopback is quick and free."""
    here = replace(ON_AWS, endpoint_url="http://127.0.0.1:4599")

    assert (us_dollars(here, 1.0, 1.0), seconds(here)) == (0.0, 30.0)


def test_waiting_is_counted_where_no_clock_is() -> None:
    """Real AWS is waited for; a clock takes that time away."""
    runtimes = {"contract": "arn:contract", "short_lived": "arn:short"}
    aws = replace(ON_AWS, runtimes=runtimes)
    clocked = replace(aws, capabilities=frozenset({"clock"}))

    assert seconds(aws) - seconds(clocked) == COSTS["A15"].waits_s + COSTS["A16"].waits_s


def test_statement(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The command says what is run, what is not and why, the sessions, the time and the price."""
    ON_AWS.dump(tmp_path / "target.json")

    assert main([str(tmp_path / "target.json")]) == 0

    said = capsys.readouterr().out
    assert said.splitlines() == list(statement(ON_AWS, 0.0895, 0.00945))
    assert "checks 11 of 27 requirements" in said
    assert "not run: no capability 'control-plane'" in said
    assert "deploys nothing" in said
    assert "US dollars" in said


def test_file_that_is_no_target(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A target file that cannot be used is one line, and the exit code 2."""
    assert main([str(tmp_path / "none.json")]) == 2
    assert "none.json" in capsys.readouterr().err
