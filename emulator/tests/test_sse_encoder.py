"""The bytes of an event, against the AgentCore SDK that writes them on AWS."""

import warnings
from collections.abc import Callable

import pytest

from agentcore_emulator.sse import encode_error_event, encode_event

VALUES: list[object] = ["", "a\nb", "ü\u2028", None, 1.5, [], {"a": [1, {"b": "'\""}]}, 'data: "x"\n\n']


@pytest.fixture(scope="module")
def sdk_encode() -> Callable[[object], bytes]:
    """The SDK's own encoder; what its import warns of is its makers' business."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from bedrock_agentcore import BedrockAgentCoreApp
    return BedrockAgentCoreApp()._convert_to_sse


@pytest.mark.parametrize("value", VALUES)
def test_events_are_the_sdk_s_bytes(value: object, sdk_encode: Callable[[object], bytes]) -> None:
    """The same value gives the same bytes as the SDK's app."""
    assert encode_event(value) == sdk_encode(value)


def test_an_error_event_has_the_sdk_s_three_keys() -> None:
    """A raise in mid-stream is told by error, error_type and message."""
    assert encode_error_event("boom", "ValueError") == (
        b'data: {"error": "boom", "error_type": "ValueError", "message": "An error occurred during streaming"}\n\n'
    )


@pytest.mark.parametrize("value", [float("nan"), {1, 2}, "\ud800"])
def test_what_json_cannot_say_is_refused(value: object) -> None:
    """No event is made of NaN, of a set or of half a character."""
    with pytest.raises((TypeError, ValueError)):
        encode_event(value)
