"""Streams: each event when it is sent, and errors where they happen."""

import time
from typing import Final

import pytest

from agentcore_contracts.data_plane import json_payload
from agentcore_contracts.http_client import Ending
from agentcore_contracts.suite import asking
from agentcore_contracts.target import Target
from agentcore_contracts.verify import verify, verify_at_most, verify_contains, verify_equal, verify_status

EVENTS: Final = 4
INTERVAL_MS = 300.0
"""Pause of the agent between two events."""
LAG_SHARE: Final = 0.75
"""An event held back until the next one is a whole interval late; below this share of one it is not held back."""
STREAMS: Final = 3
"""Streams read at most. What holds events back does so each time; a busy machine is late once, and one prompt stream
shows that nothing is held back."""

Arrivals = list[tuple[str, float]]
"""The data of each event, and when it was there by our wall clock in ms."""


@pytest.mark.requirement("A10")
def test_events_arrive_one_by_one(target: Target) -> None:
    """A10: An event the agent sends is visible to the client before the agent sends the next one."""
    for name, read in (("raw client", _read_raw), ("boto3 iter_lines(chunk_size=1)", _read_with_boto3)):
        lags_ms: list[list[float]] = []
        while len(lags_ms) < STREAMS and (not lags_ms or max(lags_ms[-1]) > LAG_SHARE * INTERVAL_MS):
            lags_ms.append(relative_lags_ms(read(target)))
        verify_at_most(
            max(lags_ms[-1]),
            LAG_SHARE * INTERVAL_MS,
            what=f"lag behind the most prompt event at {name}, events {INTERVAL_MS:g} ms apart,",
            unit="ms",
            evidence="\n".join(f"lags in ms: {[round(lag) for lag in stream]}" for stream in lags_ms),
        )


def _payload() -> bytes:
    return json_payload(do="stream", events=EVENTS, interval_ms=INTERVAL_MS)


def _read_raw(target: Target) -> Arrivals:
    answer = asking.ask(target, _payload(), accept="text/event-stream")
    verify_status(answer, 200)
    return [(event.event.data, event.at_epoch_ms) for event in answer.events]


def _read_with_boto3(target: Target) -> Arrivals:
    with asking.open_boto3(target, _payload(), accept="text/event-stream") as body:
        return [
            (line.removeprefix(b"data: ").decode(), time.time() * 1000)
            for line in body.iter_lines(chunk_size=1)
            if line.startswith(b"data: ")
        ]


def relative_lags_ms(arrivals: Arrivals) -> list[float]:
    """How much later than the most prompt event each one came, measured from its sending.

    The agent's clock need not be ours: a constant difference of the two (and a constant delay on the way) cancels out.
    """
    data = [text for text, _ in arrivals]
    sent = asking.events_of(data)
    verify_equal([event.get("n") for event in sent], list(range(EVENTS)), what="events", evidence=str(data))
    lags = [at_ms - event["sent_at_ms"] for event, (_, at_ms) in zip(sent, arrivals, strict=True)]
    return [lag - min(lags) for lag in lags]


@pytest.mark.requirement("A11")
def test_exception_in_stream_is_its_last_event(target: Target) -> None:
    """A11: An exception in mid-stream arrives as the last data event under HTTP 200, not as an error or a cut."""
    answer = asking.ask(target, json_payload(do="stream", events=5, interval_ms=0, raise_after=2))

    verify_status(answer, 200)
    verify_contains(
        answer.header("content-type") or "", "text/event-stream", what="Content-Type", evidence=answer.describe()
    )
    verify_equal(answer.ending, Ending.COMPLETE, what="end of the stream", evidence=answer.describe())
    *before, last = asking.events_of([event.event.data for event in answer.events])
    verify_equal([event.get("n") for event in before], [0, 1], what="events before", evidence=answer.describe())
    verify(
        {"error", "error_type", "message"} <= set(last),
        expected="a last event with error, error_type and message",
        actual=f"last event {last}",
        evidence=answer.describe(),
    )
