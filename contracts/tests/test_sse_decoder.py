"""What the vectors cannot say about the decoder: connections, sizes, odd input."""

import random
import sys
import time
import tracemalloc

from agentcore_contracts.sse import MAX_RECONNECTION_TIME_MS, ServerSentEvent, SSEDecoder


def test_an_event_is_a_plain_value() -> None:
    """Events compare by their four fields and cannot be changed."""
    (event,) = SSEDecoder().feed(b"event: x\nid: 1\nretry: 5\ndata: a\n\n")

    assert event == ServerSentEvent(event="x", data="a", id="1", retry=5)
    assert isinstance(event, tuple)


def test_a_fresh_decoder_knows_nothing() -> None:
    """Before the first byte there is no id, no reconnection time and nothing dropped."""
    decoder = SSEDecoder()

    assert (decoder.last_event_id, decoder.reconnection_time_ms, decoder.dropped_events) == ("", None, 0)


def test_reset_throws_the_unfinished_block_away() -> None:
    """Nothing of a cut stream gets into the next connection."""
    decoder = SSEDecoder()
    decoder.feed(b"event: x\nid: 9\ndata: a\ndata: b")
    decoder.reset()

    assert decoder.feed(b"\ndata: c\n\n") == [ServerSentEvent("message", "c", "", None)]


def test_reset_keeps_what_a_reconnecting_client_needs() -> None:
    """The last event id and the reconnection time outlive the connection."""
    decoder = SSEDecoder()
    decoder.feed(b"id: 1\nretry: 5\ndata: a\n\nid: 2\n")
    decoder.reset()

    assert (decoder.last_event_id, decoder.reconnection_time_ms) == ("1", 5)
    assert decoder.feed(b"data: b\n\n") == [ServerSentEvent("message", "b", "1", None)]


def test_reset_expects_a_new_byte_order_mark_and_no_swallowed_line_feed() -> None:
    """Each connection starts at offset 0."""
    decoder = SSEDecoder()
    decoder.feed(b"data: a\r")
    decoder.reset()

    assert decoder.feed(b"\n\xef\xbb\xbfdata: a\n\n") == []
    decoder.reset()
    assert decoder.feed(b"\xef\xbb\xbfdata: a\n\n") == [ServerSentEvent("message", "a", "", None)]


def test_a_retry_of_thousands_of_digits_is_a_number() -> None:
    """More digits than Python converts are no error."""
    decoder = SSEDecoder()
    decoder.feed(b"retry: " + b"9" * 10_000 + b"\n")
    assert decoder.reconnection_time_ms == MAX_RECONNECTION_TIME_MS

    decoder.feed(b"retry: " + b"0" * 10_000 + b"7\n")
    assert decoder.reconnection_time_ms == 7


def test_a_long_stream_in_one_read_is_read_like_in_many() -> None:
    """Reads longer than the decoder's own slices give the same events."""
    stream = b"".join(b"id: %d\r\ndata: %d\r\n\r\n" % (n, n) for n in range(20_000))
    in_pieces = SSEDecoder()
    pieces = [stream[at : at + 1000] for at in range(0, len(stream), 1000)]

    assert SSEDecoder().feed(stream) == [event for piece in pieces for event in in_pieces.feed(piece)]


def test_the_limit_does_not_depend_on_the_cuts() -> None:
    """What is dropped is a matter of the stream, not of its reads."""
    cutter = random.Random(7)
    words = [b"data", b"id", b":", b" ", b"\r", b"\n", b"\n\n", b"retry:5", b"x", b"\xe2\x82", b"\xac", b"\0"]
    for _ in range(2000):
        stream = b"".join(cutter.choices(words, k=cutter.randint(0, 25)))
        whole, single = SSEDecoder(max_event_bytes=9), SSEDecoder(max_event_bytes=9)
        events = whole.feed(stream)

        assert events == [event for at in range(len(stream)) for event in single.feed(stream[at : at + 1])], stream
        assert whole.dropped_events == single.dropped_events, stream


def test_memory_stays_within_the_limit() -> None:
    """A line without end, a block without end and a comment without end are not kept."""
    for endless in (b"data: x", b"data: x\n", b": x"):
        decoder = SSEDecoder(max_event_bytes=10_000)
        tracemalloc.start()
        for _ in range(2000):
            decoder.feed(endless * 100)
        held, _ = tracemalloc.get_traced_memory()
        tracemalloc.stop()

        assert held < 200_000, endless
        assert sys.getsizeof(decoder._tail) < 20_000, endless


def test_one_long_line_in_small_reads_takes_linear_time() -> None:
    """Eight mebibytes in reads of 1 KiB are read at once, not in quadratic time."""
    decoder, read = SSEDecoder(), b"x" * 1024
    started = time.process_time()
    for _ in range(8 * 1024):
        decoder.feed(read)

    assert decoder.feed(b"\n\ndata: a\n\n") == [ServerSentEvent("message", "a", "", None)]
    assert time.process_time() - started < 2
