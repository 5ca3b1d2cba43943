"""Payloads that are hashed before an agent sees them."""

import asyncio
from hashlib import sha256

import pytest

from agentcore_emulator.auth import payload
from agentcore_emulator.auth.payload import HashedPayload, hashed_payload
from agentcore_emulator.errors import ValidationException
from agentcore_emulator.exchange import ClientLeftError, Message, Receive


def coming(*pieces: bytes, whole: bool = True) -> Receive:
    """A client that sends these pieces and, unless it is `whole`, leaves; then it hangs up."""
    last = len(pieces) - 1
    messages: list[Message] = [
        {"type": "http.request", "body": piece, "more_body": not whole or n < last} for n, piece in enumerate(pieces)
    ]

    async def receive() -> Message:
        return messages.pop(0) if messages else {"type": "http.disconnect"}

    return receive


async def _read(hashed: HashedPayload) -> tuple[bytes, str]:
    """All that is given out, and what comes after it."""
    body, more = b"", True
    while more:
        message = await hashed.receive()
        body, more = body + message["body"], message["more_body"]
    return body, (await hashed.receive())["type"]


def through(*pieces: bytes) -> tuple[str, bytes, str]:
    """Hash, what is given out, and what comes after it."""

    async def run() -> tuple[str, bytes, str]:
        hashed = await hashed_payload(coming(*pieces))
        return hashed.sha256, *(await _read(hashed))

    return asyncio.run(run())


@pytest.mark.parametrize(
    "pieces",
    [(b"",), (b"one",), (b"one", b"two", b""), (bytes(65_536), b""), (b"x" * 70_000,) * 40],
    ids=["empty", "one piece", "several", "a whole piece of the file", "more than stays in memory"],
)
def test_payload_is_given_out_as_it_came(pieces: tuple[bytes, ...]) -> None:
    """Hash and bytes are those of the payload, and after them the client is listened to again."""
    whole = b"".join(pieces)

    assert through(*pieces) == (sha256(whole).hexdigest(), whole, "http.disconnect")


def test_client_that_leaves_is_noticed() -> None:
    """A payload that does not come whole is never given out."""
    with pytest.raises(ClientLeftError):
        asyncio.run(hashed_payload(coming(b"half", whole=False)))


def test_payload_above_the_limit_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is larger than the service takes is not read to its end."""
    monkeypatch.setattr(payload, "PAYLOAD_SIZE_MAX", 10)

    with pytest.raises(ValidationException):
        asyncio.run(hashed_payload(coming(b"123456", b"123456", b"1")))
