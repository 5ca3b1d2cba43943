"""The load part of a gate: a plan from the profile, Locust in a process of its own, the history judged afterwards."""

import os
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from agentcore_contracts.report.model import Figure
from agentcore_contracts.verdict import NotRun, Verdict
from agentcore_integration.aws.bootstrap import new_user
from agentcore_integration.environment import base_environment
from agentcore_integration.errors import HarnessError
from agentcore_integration.process import Child, start_child
from agentcore_integration.stack import OfflineStack
from agentcore_load.facts import gather
from agentcore_load.judge import judge
from agentcore_load.limits import Limits, LimitsError
from agentcore_load.metrics import concurrency, percentile
from agentcore_load.plan import Plan, PlanError

HISTORY_NAME = "history.jsonl"
LIMITS_NAME = "limits.toml"
# beyond the run itself and the wait for its last streams: start-up of Locust, users' first calls
OVERHEAD_S = 60.0


def split_load(load: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return the plan and the limits of a profile's ``load`` table."""
    return {key: value for key, value in load.items() if key != "limits"}, dict(load.get("limits", {}))


def read_limits(table: Mapping[str, Any], report_dir: Path) -> Limits:
    """Write the limits beside the history, where a later judge finds them, and read them from there.

    Raises ``HarnessError`` for a key or value that is no limit.
    """
    path = report_dir / LIMITS_NAME
    path.write_text("".join(f"{key} = {value!r}\n" for key, value in table.items()), encoding="utf-8")
    try:
        return Limits.load(path)
    except LimitsError as error:
        raise HarnessError(f"profile, load.limits: {error}") from error


def make_plan(table: Mapping[str, Any], base_url: str, tokens: list[str]) -> Plan:
    """Return the plan of a profile with what only a run knows: the address and a token for each user.

    Raises ``HarnessError`` for a key or value that is no plan.
    """
    try:
        return Plan.from_json({**table, "base_url": base_url, "tokens": tokens}, where="profile, load")
    except PlanError as error:
        raise HarnessError(str(error)) from error


def run_load(plan: Plan, report_dir: Path, log_dir: Path) -> Path:
    """Run the plan to its end and return the path of the history.

    Raises ``ChildError`` when the run could not begin or did not end in time.
    """
    history = report_dir / HISTORY_NAME
    history.unlink(missing_ok=True)
    with tempfile.TemporaryDirectory(prefix="agentcore-load-") as private:
        plan_path = Path(private) / "plan.json"
        plan.dump(plan_path)
        command = [sys.executable, "-m", "agentcore_load.run", "--plan", str(plan_path), "--history", str(history)]
        command += ["--lifeline-fd", "{lifeline_fd}"]
        child = start_child(command, name="load", log_dir=log_dir, env=base_environment(), listen=False)
        with child:
            _wait(child, plan.duration_s + plan.stop_timeout_s + OVERHEAD_S)
    return history


def _wait(child: Child, timeout_s: float) -> None:
    exit_code = child.wait(timeout_s)
    if exit_code is None:
        raise child.failed(f"the load run did not end within {timeout_s:g} s")
    if exit_code != 0:
        raise child.failed(f"the load run ended with exit code {exit_code}")


def tokens_for(stack: OfflineStack, users: int) -> list[str]:
    """Sign up and in as many users, and return their access tokens."""
    return [new_user(stack.pool, f"load-{number}").access_token for number in range(users)]


def judge_load(history: Path, limits: Limits) -> tuple[list[Verdict | NotRun], list[Figure]]:
    """Judge a history, and return its verdicts and the figures a reader asks for first."""
    facts = gather(history)
    figures: list[Figure] = []
    for name, values, limit_s in (
        ("first chunk", facts.first_chunk_ms, limits.first_chunk_s),
        ("total", facts.total_ms, limits.total_s),
    ):
        for rank in dict.fromkeys((50.0, limits.percentile, 100.0)):
            seconds = percentile(values, rank) / 1000 if values else None
            label = "slowest" if rank == 100.0 else f"p{rank:g}"
            limit = limit_s if rank == limits.percentile else None
            figures.append(Figure(f"{name}, {label}", seconds, "s", limit))
    peak = concurrency(facts.opened_s, facts.closed_s, limits.concurrent).peak
    figures.append(Figure("streams at once", peak, "", limits.concurrent, at_least=True))
    figures.append(Figure("streams", facts.streams, "", limits.streams_min, at_least=True))
    return judge(history, limits), figures


def report_folder(path: Path) -> Path:
    """Make the folder of a report. Raises ``HarnessError`` when that is not possible."""
    try:
        path.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise HarnessError(f"{path}: cannot be made a report folder: {error.strerror}") from error
    if not os.access(path, os.W_OK):
        raise HarnessError(f"{path}: cannot be written to; give another folder with --report")
    return path
