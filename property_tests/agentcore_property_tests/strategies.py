"""What Hypothesis draws: streams out of a grammar of lines, places to cut them, events, session ids.

Streams are made of lines (a name, a separator, a value, a line end) with the values that parsers get wrong. Random text
or random bytes almost never form a field, and find almost no bug.
"""

from typing import Final

from hypothesis import strategies as st

from agentcore_contracts.sse import MAX_RECONNECTION_TIME_MS, ServerSentEvent

NAMES: Final = [b"data", b"id", b"event", b"retry", b"", b"x", b"Data", b"ID", b" data", b"data ", b"da\x00ta"]
SEPARATORS: Final = [b": ", b":", b":  ", b":\t", b"", b" :", b"::"]
TEXTS: Final = [
    *(b"", b"a", b" ", b"a b", b" a ", b"a:b", b":", b"message", b"{}", b'{"t": "x"}'),
    *(b"\x00", b"a\x00b", b"\t", b"\x0b\x0c", b"\x1c\x1d\x1e\x1f", b"\xc2\x85", b"\xe2\x80\xa8", b"\xe2\x80\xa9"),
    *(b"\xc3\xa9", b"\xe2\x82\xac", b"\xf0\x9f\x98\x80", b"\xc2\xa0a", b"\xef\xbb\xbf", b"\xef\xbf\xbd"),
    *(b"\xe2\x82", b"\xf0\x9f\x98", b"\xff", b"\x80", b"\xc0\xaf", b"\xed\xa0\x80", b"\xf4\x90\x80\x80"),
]
TYPES: Final = [b"", b"", b"x", b"y", b"message", b" x"]
IDS: Final = [b"", b"", b"1", b"2", b"3", b"\x00", b"1\x00", b" 1"]
TIMES: Final = [
    *(b"", b"0", b"5", b"70", b"0010", b"9" * 25, b"+5", b"-5", b"1_0", b" 5", b"5 ", b"1.5", b"5x"),
    *(b"\xd9\xa1", b"\xc2\xb2", b"\xef\xbc\x95"),
]
LINE_ENDS: Final = [b"\n", b"\r\n", b"\r"]
BLANK_LINES: Final = [b"", b"", b"\n", b"\n", b"\r\n", b"\r", b"\n\n", b"\n\r", b" \n", b": ping\n"]
BOM: Final = b"\xef\xbb\xbf"
STARTS: Final = [b"", b"", BOM, BOM + BOM, BOM[:2], b"\n"]
TAILS: Final = [b"", b"", b"data: end", b"id: 9\n", b"retry: 7\n", b"retry: 7", b"\xe2\x82"]


def _joined(*parts: bytes) -> bytes:
    return b"".join(parts)


def _field(names: list[bytes], values: list[bytes], separators: list[bytes]) -> st.SearchStrategy[bytes]:
    one_of = (names, separators, values, LINE_ENDS, BLANK_LINES)
    return st.builds(_joined, *(st.sampled_from(choices) for choices in one_of))


_usual = [b": ", b":"]
lines = st.one_of(
    _field([b"data"], TEXTS, _usual),
    _field([b"data"], [b"a", b""], [*_usual, b""]),
    _field([b"event"], TYPES, _usual),
    _field([b"id"], IDS, _usual),
    _field([b"retry"], TIMES, _usual),
    _field(NAMES, TEXTS, SEPARATORS),
)
"""One line with its end, often with a blank line behind it."""

streams = st.builds(
    _joined, st.sampled_from(STARTS), st.lists(lines, max_size=10).map(b"".join), st.sampled_from(TAILS)
)
"""A stream with an optional mark at its start and an optional unfinished block at its end."""

_bytes_that_matter = st.lists(st.sampled_from(b"\r\n\n: \x00\xef\xbb\xbf\xffdat"), max_size=40).map(bytes)
any_bytes = st.binary(max_size=200) | _bytes_that_matter
"""Bytes that need not look like a stream, some of nothing but the bytes that matter."""


@st.composite
def cut_places(draw: st.DrawFn, stream: bytes) -> list[int]:
    """Places in these very bytes, the awkward ones (behind a CR, inside a character) as likely as all others."""
    awkward = [at for at in range(1, len(stream)) if stream[at - 1] == 0x0D or stream[at] & 0xC0 == 0x80]
    anywhere = st.integers(0, len(stream))
    return sorted(draw(st.lists(st.sampled_from(awkward) | anywhere if awkward else anywhere, max_size=6)))


@st.composite
def cut_streams(draw: st.DrawFn, whole: st.SearchStrategy[bytes] = streams) -> tuple[bytes, list[int]]:
    """A stream, and where it is cut."""
    stream = draw(whole)
    return stream, draw(cut_places(stream))


_text = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)
_one_line = _text.map(lambda text: text.replace("\r", "").replace("\n", ""))

events = st.builds(
    ServerSentEvent,
    event=st.just("message") | _one_line.filter(bool),
    data=_text | st.lists(_text, max_size=4).map("\n".join),
    id=st.sampled_from(["", "1", "2"]) | _one_line.map(lambda text: text.replace("\0", "")),
    retry=st.none() | st.integers(0, MAX_RECONNECTION_TIME_MS),
)
"""Events that a stream can carry."""

json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | _text,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(_text, inner, max_size=4),
    max_leaves=8,
)

session_ids = st.text(st.characters(min_codepoint=0x21, max_codepoint=0x7E), min_size=33, max_size=256)
"""Well-formed session ids."""

lengths = st.sampled_from([0, 1, 32, 33, 34, 255, 256, 257]) | st.integers(0, 300)
"""Lengths of texts that may be session ids, those at the limits as likely as all others."""
