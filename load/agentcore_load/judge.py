"""The judge of a history: reads it, compares it with limits, and says pass, fail or unknown for each requirement.

It runs nothing and needs no target, so a run can be judged again, against other limits, whenever somebody doubts it.
"""

import argparse
import shlex
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Final, NamedTuple

from agentcore_contracts.requirements import load_catalogue
from agentcore_contracts.verdict import NotRun, Outcome, Verdict, append_record, worst
from agentcore_load import checks
from agentcore_load.checks import Check, Finding
from agentcore_load.facts import gather
from agentcore_load.limits import Limits, LimitsError

SUITE: Final = "load"
EXIT_CODES: Final = {Outcome.PASS: 0, Outcome.FAIL: 1, Outcome.UNKNOWN: 2}


class _Judged(NamedTuple):
    """A check, and which requirements must pass before its pass or its fail is believed."""

    check: Check
    pass_needs: tuple[str, ...] = ()
    fail_needs: tuple[str, ...] = ()


# Times are only as good as the generator's loop (L5), percentiles only as good as the record of all streams (L6).
# A peak that was seen was there; a failed stream that was seen has failed, whoever was slow.
_CHECKS: Final = {
    "L1": _Judged(checks.first_chunk, pass_needs=("L5", "L6"), fail_needs=("L5", "L6")),
    "L2": _Judged(checks.total, pass_needs=("L5", "L6"), fail_needs=("L5", "L6")),
    "L3": _Judged(checks.concurrent, fail_needs=("L5", "L6")),
    "L4": _Judged(checks.no_failed_stream, pass_needs=("L6",)),
    "L5": _Judged(checks.generator_healthy, pass_needs=("L6",)),
    "L6": _Judged(checks.history_complete),
    "L7": _Judged(checks.users_set_up, pass_needs=("L6",)),
}


def judge(history: Path, limits: Limits) -> list[Verdict | NotRun]:
    """One verdict for each load requirement, in the order of their ids.

    Raises:
        OSError: the history cannot be opened or read.
    """
    began_s = time.perf_counter()
    facts = gather(history)
    findings = {id_: judged.check(facts, limits) for id_, judged in _CHECKS.items()}
    took_s = (time.perf_counter() - began_s) / len(findings)
    catalogue = load_catalogue("agentcore_load")
    replay = _replay(history, limits)
    records: list[Verdict | NotRun] = []
    for id_ in _CHECKS:
        outcome, expected, actual, evidence = _believed(id_, findings)
        if id_ == "L7" and facts.run is not None and facts.run.plan.get("setup") is None and not facts.setups:
            records.append(NotRun(catalogue[id_], SUITE, "the plan has no setup call"))
        else:
            records.append(Verdict(catalogue[id_], SUITE, outcome, (expected,), actual, evidence, replay, took_s))
    return records


def _believed(id_: str, findings: dict[str, Finding]) -> Finding:
    """The finding, or unknown when something it rests on did not pass."""
    finding = findings[id_]
    needs = {Outcome.PASS: _CHECKS[id_].pass_needs, Outcome.FAIL: _CHECKS[id_].fail_needs}.get(finding.outcome, ())
    missing = [need for need in needs if findings[need].outcome is not Outcome.PASS]
    if not missing:
        return finding
    doubts = "; ".join(f"{need}: {findings[need].actual}" for need in missing)
    return finding._replace(
        outcome=Outcome.UNKNOWN, actual=f"{finding.actual}, which would be a {finding.outcome} but for {doubts}"
    )


def _replay(history: Path, limits: Limits) -> str:
    options = [] if limits.source is None else ["--limits", str(limits.source)]
    return shlex.join(["python", "-m", "agentcore_load.judge", str(history), *options])


def report(records: Sequence[Verdict | NotRun]) -> str:
    """The verdicts as lines for a terminal."""
    lines = []
    for record in records:
        if isinstance(record, NotRun):
            lines.append(f"{record.requirement.id}  not run  {record.reason}")
            continue
        lines.append(f"{record.requirement.id}  {record.outcome:<7}  {record.actual}")
        if record.outcome is not Outcome.PASS:
            lines += [
                f"    requirement: {record.requirement.sentence}",
                f"    expected: {' | '.join(record.expected)}",
                f"    evidence: {record.evidence}",
                f"    again: {record.replay}",
            ]
    return "\n".join(lines)


def main(argv: Sequence[str] | None = None) -> int:
    """Judge a history; the exit code is 0 for pass, 1 for fail, 2 for unknown or when it cannot be judged."""
    parser = argparse.ArgumentParser(
        prog="python -m agentcore_load.judge", description="Judge the history of a load run."
    )
    parser.add_argument("history", type=Path, help="file written by python -m agentcore_load.run")
    parser.add_argument("--limits", type=Path, help="TOML file with limits; its absent keys keep their defaults")
    parser.add_argument("--verdicts", type=Path, help="append the verdicts to this file, one JSON object a line")
    options = parser.parse_args(argv)
    try:
        limits = Limits() if options.limits is None else Limits.load(options.limits)
        records = judge(options.history, limits)
        for record in records if options.verdicts is not None else ():
            append_record(options.verdicts, record)
    except (LimitsError, OSError) as error:
        print(f"agentcore_load.judge: {error}", file=sys.stderr)
        return 2
    outcome = worst(record.outcome for record in records if isinstance(record, Verdict))
    print(report(records))
    print(f"load: {outcome}")
    return EXIT_CODES[outcome]


if __name__ == "__main__":
    sys.exit(main())
