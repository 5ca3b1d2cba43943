"""StopRuntimeSession: its body, and the client token that makes a repeat the same request."""

import json
from collections.abc import Iterator

import pytest
from emulator_calls import SESSION_HEADER, Answer, call, invocations_path, invoke, raw, script, session_id

from agentcore_emulator.server import Emulator
from agentcore_emulator.settings import Settings

TOKEN = "t" * 33


@pytest.fixture(scope="module")
def emulator() -> Iterator[Emulator]:
    """An emulator with a scripted agent."""
    with Emulator(Settings(scenarios=(script("count", 0),))) as emulator:
        yield emulator


def stopped(emulator: Emulator, session: str, body: object = None, identifier: object = None) -> Answer:
    """The answer to stopping that session."""
    arn = identifier or emulator.runtime("count").arn
    path = invocations_path(arn).replace("invocations", "stopruntimesession")
    sent = body if isinstance(body, bytes) else b"" if body is None else json.dumps(body).encode()
    return call(emulator.port, "POST", path, sent, {SESSION_HEADER: session_id(session)})


def begun(emulator: Emulator, session: str) -> None:
    """A session of that name runs."""
    assert invoke(emulator.port, emulator.runtime("count").arn, {}, session).status == 200


def test_a_repeat_with_the_same_token_is_answered_as_the_first(emulator: Emulator) -> None:
    """With another token, or none, the session is gone."""
    begun(emulator, "twice")
    answers = [stopped(emulator, "twice", {"clientToken": token}) for token in (TOKEN, TOKEN, "u" * 33)]

    assert [answer.status for answer in answers] == [200, 200, 404]
    assert answers[1].headers[SESSION_HEADER.lower()] == session_id("twice")
    assert stopped(emulator, "twice").error == (404, "ResourceNotFoundException")


def test_a_token_belongs_to_its_session(emulator: Emulator) -> None:
    """The same token with another session is another request."""
    for session in ("one", "two"):
        begun(emulator, session)
        assert stopped(emulator, session, {"clientToken": TOKEN}).status == 200
    assert stopped(emulator, "three", {"clientToken": TOKEN}).status == 404


def test_a_repeat_does_not_stop_what_began_since(emulator: Emulator) -> None:
    """The old token is answered as it was; the session that came back runs on."""
    begun(emulator, "back")
    stopped(emulator, "back", {"clientToken": TOKEN})
    begun(emulator, "back")

    assert stopped(emulator, "back", {"clientToken": TOKEN}).status == 200
    assert stopped(emulator, "back").status == 200


@pytest.mark.parametrize(
    "body",
    [b"no json", b"[]", b'{"clientToken": 1}', b'{"clientToken": "' + b"x" * 70_000 + b'"}']
    + [json.dumps({"clientToken": token}).encode() for token in ("x" * 32, "x" * 257, "-" * 33, "x" * 33 + "-")],
)
def test_a_body_beyond_its_limits_is_refused(emulator: Emulator, body: bytes) -> None:
    """And the session runs on."""
    begun(emulator, "kept")

    assert stopped(emulator, "kept", body).error == (400, "ValidationException")
    assert stopped(emulator, "kept").status == 200


@pytest.mark.parametrize("token", ["x" * 33, "x" * 256, "a-b" * 11])
def test_a_token_at_its_limits_is_taken(emulator: Emulator, token: str) -> None:
    """33 to 256 letters and digits, with hyphens between them."""
    begun(emulator, "limits")

    assert stopped(emulator, "limits", {"clientToken": token}).status == 200


def test_stopping_needs_the_full_arn(emulator: Emulator) -> None:
    """The operation has no account id that a bare id could go with."""
    assert stopped(emulator, "a", identifier=emulator.runtime("count").id).error == (400, "ValidationException")


def test_a_body_that_never_comes_whole_is_nobody_s_error(emulator: Emulator, caplog: pytest.LogCaptureFixture) -> None:
    """The client hung up: nothing is stopped, nothing is logged, the emulator goes on."""
    begun(emulator, "torn")
    path = invocations_path(emulator.runtime("count").arn).replace("invocations", "stopruntimesession")
    head = f"POST {path} HTTP/1.1\r\nHost: a\r\n{SESSION_HEADER}: {session_id('torn')}\r\nContent-Length: 50\r\n\r\n{{"

    assert raw(emulator.port, head.encode()) == b""
    assert stopped(emulator, "torn").status == 200
    assert not caplog.records
