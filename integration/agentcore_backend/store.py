"""The chat store in DynamoDB: two tables, no scan, nothing ever overwritten.

Chats:    ``user_id`` (HASH), ``session_id`` (RANGE): a chat is found only together with its owner.
Messages: ``session_id`` (HASH), ``timestamp`` (RANGE, milliseconds): two messages of the same millisecond would be one
item, so a message is put only where there is none, else one millisecond later.

All calls block: an event loop makes them through ``workers.Workers``.
"""

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

import botocore.exceptions

from agentcore_backend.chats import Chat, Message, MessageStatus, Role
from agentcore_backend.errors import StoreUnavailable

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.client import DynamoDBClient

PUT_ATTEMPTS_MAX = 1000
"""Messages of one chat within one millisecond, plus slack: more is a fault, not traffic."""


class ChatStore:
    """Reads and writes chats and messages. Raises ``StoreUnavailable`` when DynamoDB does not do as asked."""

    def __init__(self, client: "DynamoDBClient", sessions_table: str, messages_table: str) -> None:
        self._client = client
        self._sessions_table = sessions_table
        self._messages_table = messages_table

    def add_chat(self, chat: Chat) -> None:
        """Store a new chat."""
        self._put(
            self._sessions_table,
            {
                "user_id": {"S": chat.user_id},
                "session_id": {"S": chat.session_id},
                "title": {"S": chat.title},
                "agent": {"S": chat.agent},
                "created_at": {"S": chat.created_at},
            },
        )

    def find_chat(self, user_id: str, session_id: str) -> Chat | None:
        """Return the user's chat of this id; somebody else's chat is not found."""
        try:
            answer = self._client.get_item(
                TableName=self._sessions_table,
                Key={"user_id": {"S": user_id}, "session_id": {"S": session_id}},
                ConsistentRead=True,
            )
        except botocore.exceptions.ClientError as error:
            if error.response["Error"]["Code"] == "ValidationException":
                return None  # an id that DynamoDB takes for no key, such as one over 1024 bytes
            raise StoreUnavailable("the chat store is not available") from error
        except botocore.exceptions.BotoCoreError as error:
            raise StoreUnavailable("the chat store is not available") from error
        return _chat(answer["Item"]) if "Item" in answer else None

    def chats_of(self, user_id: str) -> list[Chat]:
        """Return all chats of the user, newest first."""
        chats = [_chat(item) for item in self._query(self._sessions_table, "user_id", user_id)]
        return sorted(chats, key=lambda chat: chat.created_at, reverse=True)

    def add_message(
        self, session_id: str, role: Role, content: str, status: MessageStatus, *, not_before: int
    ) -> Message:
        """Store a message at ``not_before`` (milliseconds), or at the next free millisecond after it."""
        for timestamp in range(not_before, not_before + PUT_ATTEMPTS_MAX):
            item = {
                "session_id": {"S": session_id},
                "timestamp": {"N": str(timestamp)},
                "role": {"S": role.value},
                "content": {"S": content},
                "status": {"S": status.value},
            }
            if self._put(self._messages_table, item):
                return Message(session_id, timestamp, role, content, status)
        raise StoreUnavailable(f"no free millisecond among {PUT_ATTEMPTS_MAX} for a message")

    def messages(self, session_id: str) -> list[Message]:
        """Return all messages of the chat in their order."""
        return [_message(item) for item in self._query(self._messages_table, "session_id", session_id)]

    def _put(self, table: str, item: Mapping[str, Any]) -> bool:
        """Put the item unless one of its key is there; return whether it was put."""
        try:
            # every item has a session_id, so this means: there is no item of this whole key
            self._client.put_item(TableName=table, Item=item, ConditionExpression="attribute_not_exists(session_id)")
        except botocore.exceptions.ClientError as error:
            if error.response["Error"]["Code"] == "ConditionalCheckFailedException":
                return False
            raise StoreUnavailable("the chat store is not available") from error
        except botocore.exceptions.BotoCoreError as error:
            raise StoreUnavailable("the chat store is not available") from error
        return True

    def _query(self, table: str, hash_key: str, value: str) -> Iterator[Mapping[str, Any]]:
        """Yield all items of one hash key, page after page (a page ends at 1 MB)."""
        pages = self._client.get_paginator("query").paginate(
            TableName=table,
            KeyConditionExpression="#key = :value",
            ExpressionAttributeNames={"#key": hash_key},
            ExpressionAttributeValues={":value": {"S": value}},
            ConsistentRead=True,
        )
        try:
            for page in pages:
                yield from page["Items"]
        except (botocore.exceptions.ClientError, botocore.exceptions.BotoCoreError) as error:
            raise StoreUnavailable("the chat store is not available") from error


def _chat(item: Mapping[str, Any]) -> Chat:
    return Chat(
        user_id=item["user_id"]["S"],
        session_id=item["session_id"]["S"],
        title=item["title"]["S"],
        agent=item["agent"]["S"],
        created_at=item["created_at"]["S"],
    )


def _message(item: Mapping[str, Any]) -> Message:
    return Message(
        session_id=item["session_id"]["S"],
        timestamp=int(item["timestamp"]["N"]),
        role=Role(item["role"]["S"]),
        content=item["content"]["S"],
        status=MessageStatus(item["status"]["S"]),
    )
