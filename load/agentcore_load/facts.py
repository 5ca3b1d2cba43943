"""What a history says, gathered in one pass: the values the checks compare, and examples for their evidence."""

from array import array
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

from agentcore_load.history import Damaged, End, Record, Run, Sample, SetupDone, Stream, StreamOutcome, read
from agentcore_load.metrics import NEVER

_EXAMPLES = 3
_NOT_OPENED = (StreamOutcome.CONNECT_ERROR, StreamOutcome.HTTP_ERROR)


def _doubles() -> "array[float]":
    return array("d")


@dataclass(slots=True)
class Facts:
    """Everything the checks need; eight bytes for each value of a stream, nothing else grows with the file."""

    run: Run | None = None
    end: End | None = None
    damage: list[str] = field(default_factory=list)
    setups: int = 0
    setups_failed: list[SetupDone] = field(default_factory=list)
    outcomes: Counter[str] = field(default_factory=Counter)
    failed: list[Stream] = field(default_factory=list)
    """The first few streams that failed."""
    first_chunk_ms: "array[float]" = field(default_factory=_doubles)
    """Of finished streams and of those that had begun to answer; never, when a finished stream had no content."""
    first_chunk_above_ms: "array[float]" = field(default_factory=_doubles)
    """Of unfinished streams without any content: it would have been longer than this."""
    total_ms: "array[float]" = field(default_factory=_doubles)
    total_above_ms: "array[float]" = field(default_factory=_doubles)
    """Of unfinished streams: it would have been longer than this."""
    slowest_start: Stream | None = None
    slowest_total: Stream | None = None
    opened_s: "array[float]" = field(default_factory=_doubles)
    closed_s: "array[float]" = field(default_factory=_doubles)
    sampled_s: "array[float]" = field(default_factory=_doubles)
    lag_ms: "array[float]" = field(default_factory=_doubles)

    @property
    def streams(self) -> int:
        """Streams of any outcome."""
        return self.outcomes.total()


def gather(history: Path) -> Facts:
    """Read a history to its end.

    Raises:
        OSError: the file cannot be opened or read.
    """
    facts = Facts()
    for number, record in enumerate(read(history), start=1):
        _take(facts, number, record)
    return facts


def _take(facts: Facts, number: int, record: Record) -> None:
    if (number == 1) != isinstance(record, Run):
        _damage(facts, f"line {number}: the run record stands on line 1 and nowhere else")
    elif facts.end is not None:
        _damage(facts, f"line {number}: a record behind the end")
    match record:
        case Stream():
            _stream(facts, record)
        case Sample():
            facts.sampled_s.append(record.at_s)
            facts.lag_ms.append(record.lag_ms)
        case SetupDone():
            facts.setups += 1
            if record.error is not None:
                facts.setups_failed.append(record)
        case Run():
            facts.run = facts.run or record
        case End():
            facts.end = facts.end or record
        case Damaged():
            _damage(facts, f"line {record.line}: {record.reason}")


def _damage(facts: Facts, what: str) -> None:
    if len(facts.damage) < _EXAMPLES:
        facts.damage.append(what)


def _stream(facts: Facts, stream: Stream) -> None:
    facts.outcomes[stream.outcome] += 1
    if stream.outcome not in _NOT_OPENED:
        facts.opened_s.append(stream.started_s)
        facts.closed_s.append(stream.started_s + stream.total_ms / 1000)
    if stream.outcome != StreamOutcome.OK and len(facts.failed) < _EXAMPLES:
        facts.failed.append(stream)
    if stream.outcome == StreamOutcome.OK:
        facts.total_ms.append(stream.total_ms)
        facts.first_chunk_ms.append(_first_chunk(stream))
        facts.slowest_total = _slower(facts.slowest_total, stream, by_total=True)
        facts.slowest_start = _slower(facts.slowest_start, stream, by_total=False)
    elif stream.outcome == StreamOutcome.UNFINISHED:
        facts.total_above_ms.append(stream.total_ms)
        if stream.first_chunk_ms is None:
            facts.first_chunk_above_ms.append(stream.total_ms)
        else:
            facts.first_chunk_ms.append(stream.first_chunk_ms)


def _first_chunk(stream: Stream) -> float:
    return NEVER if stream.first_chunk_ms is None else stream.first_chunk_ms


def _slower(known: Stream | None, stream: Stream, *, by_total: bool) -> Stream:
    if known is None:
        return stream
    if by_total:
        return stream if stream.total_ms > known.total_ms else known
    return stream if _first_chunk(stream) > _first_chunk(known) else known
