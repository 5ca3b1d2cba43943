"""uvicorn's HTTP/1.1 protocol with a bound on what a client may send before its headers are complete.

A request for a WebSocket leaves it: the app gets the client's end itself, because ASGI knows messages, not frames.
"""

import asyncio
from typing import Any
from urllib.parse import unquote

import httptools
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol, RequestResponseCycle

from agentcore_emulator.websocket.client import ClientEnd
from agentcore_emulator.websocket.repeated import first_of_repeated

HEAD_SIZE_MAX = 65_536
_TOO_SLOW = (
    b"HTTP/1.1 408 Request Timeout\r\n"
    b"content-type: application/json\r\ncontent-length: 46\r\nconnection: close\r\n\r\n"
    b'{"message": "the request did not come in time"}'
)
CLIENT_END = "agentcore.client_end"
_END_OF_HEAD = b"\r\n\r\n"
_TOO_LARGE = (
    b"HTTP/1.1 431 Request Header Fields Too Large\r\n"
    b"content-type: application/json\r\ncontent-length: 61\r\nconnection: close\r\n\r\n"
    b'{"message": "request line and headers are larger than 64 KB"}'
)


class BoundedHttpProtocol(HttpToolsProtocol):
    """Answers 431 to a request line and headers of more than 64 KB in all, and hangs up."""

    _head_size = 0
    _in_head = True
    _heads = 0
    _received = 0
    _latest = b""

    def data_received(self, data: bytes) -> None:
        """Takes bytes from the client."""
        self._received += len(data)
        if self._in_head:
            self._head_size += len(data)
            self._latest = self._latest[1 - len(_END_OF_HEAD) :] + data
        super().data_received(data)
        if not (self._in_head and self._head_size):
            self._latest = b""
        if self._in_head and self._head_size > HEAD_SIZE_MAX and not self.transport.is_closing():
            self.transport.write(_TOO_LARGE)
            self.transport.close()

    def on_headers_complete(self) -> None:
        """The head is in; from here on the body has its own limits."""
        self._in_head = False
        self._heads += 1
        super().on_headers_complete()

    def on_message_complete(self) -> None:
        """The next request on this connection begins with a head again."""
        self._in_head = True
        self._head_size = 0
        super().on_message_complete()

    def awaited(self) -> object:
        """The rest of a head, as a whole, or the next bytes of a payload; None while we are not waiting for either.

        Between two requests uvicorn's own limit holds.
        """
        cycle: RequestResponseCycle | None = self.cycle
        if self._in_head:
            between = self._heads and not self._head_size
            return None if between or (cycle and not cycle.response_complete) else ("head", self._heads)
        if cycle is None or self.flow.read_paused or cycle.waiting_for_100_continue or not cycle.more_body:
            return None
        return ("payload", self._received)

    def give_up(self) -> None:
        """Answers 408 where no answer is under way, and hangs up."""
        if self._in_head:
            self.transport.write(_TOO_SLOW)
            self.transport.close()
        else:
            self.transport.abort()

    def handle_websocket_upgrade(self) -> None:
        """Gives the connection away, together with the request."""
        self.connections.discard(self)
        last: RequestResponseCycle | None = self.cycle
        in_order = last is None or last.response_complete
        try:
            url = httptools.parse_url(self.url)
        except httptools.HttpParserInvalidURLError:
            in_order = False
        if not in_order:
            self.transport.abort()
            return
        raw_path: bytes = url.path or b"/"
        headers = first_of_repeated(self.headers)
        client = ClientEnd(self.transport, headers)
        self.transport.set_protocol(client)
        _, _, after_head = self._latest.partition(_END_OF_HEAD)
        if after_head:
            client.data_received(after_head)
        scope: dict[str, Any] = {
            **self.scope,
            "type": "websocket",
            "headers": headers,
            "raw_path": raw_path,
            "path": unquote(raw_path.decode("latin-1")),
            "query_string": url.query or b"",
            "extensions": {CLIENT_END: client},
        }
        task = self.loop.create_task(self.app(scope, _nothing_comes, _nothing_goes))
        self.tasks.add(task)
        task.add_done_callback(self.tasks.discard)
        del self.parser  # it and this object hold each other


async def _nothing_comes() -> Any:
    """ASGI's receive: what the client says comes to its end."""
    await asyncio.get_running_loop().create_future()


async def _nothing_goes(message: Any) -> None:
    """ASGI's send: the client is answered through its end."""
