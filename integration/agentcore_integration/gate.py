"""The gate: a backend in its offline AWS, judged by every suite, one verdict and one report.

Order: contracts and properties side by side, integration, and the load last and alone, because it measures time.
"""

import tempfile
import time
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from agentcore_contracts.report.model import Figure, Report, SuiteResult
from agentcore_contracts.requirements import load_catalogue
from agentcore_contracts.verdict import NotRun, Outcome, Verdict
from agentcore_integration.aws.bootstrap import MESSAGES_TABLE, SESSIONS_TABLE
from agentcore_integration.backend_process import running_backend
from agentcore_integration.contract_target import (
    CONTRACT_AGENT,
    backend_target,
    contract_emulator,
    contract_target,
    identity_provider,
)
from agentcore_integration.facts import facts_of
from agentcore_integration.load_step import (
    judge_load,
    make_plan,
    read_limits,
    report_folder,
    run_load,
    split_load,
    tokens_for,
)
from agentcore_integration.process import Child, ChildError
from agentcore_integration.profile import Profile, load_profile
from agentcore_integration.stack import OfflineStack, check_agents, offline_stack
from agentcore_integration.suites import (
    CONTRACTS,
    INTEGRATION,
    PROPERTIES,
    SUITES,
    Selection,
    Suite,
    judge_side_by_side,
)
from agentcore_load.limits import Limits

Say = Callable[[str], None]
BACKEND_STARTS = "G1"


@dataclass(frozen=True)
class GateRun:
    """What one gate run is given: the profile, where the report goes, the seed, and which requirements."""

    profile_name: str
    report_dir: Path
    selection: Selection


def run_gate(run: GateRun, say: Say) -> Report:
    """Judge the backend of a profile and return the report; ``say`` gets a line for each step.

    Raises ``HarnessError`` or ``ChildError`` when the run cannot be made; everything started is stopped.
    """
    started, began_s = datetime.now(UTC), time.monotonic()
    run.selection.refuse_unknown()
    profile, path = load_profile(run.profile_name)
    report_dir = report_folder(run.report_dir)
    log_dir = report_folder(report_dir / "logs")
    plan_table, limits_table = split_load(profile.load)
    limits = read_limits(limits_table, report_dir)
    if plan_table:
        make_plan(plan_table, "http://127.0.0.1:1", [])
    suites, figures = _judge(run, profile, limits, log_dir, say)
    return Report(
        title=profile.name,
        started_at=started.isoformat(timespec="seconds"),
        duration_s=time.monotonic() - began_s,
        suites=tuple(suites),
        figures=tuple(figures),
        facts=facts_of(path, run.selection.seed),
    )


def _judge(
    run: GateRun, profile: Profile, limits: Limits, log_dir: Path, say: Say
) -> tuple[list[SuiteResult], list[Figure]]:
    with ExitStack() as running:
        private = Path(running.enter_context(tempfile.TemporaryDirectory(prefix="agentcore-gate-")))
        say("starting the offline AWS")
        check_agents(profile.agents, log_dir)
        stack = running.enter_context(offline_stack({**profile.agents, **CONTRACT_AGENT}, log_dir))
        judged = running.enter_context(contract_emulator(log_dir))
        say(f"starting the backend of {profile.name}")
        began_s = time.monotonic()
        try:
            backend = running.enter_context(running_backend(profile.backend, stack, log_dir))
        except ChildError as error:
            say(str(error))
            return _backend_did_not_start(run.selection, error, time.monotonic() - began_s), []
        suites = [_backend_started(run.selection, time.monotonic() - began_s)]
        contract_file, target_file = private / "contract-target.json", private / "target.json"
        contract_target(judged, identity_provider(stack.pool)).dump(contract_file)
        backend_target(stack, backend_facts(stack, backend)).dump(target_file)
        # contracts mostly waits and properties mostly computes, each with an emulator of its own
        first = {CONTRACTS: contract_file, PROPERTIES: target_file}
        for stage in (first, {INTEGRATION: target_file}):
            suites += _judge_stage(stage, run.selection, log_dir, say)
        load, figures = _load(run, profile, limits, stack, backend, log_dir, say)
        return [suite for suite in [*suites, load] if suite.records], figures


def _judge_stage(stage: Mapping[Suite, Path], selection: Selection, log_dir: Path, say: Say) -> list[SuiteResult]:
    for suite in stage:
        if wanted := selection.wanted_of(suite):
            say(f"{suite.name}: {len(wanted)} requirements")
    results = judge_side_by_side(stage, selection, log_dir, say)
    for result in results:
        if result.records:
            say(f"{result.name}: {result.outcome}")
    return results


def _load(
    run: GateRun, profile: Profile, limits: Limits, stack: OfflineStack, backend: Child, log_dir: Path, say: Say
) -> tuple[SuiteResult, list[Figure]]:
    table, _ = split_load(profile.load)
    wanted = run.selection.of(load_catalogue("agentcore_load"))
    if not wanted:
        return SuiteResult("load", ()), []
    if not table:
        reason = "the profile has no load section"
        return SuiteResult("load", tuple(NotRun(requirement, "load", reason) for requirement in wanted.values())), []
    users = int(table.get("users", 10))
    plan = make_plan(table, backend.url, tokens_for(stack, users))
    say(f"load: {plan.users} users for {plan.duration_s:g} s")
    history = run_load(plan, run.report_dir, log_dir)
    records, figures = judge_load(history, limits)
    suite = SuiteResult("load", tuple(record for record in records if record.requirement.id in wanted))
    say(f"load: {suite.outcome}")
    return suite, figures


def backend_facts(stack: OfflineStack, backend: Child) -> dict[str, object]:
    """Describe the backend, and the AWS around it, for the suites that judge it."""
    return {
        "base_url": backend.url,
        "emulator_url": stack.emulator.url,
        "region": stack.region,
        "cognito": {
            "endpoint_url": stack.pool.endpoint_url,
            "user_pool_id": stack.pool.user_pool_id,
            "client_id": stack.pool.client_id,
        },
        "dynamodb": {
            "endpoint_url": stack.aws.url,
            "sessions_table": SESSIONS_TABLE,
            "messages_table": MESSAGES_TABLE,
        },
        "agents": dict(stack.runtimes),
        "tokens": tokens_for(stack, 2),
    }


def _backend_started(selection: Selection, took_s: float) -> SuiteResult:
    wanted = selection.of(load_catalogue("agentcore_integration"))
    if BACKEND_STARTS not in wanted:
        return SuiteResult("backend", ())
    ready = Verdict(wanted[BACKEND_STARTS], "backend", Outcome.PASS, (), "ready", "", "", round(took_s, 3))
    return SuiteResult("backend", (ready,))


def _backend_did_not_start(selection: Selection, error: ChildError, took_s: float) -> list[SuiteResult]:
    requirement = load_catalogue("agentcore_integration")[BACKEND_STARTS]
    failed = Verdict(
        requirement,
        "backend",
        Outcome.FAIL,
        ("the backend's readiness path answers in time",),
        str(error.args[0]),
        "\n".join(error.log_tail),
        selection.replay(BACKEND_STARTS),
        round(took_s, 3),
    )
    results = [SuiteResult("backend", (failed,))]
    for name, package in [*((suite.name, suite.package) for suite in SUITES), ("load", "agentcore_load")]:
        missing = [
            NotRun(one, name, "the backend did not start") for one in selection.of(load_catalogue(package)).values()
        ]
        results.append(
            SuiteResult(name, tuple(record for record in missing if record.requirement.id != BACKEND_STARTS))
        )
    return results
