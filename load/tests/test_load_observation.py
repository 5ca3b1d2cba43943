"""What one stream showed, and when."""

import pytest

from agentcore_load.history import Stream, StreamOutcome
from agentcore_load.observation import Invocation, Observation
from agentcore_load.plan import EventNames

EVENTS = EventNames("chunk", "error", "done")
CHUNK = b'event: chunk\ndata: {"text": "a"}\n\n'
DONE = b"event: done\ndata: {}\n\n"
WHICH = Invocation(user=3, n=1, session_id="s")


def observe(*pieces: tuple[float, bytes], events: EventNames = EVENTS) -> Stream:
    """A stream whose pieces arrive at the given times after a send at 100 s, in a run that began at 90 s."""
    seen = Observation(events, begun_s=90.0, sent_s=100.0)
    seen.headers(200, 100.001)
    for after_s, data in pieces:
        seen.feed(data, 100.0 + after_s)
    return seen.record(WHICH, 100.0 + max([after_s for after_s, _ in pieces], default=0.0), *seen.complete())


def test_a_good_stream_has_all_its_stamps() -> None:
    """Headers, first byte, first chunk, longest gap and total, in milliseconds since the send."""
    seen = observe((0.002, b": hi\n\n"), (0.2, CHUNK), (0.3, CHUNK), (0.7, CHUNK), (0.75, DONE))
    assert (seen.started_s, seen.headers_ms, seen.first_byte_ms) == (10.0, 1.0, 2.0)
    assert (seen.first_chunk_ms, seen.max_gap_ms, seen.total_ms) == (200.0, 400.0, 750.0)
    assert (seen.chunks, seen.bytes, seen.outcome, seen.error) == (3, 6 + 3 * len(CHUNK) + len(DONE), "ok", None)


@pytest.mark.parametrize(
    "noise", [b": ping\n\n", b"event: ping\ndata: x\n\n", b"event: chunk\n\n", b"data\n\n", CHUNK[:-1], b"\xef\xbb\xbf"]
)
def test_bytes_are_not_yet_a_first_chunk(noise: bytes) -> None:
    """Comments, pings, blocks without data and half an event come before the first chunk, not with it."""
    rest = CHUNK[-1:] if noise == CHUNK[:-1] else CHUNK
    seen = observe((0.1, noise), (0.5, rest), (0.6, DONE))
    assert (seen.first_byte_ms, seen.first_chunk_ms, seen.chunks) == (100.0, 500.0, 1)


@pytest.mark.parametrize("newline", [b"\r\n", b"\r"])
def test_every_line_end_is_prompt(newline: bytes) -> None:
    """An event is seen with the byte that completes it, whichever line end the target writes."""
    seen = observe((0.1, CHUNK.replace(b"\n", newline)), (0.6, DONE))
    assert seen.first_chunk_ms == 100.0


def test_an_error_event_is_a_failure_whatever_follows() -> None:
    """An error inside a stream of status 200 is a failed stream, also when its end event comes."""
    seen = observe((0.1, CHUNK), (0.2, b"event: error\ndata: broken\n\n"), (0.3, DONE))
    assert (seen.outcome, seen.error) == ("error_event", "broken")


def test_a_missing_end_event_is_a_failure() -> None:
    """A response that ends cleanly before its answer does is not a success."""
    assert observe((0.1, CHUNK)).outcome == "no_terminator"
    assert observe((0.1, CHUNK), events=EventNames("chunk", None, None)).outcome == "ok"


def test_a_broken_connection_is_named_by_when_it_broke() -> None:
    """Before the response it is a connect error, within it a cut."""
    seen = Observation(EVENTS, 90.0, 100.0)
    assert seen.broken("refused") == (StreamOutcome.CONNECT_ERROR, "refused")
    seen.headers(200, 100.1)
    assert seen.broken("reset") == (StreamOutcome.CUT, "reset")


def test_a_stream_without_content_has_no_first_chunk() -> None:
    """An empty answer is not a fast one."""
    seen = observe((0.1, DONE))
    assert (seen.outcome, seen.chunks, seen.first_chunk_ms, seen.max_gap_ms) == ("ok", 0, None, None)
