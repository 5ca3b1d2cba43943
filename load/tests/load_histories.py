"""Synthetic histories: a healthy run, and the same run with one thing wrong."""

from pathlib import Path

from agentcore_contracts.verdict import Outcome, Verdict
from agentcore_load.history import HistoryWriter, Run, Sample, SetupDone, Stream, Written
from agentcore_load.judge import judge
from agentcore_load.limits import Limits
from agentcore_load.plan import Plan

PLAN = {
    "base_url": "http://127.0.0.1:1",
    "users": 10,
    "setup": {"path": "/api/chats", "expect_status": 201},
    "invoke": {"path": "/invoke", "events": {"content": "chunk", "error": "error", "end": "done"}},
}


def stream(user: int = 0, n: int = 0, **changes: object) -> Stream:
    """A stream of one second that went well; each user starts its next one when the last has ended."""
    healthy = Stream(
        user=user,
        n=n,
        session_id=f"session-{user}",
        started_s=n * 1.01 + user * 0.001,
        headers_ms=2.0,
        first_byte_ms=2.5,
        first_chunk_ms=200.0,
        total_ms=1000.0,
        chunks=5,
        bytes=500,
        max_gap_ms=200.0,
        outcome="ok",
        status=200,
        error=None,
    )
    return healthy._replace(**changes)  # type: ignore[arg-type] # the test names the fields it wants


def streams(users: int = 10, rounds: int = 4) -> list[Stream]:
    """What the healthy run observed."""
    return [stream(user, n) for n in range(rounds) for user in range(users)]


def samples(lag_ms: float = 0.5) -> list[Sample]:
    """The generator of a run of four seconds, each 100 ms."""
    return [Sample(number / 10, 10, lag_ms) for number in range(1, 41)]


def write(
    path: Path,
    observed: list[Stream],
    sampled: list[Sample] | None = None,
    *,
    setups: list[SetupDone] | None = None,
    reason: str = "finished",
) -> Path:
    """A complete history."""
    made = [SetupDone(user, 0.0, 5.0, 201, None) for user in range(10)] if setups is None else setups
    with HistoryWriter(path) as history:
        history.write(Run(Plan.from_json(PLAN).public(), {}, "2026-11-20T00:00:00.000+00:00"))
        everything: list[Written] = [*made, *observed, *(samples() if sampled is None else sampled)]
        for record in everything:
            history.write(record)
        history.end(reason, 4.1)
    return path


def outcomes(history: Path, limits: Limits | None = None) -> dict[str, str]:
    """What the judge says of it, by requirement id."""
    said = judge(history, limits or Limits())
    return {one.requirement.id: one.outcome if isinstance(one, Verdict) else "not run" for one in said}


def verdict(history: Path, id_: str, limits: Limits | None = None) -> Verdict:
    """The verdict on one requirement."""
    found = [one for one in judge(history, limits or Limits()) if one.requirement.id == id_]
    assert isinstance(found[0], Verdict), found[0]
    return found[0]


ALL_PASS: dict[str, str] = {f"L{number}": Outcome.PASS for number in range(1, 8)}
