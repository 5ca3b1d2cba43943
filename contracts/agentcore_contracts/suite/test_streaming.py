"""Streams: each event when it is sent, and errors where they happen."""

import time
from collections.abc import Sequence
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


@pytest.mark.requirement("A10")
def test_events_arrive_one_by_one(target: Target) -> None:
    """A10: An event the agent sends is visible to the client before the agent sends the next one."""
    payload = json_payload(do="stream", events=EVENTS, interval_ms=INTERVAL_MS)

    raw = asking.ask(target, payload, accept="text/event-stream")
    verify_status(raw, 200)
    verify_prompt("raw client", [event.event.data for event in raw.events], [e.at_epoch_ms for e in raw.events])

    data, arrived_ms = _read_with_boto3(target, payload)
    verify_prompt("boto3 iter_lines(chunk_size=1)", data, arrived_ms)


def _read_with_boto3(target: Target, payload: bytes) -> tuple[list[str], list[float]]:
    data, arrived_ms = [], []
    with asking.open_boto3(target, payload, accept="text/event-stream") as body:
        for line in body.iter_lines(chunk_size=1):
            if line.startswith(b"data: "):
                data.append(line.removeprefix(b"data: ").decode())
                arrived_ms.append(time.time() * 1000)
    return data, arrived_ms


def verify_prompt(reader: str, data: Sequence[str], arrived_ms: Sequence[float]) -> None:
    """No event was held back.

    The agent's clock need not be ours: lags are compared with the smallest one, so a constant difference of the clocks
    (and a constant delay on the way) does not count.
    """
    sent = asking.events_of(data)
    verify_equal(
        [event.get("n") for event in sent], list(range(EVENTS)), what=f"events at {reader}", evidence=str(data)
    )
    lags_ms = [at_ms - event["sent_at_ms"] for at_ms, event in zip(arrived_ms, sent, strict=True)]
    relative_ms = [lag - min(lags_ms) for lag in lags_ms]
    verify_at_most(
        max(relative_ms),
        LAG_SHARE * INTERVAL_MS,
        what=f"lag behind the most prompt event at {reader}, events {INTERVAL_MS:g} ms apart,",
        unit="ms",
        evidence="lags: " + ", ".join(f"{lag:.0f} ms" for lag in relative_ms),
    )


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
