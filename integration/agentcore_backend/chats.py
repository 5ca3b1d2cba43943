"""Chats and their messages: what they are, apart from where they are stored."""

import uuid
from dataclasses import asdict, dataclass
from enum import StrEnum


class Role(StrEnum):
    """Who wrote a message."""

    USER = "user"
    ASSISTANT = "assistant"


class MessageStatus(StrEnum):
    """Whether a message is all that its author wanted to say."""

    COMPLETE = "complete"
    PARTIAL = "partial"


@dataclass(frozen=True)
class Chat:
    """One conversation of one user with one agent; its id is the agent's runtime session id."""

    user_id: str
    session_id: str
    title: str
    agent: str
    created_at: str

    def public(self) -> dict[str, str]:
        """Return what the owner is shown."""
        shown = asdict(self)
        del shown["user_id"]
        return shown


@dataclass(frozen=True)
class Message:
    """One message of a chat; ``timestamp`` (milliseconds) is unique within the chat and gives the order."""

    session_id: str
    timestamp: int
    role: Role
    content: str
    status: MessageStatus

    def public(self) -> dict[str, str | int]:
        """Return what the chat's owner is shown."""
        return {"role": self.role, "content": self.content, "timestamp": self.timestamp, "status": self.status}


def new_session_id() -> str:
    """Return an id nobody can guess, 41 characters long.

    A runtime session id has 33 to 256 characters.
    Source: botocore 1.44.5 service model of bedrock-agentcore, InvokeAgentRuntime, read 2026-11-20 - documented
    """
    return f"chat-{uuid.uuid4()}"
