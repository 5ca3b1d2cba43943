"""The output of one command on its way to the client: contentStart, contentDelta…, contentStop.

Every event is one frame of 64 KB at most, however the command writes: what is read at once is bounded so that it fits
even when every byte of it has to be escaped. Nothing more is read from the command while the client does not read.
"""

import asyncio
import logging
from codecs import getincrementaldecoder
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from agentcore_emulator.agents.shell import Shell
from agentcore_emulator.core import Core
from agentcore_emulator.errors import InternalServerException, ServiceError, ServiceQuotaExceededException
from agentcore_emulator.exchange import Headers, Receive, Send
from agentcore_emulator.protocol.eventstream import CONTENT_TYPE, encode_event, encode_exception

READ_SIZE: Final = 10_000
RESPONSE_SIZE_MAX: Final = 100_000_000
DRAIN_S: Final = 1.0
EXIT_CODE_OF_A_TIMEOUT: Final = -1

log = logging.getLogger("agentcore_emulator.aws")

_Decoder = getincrementaldecoder("utf-8")


class CommandStream:
    """One answer; `run` sends it whole, `fail` says why there is none, or no more of it."""

    def __init__(self, core: Core, receive: Receive, send: Send) -> None:
        self.headers: Headers = []
        self._core = core
        self._receive = receive
        self._send = send
        self._started = False
        self._size = 0
        self._sending = 0

    async def run(self, text: str, timeout_s: float, folder: Path, environment: Mapping[str, str]) -> None:
        """Runs the command until it ends, its time is over, or the client leaves; nothing of it is left then.

        Source: service model, ResponseChunk and ContentStopEvent, read 2026-11-20 - documented; the exit code of a
        command that ran out of time, and that one whose client leaves is ended, are assumed

        Raises:
            InternalServerException: it could not be begun.
        """
        try:
            shell = await Shell.start(text, folder, environment, self._core.lifeline)
        except OSError as failure:
            log.exception("a command could not be begun in %s", folder)
            raise InternalServerException(f"The command could not be begun: {failure.strerror}") from failure
        try:
            await self._start()
            await self._relay(shell, timeout_s)
        finally:
            await shell.close()

    async def fail(self, error: ServiceError) -> None:
        """Ends a stream that has begun with an exception of its model; raises `error` when none has begun."""
        if not self._started:
            raise error
        code = error.code
        frame = encode_exception(code[0].lower() + code[1:], error.message)
        await self._send({"type": "http.response.body", "body": frame, "more_body": True})
        await self._end()

    async def _relay(self, shell: Shell, timeout_s: float) -> None:
        timed_out = asyncio.Event()
        timer = self._core.timers.call_at(self._core.clock.now() + timeout_s, timed_out.set)
        exited = asyncio.create_task(shell.wait())
        over = asyncio.create_task(timed_out.wait())
        left = asyncio.create_task(self._client_left())
        output = [
            asyncio.create_task(self._deltas(shell.stdout, "stdout")),
            asyncio.create_task(self._deltas(shell.stderr, "stderr")),
        ]
        try:
            await _first_of([exited, over, left], output)
            completed = exited.done()
            shell.kill()
            await self._drain(output)
            if not left.done():
                await self._stop(exited.result() if completed else None)
        finally:
            timer.cancel()
            for task in (exited, over, left, *output):
                task.cancel()

    async def _deltas(self, output: asyncio.StreamReader, name: str) -> None:
        decoder = _Decoder("replace")
        while data := await output.read(READ_SIZE):
            await self._delta(name, decoder.decode(data))
        await self._delta(name, decoder.decode(b"", final=True))

    async def _delta(self, name: str, text: str) -> None:
        if text:
            await self._frame(encode_event("chunk", {"contentDelta": {name: text}}))

    async def _drain(self, output: list[asyncio.Task[None]]) -> None:
        """Sends what the ended command had written; a process that left its group is not waited for."""
        while not all(task.done() for task in output):
            size = self._size
            await asyncio.wait(output, timeout=DRAIN_S)
            if self._size == size and not self._sending:
                break
        for task in output:
            if task.done():
                task.result()

    async def _start(self) -> None:
        self._started = True
        headers = [*self.headers, (b"content-type", CONTENT_TYPE.encode())]
        await self._send({"type": "http.response.start", "status": 200, "headers": headers})
        await self._frame(encode_event("chunk", {"contentStart": {}}))

    async def _stop(self, exit_code: int | None) -> None:
        stop: dict[str, object] = {"exitCode": exit_code, "status": "COMPLETED"}
        if exit_code is None:
            stop = {"exitCode": EXIT_CODE_OF_A_TIMEOUT, "status": "TIMED_OUT"}
        await self._frame(encode_event("chunk", {"contentStop": stop}))
        await self._end()

    async def _frame(self, frame: bytes) -> None:
        """Sends one frame.

        Source: developer guide, quotas, read 2026-11-20 - documented; how a longer answer ends is assumed

        Raises:
            ServiceQuotaExceededException: the answer is longer than the service lets it be.
        """
        self._size += len(frame)
        if self._size > RESPONSE_SIZE_MAX:
            raise ServiceQuotaExceededException(f"The command wrote more than {RESPONSE_SIZE_MAX} bytes")
        self._sending += 1
        try:
            await self._send({"type": "http.response.body", "body": frame, "more_body": True})
        finally:
            self._sending -= 1

    async def _end(self) -> None:
        await self._send({"type": "http.response.body", "body": b"", "more_body": False})

    async def _client_left(self) -> None:
        while (await self._receive())["type"] == "http.request":
            pass


async def _first_of(events: Sequence[asyncio.Task[Any]], output: Sequence[asyncio.Task[None]]) -> None:
    """Returns when one of the events has come.

    Raises:
        ServiceError: as the tasks that send output.
    """
    waiting: set[asyncio.Task[Any]] = {*events, *output}
    while not any(event.done() for event in events):
        done, waiting = await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
        for task in done.difference(events):
            task.result()
