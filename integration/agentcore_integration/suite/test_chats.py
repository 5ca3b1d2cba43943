"""Chats and messages: whose they are, and that they are really stored."""

import json

import pytest

from agentcore_contracts.verify import verify, verify_absent, verify_different, verify_equal, verify_status
from agentcore_integration.suite.judged import Conversation, JudgedBackend, StoredMessage, User, routes_of


@pytest.mark.requirement("I7")
def test_new_chat(alice: User) -> None:
    """I7: A new chat has a session id of its own, of 33 to 256 characters, and its owner finds it in the list."""
    first, second = alice.new_chat("first"), alice.new_chat("second")
    verify_different(first, second, what="session ids")
    for session_id in (first, second):
        verify(
            33 <= len(session_id) <= 256,
            expected="a session id of 33 to 256 characters",
            actual=f"{len(session_id)} characters",
            evidence=session_id,
        )
    answer = alice.call("GET", "/api/chats")
    verify_status(answer, 200)
    for session_id in (first, second):
        verify(
            session_id.encode() in answer.body,
            expected=f"{session_id} in the list",
            actual="it is not there",
            evidence=answer.describe(),
        )


@pytest.mark.requirement("I8")
def test_messages_stored(backend: JudgedBackend, conversation: Conversation) -> None:
    """I8: Question and answer are both in DynamoDB, in this order, whole, each with its role and marked complete."""
    stored = backend.stored_messages(conversation.session_id)
    verify_equal(
        [(message.role, message.content, message.status) for message in stored[:2]],
        [("user", conversation.prompt, "complete"), ("assistant", conversation.answer.text, "complete")],
        what="stored messages",
        evidence=conversation.answer.describe(),
    )


@pytest.mark.requirement("I9")
def test_messages_listed(backend: JudgedBackend, alice: User, conversation: Conversation) -> None:
    """I9: The owner reads back exactly the messages that are stored, in their order."""
    answer = alice.call("GET", f"/api/chats/{conversation.session_id}/messages")
    verify_status(answer, 200)
    listed = json.loads(answer.body)["messages"]
    verify_equal(
        [StoredMessage(each["timestamp"], each["role"], each["content"], each["status"]) for each in listed],
        backend.stored_messages(conversation.session_id),
        what="messages",
        evidence=answer.describe(),
    )


@pytest.mark.requirement("I10")
def test_foreign_chat(backend: JudgedBackend, bob: User, conversation: Conversation) -> None:
    """I10: Another user's chat cannot be listed, read, or asked, and looks like one that does not exist."""
    session_id = conversation.session_id
    before = backend.stored_messages(session_id), len(backend.invocations(session_id))
    listed = bob.call("GET", "/api/chats")
    verify_status(listed, 200)
    verify_absent(listed.body.decode(), session_id, what="Bob's list", evidence=listed.describe())
    for method, path, body in routes_of(session_id)[2:]:
        verify_status(bob.call(method, path, body), 404)
    after = backend.stored_messages(session_id), len(backend.invocations(session_id))
    verify_equal(after, before, what="stored messages and invocations")
