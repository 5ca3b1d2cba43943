"""The normal form of event streams."""

import pytest

from agentcore_contracts.sse import ServerSentEvent
from agentcore_property_tests.sse_encode import encode_stream


def event(data: str, type_: str = "message", id_: str = "", retry: int | None = None) -> ServerSentEvent:
    return ServerSentEvent(type_, data, id_, retry)


def test_a_message_is_its_data() -> None:
    """No line for what goes without saying."""
    assert encode_stream([event("a"), event("b", type_="")]) == b"data: a\n\ndata: b\n\n"


def test_all_fields() -> None:
    """Id, type, time and data each have their line."""
    assert encode_stream([event("a", "x", "1", 5)]) == b"id: 1\nevent: x\nretry: 5\ndata: a\n\n"


def test_an_id_is_written_where_it_changes() -> None:
    """Ids stay in force; the empty one has to be said."""
    events = [event("a", id_="1"), event("b", id_="1"), event("c")]
    assert encode_stream(events) == b"id: 1\ndata: a\n\ndata: b\n\nid: \ndata: c\n\n"


@pytest.mark.parametrize("data", ["a\nb", "a\r\nb", "a\rb"])
def test_data_of_many_lines(data: str) -> None:
    """Each line of the data is a data line."""
    assert encode_stream([event(data)]) == b"data: a\ndata: b\n\n"


@pytest.mark.parametrize(
    ("data", "written"), [("", b"data: \n\n"), (" a", b"data:  a\n\n"), ("a\n", b"data: a\ndata: \n\n")]
)
def test_spaces_and_empty_lines_survive(data: str, written: bytes) -> None:
    """The one space that readers drop is always there."""
    assert encode_stream([event(data)]) == written


@pytest.mark.parametrize(
    "impossible",
    [
        event("a", type_="x\ny"),
        event("a", type_="x\r"),
        event("a", id_="1\n"),
        event("a", id_="\0"),
        event("a", retry=-1),
    ],
)
def test_what_no_stream_can_carry_is_refused(impossible: ServerSentEvent) -> None:
    """Nothing is lost in silence."""
    with pytest.raises(ValueError, match=r"cannot hold|negative"):
        encode_stream([impossible])


def test_nothing_is_an_empty_stream() -> None:
    """No events, no bytes."""
    assert encode_stream([]) == b""
