"""What each verb of the command line does; ``cli`` only reads the words."""

import os
import secrets
import shlex
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from agentcore_contracts.report.model import Report
from agentcore_contracts.report.write import write_report
from agentcore_contracts.requirements import load_catalogue
from agentcore_contracts.verdict import Outcome
from agentcore_integration.console import print_report, say
from agentcore_integration.environment import aws_environment, placeholders
from agentcore_integration.errors import HarnessError
from agentcore_integration.facts import facts_of
from agentcore_integration.gate import GateRun, run_gate
from agentcore_integration.interception.door import Interception, intercepting
from agentcore_integration.load_step import report_folder
from agentcore_integration.profile import Agent, load_profile
from agentcore_integration.stack import OfflineStack, check_agents, offline_stack
from agentcore_integration.suites import CONTRACTS, Selection, judge_with
from agentcore_load.judge import main as judge_history

EXIT_CODES = {Outcome.PASS: 0, Outcome.FAIL: 1, Outcome.UNKNOWN: 2}


def gate(profile: str, report_dir: Path, seed: int | None, only: Sequence[str]) -> int:
    """Run the gate, print and write its report, and return the exit code."""
    command = f"agentcore-harness gate {shlex.quote(profile)}"
    selection = Selection(command, secrets.randbits(32) if seed is None else seed, tuple(only))
    return _finish(run_gate(GateRun(profile, report_dir, selection), say), report_dir)


def contracts(target: Path, report_dir: Path, only: Sequence[str]) -> int:
    """Run the contract suite against a target file."""
    selection = Selection(f"agentcore-harness contracts {shlex.quote(str(target))}", 0, tuple(only))
    selection.refuse_unknown()
    log_dir = report_folder(report_folder(report_dir) / "logs")
    started, began_s = datetime.now(UTC), time.monotonic()
    say(f"{CONTRACTS.name}: {len(selection.wanted_of(CONTRACTS))} requirements")
    result = judge_with(CONTRACTS, target.resolve(), selection, log_dir, say)
    took_s = time.monotonic() - began_s
    facts = facts_of(target.resolve(), selection.seed)
    return _finish(Report(target.name, started.isoformat(timespec="seconds"), took_s, (result,), (), facts), report_dir)


def load(profile: str, report_dir: Path) -> int:
    """Run the load part of the gate alone."""
    command = f"agentcore-harness load {shlex.quote(profile)}"
    selection = Selection(command, 0, tuple(load_catalogue("agentcore_load")))
    return _finish(run_gate(GateRun(profile, report_dir, selection), say), report_dir)


def judge(history: Path, limits: Path | None) -> int:
    """Judge a history against limits."""
    return judge_history([str(history), *(["--limits", str(limits)] if limits else [])])


def up(profile: str | None, agents: Sequence[str], scenarios: Sequence[str], port: int) -> int:
    """Serve the offline stack until a signal comes."""
    with _stack_for(profile, agents, scenarios, port) as (stack, interception):
        for line in paste_lines(stack, interception):
            print(line)
        print("# ready; Ctrl-C ends it", flush=True)
        while stack.emulator.wait(1.0) is None and stack.aws.wait(0.0) is None:
            pass
        ended = stack.emulator if stack.emulator.wait(0.0) is not None else stack.aws
        raise ended.failed(f"{ended.name} ended by itself")


def run(profile: str | None, agents: Sequence[str], scenarios: Sequence[str], command: Sequence[str]) -> int:
    """Run a command inside the offline stack and return its exit code."""
    with _stack_for(profile, agents, scenarios, 0) as (stack, interception):
        inherited = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
        environment = {**inherited, **stack_environment(stack), **interception.environment()}
        try:
            with subprocess.Popen(command, env=environment) as process:
                return _exit_code_of(process)
        except OSError as error:
            raise HarnessError(f"{command[0]}: {error.strerror}; give a program that is on the PATH") from error


def _exit_code_of(process: "subprocess.Popen[bytes]") -> int:
    try:
        code = process.wait()
    except KeyboardInterrupt:
        process.send_signal(signal.SIGTERM)
        code = process.wait()
    return code if code >= 0 else 128 - code


def stack_environment(stack: OfflineStack) -> dict[str, str]:
    """Return what a program needs to know of the stack: the AWS variables, the pool, the ARN of each runtime."""
    known = placeholders(stack)
    arns = {f"AGENT_{name.upper()}_ARN": arn for name, arn in sorted(stack.runtimes.items())}
    pool = {
        "COGNITO_USER_POOL_ID": known["user_pool_id"],
        "COGNITO_CLIENT_ID": known["client_id"],
        "COGNITO_ISSUER": known["issuer"],
        "COGNITO_JWKS_URL": known["jwks_url"],
    }
    return {**aws_environment(stack), **pool, **arns}


def paste_lines(stack: OfflineStack, interception: Interception) -> list[str]:
    """Return the lines to paste into a shell; those for programs that name AWS hosts are comments."""
    lines = [f"export {name}={shlex.quote(value)}" for name, value in stack_environment(stack).items()]
    lines.append(f"# TLS: {interception.tls_url}; for programs that name AWS hosts themselves, also:")
    lines += [f"# export {name}={shlex.quote(value)}" for name, value in interception.environment().items()]
    return lines


@contextmanager
def _stack_for(
    profile: str | None, agents: Sequence[str], scenarios: Sequence[str], port: int
) -> Iterator[tuple[OfflineStack, Interception]]:
    chosen = agents_of(profile, agents, scenarios)
    with tempfile.TemporaryDirectory(prefix="agentcore-stack-") as folder:
        log_dir = Path(folder)
        check_agents(chosen, log_dir)
        private = log_dir / "authority"
        private.mkdir(mode=0o700)
        with (
            offline_stack(chosen, log_dir, emulator_port=port) as stack,
            intercepting(stack.emulator.bound_port, stack.aws.bound_port, private, log_dir) as interception,
        ):
            yield stack, interception


def agents_of(profile: str | None, agents: Sequence[str], scenarios: Sequence[str]) -> Mapping[str, Agent]:
    """Return the agents of a profile and of the command line; without any, those of the reference profile.

    Raises ``HarnessError`` for a word that is not ``NAME=FILE.py`` or a file that is not there.
    """
    chosen: dict[str, Agent] = {}
    if profile or not (agents or scenarios):
        chosen.update(load_profile(profile or "reference")[0].agents)
    for word in agents:
        name, equals, file = word.partition("=")
        if not (name and equals and file):
            raise HarnessError(f"--agent {word}: expected NAME=FILE.py")
        chosen[name] = Agent(file=_existing(file, "--agent"))
    for word in scenarios:
        path = _existing(word, "--scenario")
        chosen[path.stem] = Agent(scenario=path)
    return chosen


def _existing(word: str, option: str) -> Path:
    path = Path(word).resolve()
    if not path.is_file():
        raise HarnessError(f"{option} {word}: there is no such file")
    return path


def _finish(report: Report, report_dir: Path) -> int:
    print_report(report, write_report(report, report_dir))
    return EXIT_CODES[report.outcome]
