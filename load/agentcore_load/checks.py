"""One function per requirement: facts and limits in, finding out. None of them reads a file or a clock."""

from collections.abc import Callable, Sequence
from typing import Final, NamedTuple

from agentcore_contracts.verdict import Outcome
from agentcore_load.facts import Facts
from agentcore_load.history import INTERRUPTED, Stream, StreamOutcome
from agentcore_load.limits import Limits
from agentcore_load.metrics import NEVER, concurrency, percentile

LATE_SHARE: Final = 0.05
"""Share of a run for which the generator's loop may be late.

With a core filled step by step, a loop that is late by more than 20 ms for a twentieth of the time came with first
chunks wrong by more than 45 ms (p95) and, one step later, with a fifth of the offered load missing; one step before,
with less than 16 ms. Source: own measurement, 200 users with one event each 10 ms, read 2026-11-20 - observed
"""


class Finding(NamedTuple):
    """What a check found."""

    outcome: Outcome
    expected: str
    actual: str
    evidence: str


Check = Callable[[Facts, Limits], Finding]


def first_chunk(facts: Facts, limits: Limits) -> Finding:
    """L1. Streams that were still silent at the end count with "longer than they were watched"."""
    measured, above = facts.first_chunk_ms, facts.first_chunk_above_ms
    return _latency("first chunk", measured, above, limits.first_chunk_s, limits, facts.slowest_start)


def total(facts: Facts, limits: Limits) -> Finding:
    """L2."""
    return _latency("total", facts.total_ms, facts.total_above_ms, limits.total_s, limits, facts.slowest_total)


def _latency(
    what: str, measured: Sequence[float], above: Sequence[float], limit_s: float, limits: Limits, slowest: Stream | None
) -> Finding:
    """The percentile under the best and under the worst assumption about what was not measured.

    Best: unfinished streams would have ended at once, streams missing to `streams_min` would have taken no time.
    Breaks the limit even so: fail. Worst: those never end. Keeps the limit even so, and enough streams: pass.
    """
    count = len(measured) + len(above)
    name = f"p{limits.percentile:g}"
    expected = f"{name} of the {what} below {limit_s:g} s, over at least {limits.streams_min} streams"
    if not count:
        return Finding(Outcome.UNKNOWN, expected, "nothing was measured", "the history holds no stream that got so far")
    missing = max(0, limits.streams_min - count)
    best = percentile([*measured, *above, *([0.0] * missing)], limits.percentile)
    worst = percentile([*measured, *([NEVER] * len(above))], limits.percentile)
    if best >= limit_s * 1000:
        outcome = Outcome.FAIL
    elif worst < limit_s * 1000 and not missing:
        outcome = Outcome.PASS
    else:
        outcome = Outcome.UNKNOWN
    seen = [*measured, *above]
    actual = f"{name} {_ms(percentile(seen, limits.percentile))} over {count} streams"
    figures = f"p50 {_ms(percentile(seen, 50))}, max {_ms(max(seen))}, {len(above)} of them unfinished"
    return Finding(outcome, expected, actual, figures + ("" if slowest is None else f"; slowest: {_show(slowest)}"))


def concurrent(facts: Facts, limits: Limits) -> Finding:
    """L3. Counted from the streams themselves, not from the number of users."""
    expected = f"at least {limits.concurrent} streams open at the same time"
    if not facts.streams:
        return Finding(Outcome.UNKNOWN, expected, "nothing was measured", "the history holds no stream")
    reached = concurrency(facts.opened_s, facts.closed_s, limits.concurrent)
    outcome = Outcome.PASS if reached.peak >= limits.concurrent else Outcome.FAIL
    users = facts.run.plan.get("users") if facts.run else None
    evidence = (
        f"{limits.concurrent} or more were open for {reached.held_s:.2f} s; "
        f"{len(facts.opened_s)} of {facts.streams} streams were opened; users planned: {users}"
    )
    return Finding(outcome, expected, f"at most {reached.peak} open at the same time", evidence)


def no_failed_stream(facts: Facts, limits: Limits) -> Finding:
    """L4. A stream given up before the total limit had passed may still have succeeded: it decides nothing."""
    expected = f"at most {limits.failed_streams} failed streams"
    if not facts.streams:
        return Finding(Outcome.UNKNOWN, expected, "nothing was measured", "the history holds no stream")
    failed = facts.streams - facts.outcomes[StreamOutcome.OK]
    undecided = sum(above < limits.total_s * 1000 for above in facts.total_above_ms)
    if failed - undecided > limits.failed_streams:
        outcome = Outcome.FAIL
    else:
        outcome = Outcome.PASS if failed <= limits.failed_streams else Outcome.UNKNOWN
    counts = ", ".join(f"{name} {count}" for name, count in sorted(facts.outcomes.items()))
    evidence = "; ".join([counts, *(_show(stream) for stream in facts.failed)])
    given_up = f", {undecided} of them given up before {limits.total_s:g} s" if undecided else ""
    return Finding(outcome, expected, f"{failed} of {facts.streams} streams failed{given_up}", evidence)


def generator_healthy(facts: Facts, limits: Limits) -> Finding:
    """L5. A share of time, not of samples: a loop that stands still for seconds gives only one sample."""
    lag_ms = limits.loop_lag_s * 1000
    expected = f"loop more than {lag_ms:g} ms late for less than {LATE_SHARE:.0%} of the run"
    if not facts.sampled_s:
        return Finding(Outcome.UNKNOWN, expected, "nothing was measured", "the history holds no sample")
    previous, late_s = 0.0, 0.0
    for at_s, lag in zip(facts.sampled_s, facts.lag_ms, strict=True):
        late_s += at_s - previous if lag > lag_ms else 0.0
        previous = at_s
    share = late_s / previous if previous > 0 else 1.0
    outcome = Outcome.PASS if share < LATE_SHARE else Outcome.UNKNOWN
    p95, p99 = (_ms(percentile(facts.lag_ms, percent)) for percent in (95, 99))
    evidence = f"lag p95 {p95}, p99 {p99}, max {_ms(max(facts.lag_ms))} over {len(facts.lag_ms)} samples"
    return Finding(outcome, expected, f"late for {share:.1%} of the run", evidence)


def history_complete(facts: Facts, limits: Limits) -> Finding:  # noqa: ARG001 - one signature for all checks
    """L6."""
    expected = "a run line, an end line of a run that was not interrupted, and every record between them"
    trouble = list(facts.damage)
    if facts.run is None:
        trouble.append("no run line")
    if facts.end is None:
        trouble.append("no end line: the run was cut off")
    else:
        if facts.end.reason == INTERRUPTED:
            trouble.append(f"the run was interrupted after {facts.end.ended_s:.1f} s")
        counted = (facts.setups, facts.streams)
        if counted != (facts.end.setups, facts.end.streams):
            trouble.append(f"{counted} setups and streams, but the end counts {facts.end[2:4]}")
    evidence = f"{facts.streams} streams, {len(facts.sampled_s)} samples"
    outcome = Outcome.UNKNOWN if trouble else Outcome.PASS
    return Finding(outcome, expected, "; ".join(trouble) or "complete", evidence)


def users_set_up(facts: Facts, limits: Limits) -> Finding:  # noqa: ARG001 - one signature for all checks
    """L7."""
    users = facts.run.plan.get("users") if facts.run else None
    failed = len(facts.setups_failed)
    without_failures = Outcome.PASS if facts.setups == users else Outcome.UNKNOWN
    outcome = Outcome.FAIL if failed else without_failures
    evidence = "; ".join(f"user {one.user}: {one.error}" for one in facts.setups_failed[:3])
    actual = f"{facts.setups - failed} of {users} users set up, {failed} refused"
    return Finding(outcome, "every user is set up", actual, evidence)


def _ms(value: float) -> str:
    return "never" if value == NEVER else f"{value:.3f} ms"


def _show(stream: Stream) -> str:
    text = f"user {stream.user} invocation {stream.n} at {stream.started_s:.3f} s ({stream.outcome}"
    text += f", first chunk {_ms(NEVER if stream.first_chunk_ms is None else stream.first_chunk_ms)}"
    text += f", {stream.chunks} chunks, {_ms(stream.total_ms)})"
    return text if stream.error is None else f"{text}: {' '.join(stream.error.split())}"
