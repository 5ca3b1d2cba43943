"""The chat store against a real DynamoDB endpoint."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest
from aws_child import REGION, aws

from agentcore_backend.chats import Chat, MessageStatus, Role, new_session_id
from agentcore_backend.errors import StoreUnavailable
from agentcore_backend.store import ChatStore
from agentcore_integration.aws.bootstrap import MESSAGES_TABLE, SESSIONS_TABLE, create_tables
from agentcore_integration.aws.clients import dynamodb_client
from agentcore_integration.process import Child

__all__ = ["aws"]

NOW_MS = 1_795_000_000_000


@pytest.fixture(scope="module")
def store(aws: Child) -> ChatStore:
    """A store with its tables."""
    create_tables(aws.url, REGION)
    return ChatStore(dynamodb_client(aws.url, REGION), SESSIONS_TABLE, MESSAGES_TABLE)


def chat(user_id: str, created_at: str = "2026-11-20T09:00:00.000+00:00") -> Chat:
    """A chat with a session id of its own."""
    return Chat(user_id, new_session_id(), "First day", "onboarding", created_at)


def say(store: ChatStore, session_id: str, content: str, at_ms: int = NOW_MS) -> int:
    """Store a user's message and return the timestamp it got."""
    return store.add_message(session_id, Role.USER, content, MessageStatus.COMPLETE, not_before=at_ms).timestamp


def test_session_ids_fit_the_service() -> None:
    """A session id has 33 to 256 characters, and no two are the same."""
    ids = {new_session_id() for _ in range(1000)}
    assert len(ids) == 1000
    assert all(33 <= len(session_id) <= 256 for session_id in ids)


def test_chat_comes_back(store: ChatStore) -> None:
    """A chat is found by its owner as it was stored, and by nobody else."""
    stored = chat("alice")
    store.add_chat(stored)
    assert stored == store.find_chat("alice", stored.session_id)
    assert store.find_chat("bob", stored.session_id) is None


@pytest.mark.parametrize("session_id", ["unknown", "x" * 2000, "ü" * 600])
def test_unknown_chat(store: ChatStore, session_id: str) -> None:
    """An id that cannot be one, such as one longer than a DynamoDB key, is simply not found."""
    assert store.find_chat("alice", session_id) is None


def test_newest_chat_first(store: ChatStore) -> None:
    """A user's chats are listed newest first, whatever their ids are, and nobody else's are among them."""
    chats = [chat("carol", f"2026-11-20T09:00:0{second}.000+00:00") for second in range(5)]
    for each in (*chats, chat("dave")):
        store.add_chat(each)
    assert list(reversed(chats)) == store.chats_of("carol")


def test_messages_in_order(store: ChatStore) -> None:
    """Messages come back whole and in the order of their timestamps."""
    session_id = new_session_id()
    content = "Grüße 👩‍🚀\n\u2028\x00 end"
    for offset in (2, 0, 1):
        say(store, session_id, f"{offset} {content}", NOW_MS + offset)
    assert [f"{offset} {content}" for offset in range(3)] == [each.content for each in store.messages(session_id)]


def test_same_millisecond(store: ChatStore) -> None:
    """Messages of the same millisecond are all kept, at milliseconds of their own."""
    session_id = new_session_id()
    assert [say(store, session_id, word) for word in ("a", "b", "c")] == [NOW_MS, NOW_MS + 1, NOW_MS + 2]
    assert [message.content for message in store.messages(session_id)] == ["a", "b", "c"]


def test_same_millisecond_from_many_writers(store: ChatStore) -> None:
    """Writers that race for one millisecond lose nothing."""
    session_id = new_session_id()
    words = [f"word {number}" for number in range(24)]
    with ThreadPoolExecutor(8) as pool:
        timestamps = list(pool.map(lambda word: say(store, session_id, word), words))
    assert len(set(timestamps)) == len(words)
    assert sorted(words) == sorted(message.content for message in store.messages(session_id))


def test_more_than_one_page(store: ChatStore) -> None:
    """A chat larger than one page of a query (1 MB) comes back whole."""
    session_id = new_session_id()
    for number in range(5):
        say(store, session_id, "x" * 300_000, NOW_MS + number)
    assert [len(message.content) for message in store.messages(session_id)] == [300_000] * 5


@pytest.mark.parametrize(
    "act",
    [
        lambda store: store.add_chat(chat("alice")),
        lambda store: store.find_chat("alice", "any"),
        lambda store: store.chats_of("alice"),
        lambda store: say(store, "any", "hello"),
        lambda store: store.messages("any"),
    ],
    ids=["add_chat", "find_chat", "chats_of", "add_message", "messages"],
)
def test_table_is_missing(aws: Child, act: Callable[[ChatStore], object]) -> None:
    """A store that does not do as asked is told as such, not as an absence of data."""
    store = ChatStore(dynamodb_client(aws.url, REGION), "no-such-table", "no-such-table")
    with pytest.raises(StoreUnavailable):
        act(store)
