"""An event-stream server that knows the truth: it stamps when a request came in and when each event went out.

Every path `/stream/<name>` answers by the script of that name. `GET /journal` returns the stamps, by the `key` in the
body of the invocation. As a program it serves until it is told to stop: `python stamping_server.py --fd N`.
"""

import argparse
import asyncio
import gc
import json
import socket
import threading
import time
from dataclasses import dataclass, field, replace
from types import TracebackType
from typing import Final, Self, cast


@dataclass(frozen=True)
class Script:
    """What a stream does. Times are in seconds."""

    first_s: float = 0.2
    gap_s: float = 0.02
    events: int = 5
    noise: bytes = b""
    """Sent at once, before the first content event."""
    newline: bytes = b"\n"
    padding: int = 0
    tail: str | None = "done"
    """Type of the last event."""
    ending: str = "clean"
    """`clean`, `cut` (the connection breaks in the middle of an event), or `hang`."""
    chunked: bool = True
    status: int = 200
    content_type: str = "text/event-stream; charset=utf-8"


OK: Final = Script(first_s=0.1, gap_s=0.1, events=4)
SCRIPTS: Final = {
    "ok": OK,
    "noise": replace(OK, noise=b": connected\n\nevent: ping\ndata: x\n\ndata\n\nevent: chu"),
    "crlf": replace(OK, newline=b"\r\n"),
    "cr": replace(OK, newline=b"\r"),
    "close_delimited": replace(OK, chunked=False),
    "cut": replace(OK, ending="cut"),
    "error": replace(OK, tail="error"),
    "no_terminator": replace(OK, tail=None),
    "hang": replace(OK, events=0, tail=None, ending="hang"),
    "refused": replace(OK, status=500, content_type="application/json"),
    "json": replace(OK, content_type="application/json"),
    "empty": replace(OK, events=0),
    "paced": Script(first_s=0.2, gap_s=0.05, events=20, padding=130),
}


@dataclass
class Stamps:
    """When one invocation came in and when its content events went out, on the monotonic clock of the machine."""

    received_s: float
    sent_s: list[float] = field(default_factory=list)


class _Connection(asyncio.Protocol):
    def __init__(self, journal: dict[str, Stamps], is_open: set[asyncio.Transport]) -> None:
        self._journal = journal
        self._open = is_open
        self._received = b""
        self._tasks: set[asyncio.Task[None]] = set()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)  # uvloop's own is no subclass of it
        self._open.add(self._transport)

    def data_received(self, data: bytes) -> None:
        now_s = time.perf_counter()
        self._received += data
        head, found, rest = self._received.partition(b"\r\n\r\n")
        length = next((int(line[15:]) for line in head.split(b"\r\n") if line.lower()[:15] == b"content-length:"), 0)
        if not found or len(rest) < length:
            return
        self._received = rest[length:]
        task = asyncio.ensure_future(self._answer(head.decode("latin-1"), rest[:length], now_s))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    def connection_lost(self, _error: Exception | None) -> None:
        self._open.discard(self._transport)
        for task in self._tasks:
            task.cancel()

    async def _answer(self, head: str, body: bytes, received_s: float) -> None:
        path = head.split(" ")[1]
        if path == "/journal":
            stamps = {key: [entry.received_s, *entry.sent_s] for key, entry in self._journal.items()}
            self._whole(200, json.dumps(stamps).encode())
        elif path == "/chats":
            self._whole(201, b'{"session_id": "session-of-more-than-33-characters-0001", "count": 1}')
        elif path == "/refuse":
            self._whole(401, head.encode("latin-1"))
        else:
            entry = self._journal[json.loads(body)["key"]] = Stamps(received_s)
            await self._stream(SCRIPTS[path.rsplit("/", 1)[-1]], entry)

    def _whole(self, status: int, body: bytes) -> None:
        self._transport.write(b"HTTP/1.1 %d X\r\nContent-Length: %d\r\n\r\n" % (status, len(body)) + body)

    async def _stream(self, script: Script, entry: Stamps) -> None:
        framing = "Transfer-Encoding: chunked" if script.chunked else "Connection: close"
        head = f"HTTP/1.1 {script.status} X\r\nContent-Type: {script.content_type}\r\n{framing}\r\n\r\n"
        self._transport.write(head.encode())
        self._write(script, script.noise)
        await asyncio.sleep(script.first_s)
        for number in range(script.events):
            if number:
                await asyncio.sleep(script.gap_s)
            entry.sent_s.append(time.perf_counter())
            first = b"" if number or not script.noise else b"nk\ndata: 0\n\n"  # the noise ends within a field name
            self._write(script, first or _event(script, "chunk", {"text": "x" * script.padding, "number": number}))
        if script.tail is not None:
            self._write(script, _event(script, script.tail, {"message": f"this is the {script.tail} event"}))
        if script.ending == "cut":
            self._write(script, b"event: chunk\ndata: {")
            self._transport.close()
        elif script.ending == "clean" and script.chunked:
            self._transport.write(b"0\r\n\r\n")
        elif script.ending == "clean":
            self._transport.close()

    def _write(self, script: Script, data: bytes) -> None:
        if data:
            self._transport.write(b"%x\r\n%b\r\n" % (len(data), data) if script.chunked else data)


def _event(script: Script, kind: str, content: dict[str, object]) -> bytes:
    lines = [f"event: {kind}".encode(), b"data: " + json.dumps(content).encode(), b"", b""]
    return script.newline.join(lines)


def listen() -> socket.socket:
    """A listening socket on a free port of the loopback."""
    # The protocol is named, because asyncio switches Nagle's delay off only where it sees it.
    listening = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listening.bind(("127.0.0.1", 0))
    listening.listen(1024)
    return listening


async def serve(listening: socket.socket, journal: dict[str, Stamps], stop: asyncio.Event) -> None:
    """Serve until `stop` is set."""
    is_open: set[asyncio.Transport] = set()
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: _Connection(journal, is_open), sock=listening)
    await stop.wait()
    server.close()
    for transport in list(is_open):
        transport.abort()
    await asyncio.sleep(0)  # the aborted connections are closed in the next turn of the loop


class StampingServer:
    """The server in a thread of this process, for the time of a block."""

    def __enter__(self) -> Self:
        self._listening = listen()
        self.url = f"http://127.0.0.1:{self._listening.getsockname()[1]}"
        self.journal: dict[str, Stamps] = {}
        self._loop = asyncio.new_event_loop()
        self._stop = asyncio.Event()
        self._thread = threading.Thread(target=self._run)
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._loop.call_soon_threadsafe(self._stop.set)
        self._thread.join()

    def _run(self) -> None:
        with asyncio.Runner(loop_factory=lambda: self._loop) as runner:
            runner.run(serve(self._listening, self.journal, self._stop))


def main() -> None:
    """Serve on the listening socket that the parent passed."""
    import uvloop

    gc.disable()  # a collection between a stamp and its write would be counted as an error of the client
    parser = argparse.ArgumentParser()
    parser.add_argument("--fd", type=int, required=True)
    listening = socket.socket(fileno=parser.parse_args().fd)
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(serve(listening, {}, asyncio.Event()))


if __name__ == "__main__":
    main()
