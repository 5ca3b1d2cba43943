"""The two doors for programs that want TLS: a CONNECT proxy for AWS's host names, and a TLS port of the emulator.

    program ── CONNECT bedrock-agentcore.….amazonaws.com:443 ──▶ proxy ── plain HTTP ──▶ emulator
            ── CONNECT dynamodb.….amazonaws.com:443 ──────────▶       ── plain HTTP ──▶ moto
            ── CONNECT anything-else:443 ─────────────────────▶ 403

TLS ends here, with a certificate of the run's own authority. Behind it, bytes pass through untouched both ways, so
streams, event streams and WebSockets are what the servers make of them.
"""

import asyncio
import contextlib
import logging
import re

from agentcore_integration.interception.authority import Authority
from agentcore_integration.interception.hosts import Address, Doors

HEAD_SIZE_MAX = 16_384
HEAD_TIMEOUT_S = 10.0
TLS_TIMEOUT_S = 10.0
CONNECTIONS_MAX = 2_000
CHUNK_SIZE = 65_536
CONNECT_LINE = re.compile(rb"CONNECT ([A-Za-z0-9._-]{1,253}):([0-9]{1,5}) HTTP/1\.[01]\r\n")

log = logging.getLogger("agentcore_integration.interception")


class Proxy:
    """Serves both doors."""

    def __init__(self, doors: Doors, authority: Authority) -> None:
        self._doors = doors
        self._authority = authority
        self._open = 0

    async def connect(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Serve one connection to the proxy door."""
        with contextlib.suppress(OSError, asyncio.IncompleteReadError, TimeoutError):
            await self._connect(reader, writer)
        await _close(writer)

    async def direct(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Serve one connection to the TLS door, behind which is the emulator."""
        with contextlib.suppress(OSError):
            await self._splice(self._doors.agentcore, reader, writer)
        await _close(writer)

    async def _connect(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            async with asyncio.timeout(HEAD_TIMEOUT_S):
                head = await reader.readuntil(b"\r\n\r\n")
        except asyncio.LimitOverrunError:
            await _refuse(writer, 431, "the request's headers are too long")
            return
        asked = CONNECT_LINE.match(head)
        if asked is None:
            await _refuse(writer, 405, "this proxy takes CONNECT HOST:PORT, and nothing else")
            return
        host = asked[1].decode("ascii")
        upstream = self._doors.behind(host)
        if upstream is None or asked[2] != b"443":
            log.warning("refused CONNECT %s:%s", host, asked[2].decode("ascii"))
            await _refuse(writer, 403, f"{host}:{asked[2].decode()} is not a part of the offline AWS")
            return
        if self._open >= CONNECTIONS_MAX:
            await _refuse(writer, 503, f"more than {CONNECTIONS_MAX} connections")
            return
        writer.write(b"HTTP/1.1 200 Connection established\r\n\r\n")
        await writer.drain()
        await writer.start_tls(self._authority.context_for(host.lower()), ssl_handshake_timeout=TLS_TIMEOUT_S)
        await self._splice(upstream, reader, writer)

    async def _splice(self, upstream: Address, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._open += 1
        try:
            up_reader, up_writer = await asyncio.open_connection(*upstream)
            try:
                await _both_ways((reader, up_writer), (up_reader, writer))
            finally:
                await _close(up_writer)
        finally:
            self._open -= 1


async def _both_ways(*ways: tuple[asyncio.StreamReader, asyncio.StreamWriter]) -> None:
    """Copy until one side ends; TLS cannot be half closed, so then the exchange is over."""
    copies = [asyncio.create_task(_copy(source, sink)) for source, sink in ways]
    try:
        await asyncio.wait(copies, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for copy in copies:
            copy.cancel()
        await asyncio.gather(*copies, return_exceptions=True)


async def _copy(source: asyncio.StreamReader, sink: asyncio.StreamWriter) -> None:
    while chunk := await source.read(CHUNK_SIZE):
        sink.write(chunk)
        await sink.drain()


async def _refuse(writer: asyncio.StreamWriter, status: int, reason: str) -> None:
    body = f"agentcore-harness: {reason}\n".encode()
    head = f"HTTP/1.1 {status} Refused\r\ncontent-type: text/plain\r\ncontent-length: {len(body)}\r\nconnection: close"
    writer.write(head.encode("ascii") + b"\r\n\r\n" + body)
    await writer.drain()


async def _close(writer: asyncio.StreamWriter) -> None:
    writer.close()
    with contextlib.suppress(OSError, TimeoutError):
        async with asyncio.timeout(1.0):
            await writer.wait_closed()
