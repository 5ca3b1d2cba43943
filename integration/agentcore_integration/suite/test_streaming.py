"""Answers: as they come, whole, under the right session, and honest about failure."""

from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from agentcore_contracts.verify import verify, verify_at_most, verify_equal, verify_status
from agentcore_integration.suite.judged import (
    Answer,
    Conversation,
    JudgedBackend,
    User,
    data,
    new_marker,
    received_at_ms,
    wait_until,
)

LATENESS_MS_MAX = 100.0
CLOSE_S_MAX = 2.0


@pytest.mark.requirement("I11")
def test_one_by_one(backend: JudgedBackend, conversation: Conversation) -> None:
    """I11: Each event of the agent reaches the caller within 100 ms, the first before the agent sends its last."""
    invocation = first_invocation(backend, conversation)
    seen_ms = [timed.at_epoch_ms for timed in conversation.answer.of_type("chunk")]
    # over HTTP an invocation is one answer; on a socket the end message, and other answers, follow
    events = invocation["events"][: len(seen_ms)] if is_socket(invocation) else invocation["events"]
    sent_ms = [received_at_ms(invocation) + event["at_ms"] for event in events]
    evidence = f"sent at {_rounded(sent_ms, sent_ms[0])}, seen at {_rounded(seen_ms, sent_ms[0])} ms"
    verify_equal(len(seen_ms), len(sent_ms), what="number of chunks", evidence=evidence)
    verify(
        seen_ms[0] < sent_ms[-1],
        expected="the first event seen before the last was sent",
        actual=f"seen {seen_ms[0] - sent_ms[-1]:.0f} ms after it",
        evidence=evidence,
    )
    lateness_ms = max(seen - sent for seen, sent in zip(seen_ms, sent_ms, strict=True))
    verify_at_most(lateness_ms, LATENESS_MS_MAX, what="lateness", unit="ms", evidence=evidence)


@pytest.mark.requirement("I12")
def test_whole_answer(conversation: Conversation) -> None:
    """I12: The caller gets one chunk per event of the agent, in its order, then one ``done`` that counts them."""
    answer = conversation.answer
    marker = conversation.prompt.partition("marker:")[2]
    starts = [text.partition(",")[0] for text in answer.texts]
    expected = ["Welcome", "Your accounts are ready", "Meet your team", "Read the handbook", "Have a good start"]
    verify_equal(starts, expected, what="texts", evidence=answer.describe())
    verify_equal([marker in text for text in answer.texts], [True] * 5, what="marker", evidence=answer.describe())
    verify_equal(answer.types, ["chunk"] * 5 + ["done"], what="events", evidence=answer.describe())
    done = data(answer.of_type("done")[0])
    verify_equal(
        (done.get("chunks"), done.get("session_id")),
        (5, conversation.session_id),
        what="chunks and session_id of done",
        evidence=answer.describe(),
    )


@pytest.mark.requirement("I13")
def test_session_id_upstream(backend: JudgedBackend, conversation: Conversation) -> None:
    """I13: The chat's session id is the runtime session id upstream, unchanged."""
    invocation = first_invocation(backend, conversation)
    verify_equal(
        (invocation["session_id"], invocation["session_generated"]),
        (conversation.session_id, False),
        what="session id upstream, and whether the service had to make one",
        evidence=conversation.answer.describe(),
    )


@pytest.mark.requirement("I14")
def test_refused_invocation(alice: User, conversation: Conversation) -> None:
    """I14: A failure before the first event is told to the caller: code, message, retry hint; nothing looks done."""
    answer = alice.ask(conversation.session_id, "[refuse]")
    if answer.response.status >= 400:
        verify_status(answer.response, range(400, 600))
        return
    verify_error_event(answer, chunks=0)


@pytest.mark.requirement("I15")
def test_failure_midway(backend: JudgedBackend, alice: User, conversation: Conversation) -> None:
    """I15: A failure midway ends the answer with an error, and what was said until then is stored as partial."""
    answer = alice.ask(conversation.session_id, f"[break] {new_marker()}")
    verify_status(answer.response, 200)
    verify_error_event(answer, chunks=2)
    last = backend.stored_messages(conversation.session_id)[-1]
    verify_equal(
        (last.role, last.content, last.status),
        ("assistant", answer.text, "partial"),
        what="last stored message",
        evidence=answer.describe(),
    )


@pytest.mark.requirement("I16")
def test_abandoned_stream(backend: JudgedBackend, alice: User, conversation: Conversation) -> None:
    """I16: When the caller leaves, the stream upstream is closed within 2 s, and the next call works."""
    session_id = conversation.session_id
    before = len(backend.invocations(session_id))
    alice.ask_and_leave(session_id, f"Please greet me, {new_marker()}")

    def closed_by_client() -> bool:
        recorded = backend.invocations(session_id)
        used = recorded[before:] or [invocation for invocation in recorded[-1:] if is_socket(invocation)]
        return [invocation["closed_by"] for invocation in used] == ["client"]

    closed = wait_until(closed_by_client, CLOSE_S_MAX)
    verify(
        closed,
        expected=f"the invocation closed by the backend within {CLOSE_S_MAX:g} s",
        actual=f"journal: {backend.invocations(session_id)[-1:]}",
    )
    answer = alice.ask(session_id, f"And again, {new_marker()}")
    verify_equal(answer.types[-1:], ["done"], what="last event of the next answer", evidence=answer.describe())


@pytest.mark.requirement("I17")
def test_answers_do_not_mix(alice: User, bob: User, conversation: Conversation) -> None:
    """I17: Answers that are streamed at the same time go each to the chat that asked."""
    bobs_chat = bob.new_chat()
    bob.ask(bobs_chat, "[break]")  # its session is up now, so that the two answers below come at the same time
    asked = [(alice, conversation.session_id, new_marker()), (bob, bobs_chat, new_marker())]
    with ThreadPoolExecutor(len(asked)) as pool:
        answers = list(pool.map(lambda each: each[0].ask(each[1], f"Please greet me, {each[2]}"), asked))
    for (_, _, marker), answer in zip(asked, answers, strict=True):
        word = marker.removeprefix("marker:")
        verify_equal([word in text for text in answer.texts], [True] * 5, what="marker", evidence=answer.describe())


def first_invocation(backend: JudgedBackend, conversation: Conversation) -> dict[str, Any]:
    """Return what the journal has of the conversation's question."""
    recorded = backend.invocations(conversation.session_id)
    verify(
        bool(recorded),
        expected=f"an invocation with session id {conversation.session_id}",
        actual="the journal has none",
        evidence=conversation.answer.describe(),
    )
    return recorded[0]


def is_socket(invocation: Mapping[str, Any]) -> bool:
    """Whether the backend asked over a WebSocket, which it may have used before and may use again."""
    return bool(invocation["status"] == 101)


def verify_error_event(answer: Answer, *, chunks: int) -> None:
    """The stream is so many chunks and then one ``error`` with code, message and retry hint."""
    evidence = answer.describe()
    verify_equal(answer.types, ["chunk"] * chunks + ["error"], what="events", evidence=evidence)
    error = data(answer.of_type("error")[0])
    well_formed = bool(error.get("code")) and bool(error.get("message")) and isinstance(error.get("retryable"), bool)
    verify(
        well_formed,
        expected='{"code": "…", "message": "…", "retryable": true|false}',
        actual=repr(error),
        evidence=evidence,
    )


def _rounded(times_ms: list[float], origin_ms: float) -> list[int]:
    return [round(time_ms - origin_ms) for time_ms in times_ms]
