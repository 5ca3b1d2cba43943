"""The journal keeps what was sent, within bounds, and no secrets."""

import json
from datetime import UTC, datetime

import pytest

from agentcore_emulator import journal
from agentcore_emulator.journal import Invocation, Journal, redact


def invocation(number: int = 0, session: str = "s") -> Invocation:
    """An invocation that was received at second 100."""
    return Invocation(
        id=str(number),
        raw_path="/runtimes/x/invocations",
        headers=[("accept", "a"), ("accept", "b")],
        received_at=datetime(2026, 11, 20, tzinfo=UTC),
        started_s=100.0,
        runtime="travel",
        arn="arn:x",
        session_id=session,
    )


def test_an_entry_tells_when_each_chunk_was_sent() -> None:
    """Times count from the receipt, in milliseconds."""
    entry = invocation()
    entry.sent(5, at_s=100.25)
    entry.sent(7, at_s=101.0)
    shown = entry.to_json()

    assert shown["events"] == [{"at_ms": 250.0, "size": 5}, {"at_ms": 1000.0, "size": 7}]
    assert shown["bytes_sent"] == 12
    assert shown["duration_ms"] is None
    assert shown["closed_by"] is None
    assert json.loads(json.dumps(shown)) == shown


@pytest.mark.parametrize("name", [b"authorization", b"x-amz-security-token", b"cookie", b"workloadaccesstoken"])
def test_secrets_are_not_kept(name: bytes) -> None:
    """The value of a header that carries a secret is replaced."""
    assert redact([(name, b"Bearer abc"), (b"accept", b"x" * 5_000)]) == [
        (name.decode(), "(redacted)"),
        ("accept", "x" * journal.HEADER_VALUE_LENGTH_MAX),
    ]


def test_repeated_headers_are_joined() -> None:
    """One name has one entry."""
    request = invocation().to_json()["request"]

    assert isinstance(request, dict)
    assert request["headers"] == {"accept": "a, b"}


def test_invocations_are_found_by_runtime_and_session() -> None:
    """Name and ARN both mean the runtime; both filters hold together."""
    kept = Journal()
    for number in range(4):
        kept.open(invocation(number, session="even" if number % 2 == 0 else "odd"))

    assert [entry.id for entry in kept.find("travel", "even")] == ["0", "2"]
    assert len(kept.find("arn:x")) == 4
    assert kept.find("other") == []


def test_the_oldest_invocations_give_way() -> None:
    """No more than the limit is kept."""
    kept = Journal()
    for number in range(journal.INVOCATIONS_MAX + 3):
        kept.open(invocation(number))

    assert len(kept.find()) == journal.INVOCATIONS_MAX
    assert kept.find()[0].id == "3"


def test_events_beyond_the_limit_are_counted_not_kept() -> None:
    """A long stream does not fill the memory, its bytes are still counted."""
    entry = invocation()
    for _ in range(journal.EVENTS_PER_INVOCATION_MAX + 2):
        entry.sent(3, at_s=101.0)

    assert len(entry.sizes) == journal.EVENTS_PER_INVOCATION_MAX
    assert entry.to_json()["events_omitted"] == 2
    assert entry.to_json()["bytes_sent"] == 3 * (journal.EVENTS_PER_INVOCATION_MAX + 2)


def test_the_sum_of_kept_events_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    """When all entries together hold too many events the oldest go; what was cleared is not counted."""
    monkeypatch.setattr(journal, "EVENTS_TOTAL_MAX", 4)
    kept = Journal()
    forgotten = invocation()
    kept.open(forgotten)
    kept.clear()
    forgotten.sent(1, 101.0)
    kept.close(forgotten, "agent", 102.0)
    for number in range(3):
        entry = invocation(number)
        kept.open(entry)
        entry.sent(1, 101.0)
        entry.sent(1, 101.0)
        kept.close(entry, "agent", 102.0)

    assert [entry.id for entry in kept.find()] == ["1", "2"]
