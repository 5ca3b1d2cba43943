"""The payload of a request whose signature covers it: hashed before anything else sees it, then given out again.

A megabyte stays in memory, what is more goes to a temporary file, so the emulator does not grow by a payload of 100 MB.
The price is that an agent sees the first byte when the last one is there; only strict mode pays it.
"""

from dataclasses import dataclass
from hashlib import sha256
from tempfile import SpooledTemporaryFile
from typing import Final

from agentcore_emulator.exchange import PAYLOAD_SIZE_MAX, ClientLeftError, Message, Receive, payload_too_large

IN_MEMORY_MAX: Final = 1_048_576
_PIECE: Final = 65_536


@dataclass(frozen=True, slots=True)
class HashedPayload:
    """A payload that has come whole: its hash, and a `receive` that gives it out from the beginning."""

    sha256: str
    receive: Receive


async def hashed_payload(receive: Receive) -> HashedPayload:
    """Reads the payload to its end.

    Raises:
        ClientLeftError: the client went away before all of it came.
        ValidationException: it is larger than the service takes.
    """
    first = await _piece(receive)
    if not first.get("more_body", False):
        return HashedPayload(sha256(first.get("body", b"")).hexdigest(), _once(first, receive))
    spool = SpooledTemporaryFile(IN_MEMORY_MAX)  # noqa: SIM115 - it is closed by whoever gives the payload out
    try:
        digest = await _spooled(first, receive, spool)
        spool.seek(0)
    except BaseException:
        spool.close()
        raise
    return HashedPayload(digest, _from_spool(spool, receive))


async def _spooled(first: Message, receive: Receive, spool: "SpooledTemporaryFile[bytes]") -> str:
    digest, size, message = sha256(), 0, first
    while True:
        body: bytes = message.get("body", b"")
        size += len(body)
        if size > PAYLOAD_SIZE_MAX:
            raise payload_too_large()
        digest.update(body)
        spool.write(body)
        if not message.get("more_body", False):
            return digest.hexdigest()
        message = await _piece(receive)


async def _piece(receive: Receive) -> Message:
    message = await receive()
    if message["type"] != "http.request":
        raise ClientLeftError
    return message


def _once(message: Message, receive: Receive) -> Receive:
    waiting = [message]

    async def give() -> Message:
        return waiting.pop() if waiting else await receive()

    return give


def _from_spool(spool: "SpooledTemporaryFile[bytes]", receive: Receive) -> Receive:
    async def give() -> Message:
        if spool.closed:
            return await receive()
        body = spool.read(_PIECE)
        if len(body) < _PIECE:
            spool.close()
        return {"type": "http.request", "body": body, "more_body": len(body) == _PIECE}

    return give
