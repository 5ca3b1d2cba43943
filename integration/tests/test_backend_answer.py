"""What counts as an agent's words."""

import pytest

from agentcore_backend.answer import AnswerReader, content_of
from agentcore_backend.failures import RETRYABLE, SENTENCES, AgentFailure


@pytest.mark.parametrize(
    ("data", "content"),
    [
        ('"Hello"', "Hello"),
        ('{"text": "Hello", "step": 1}', "Hello"),
        ('{"step": 1}', '{"step": 1}'),
        ('{"error": "is a word too"}', '{"error": "is a word too"}'),
        ("plain words", "plain words"),
        ("7", "7"),
        ("[" * 100_000, "[" * 100_000),
        ("", ""),
    ],
    ids=["string", "text", "object", "error alone", "no JSON", "number", "too deep", "empty"],
)
def test_content(data: str, content: str) -> None:
    """A JSON string is itself, of an object the text counts, anything else is passed on as it is."""
    assert content == content_of(data)


def test_reported_error() -> None:
    """An object with ``error`` and ``error_type`` is the SDK's way to say that the agent failed."""
    with pytest.raises(AgentFailure, match="AgentError"):
        content_of('{"error": "x", "error_type": "ValueError", "message": "An error occurred during streaming"}')


def test_stream_in_pieces() -> None:
    """Events are known when they are complete, wherever the bytes were cut."""
    reader = AnswerReader("text/event-stream; charset=utf-8")
    pieces = [bytes([byte]) for byte in 'data: "é"\n\ndata: "2"\n\ndata: "lost"'.encode()]
    assert [text for piece in pieces for text in reader.feed(piece)] == ["é", "2"]
    assert list(reader.end()) == []


def test_document() -> None:
    """An answer that is no stream is one text, known at its end."""
    reader = AnswerReader("application/json")
    assert [text for piece in (b'{"text": ', b'"Hello"}') for text in reader.feed(piece)] == []
    assert list(reader.end()) == ["Hello"]


def test_every_retryable_failure_has_a_sentence() -> None:
    """Whoever may try again is told why, except for errors the service does not model for invocations."""
    assert {"ServiceUnavailableException"} == RETRYABLE - set(SENTENCES)
    assert AgentFailure("SomethingNew").public() == {
        "code": "SomethingNew",
        "message": "the agent could not answer",
        "retryable": False,
    }
