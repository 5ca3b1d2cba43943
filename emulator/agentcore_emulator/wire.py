"""uvicorn's HTTP/1.1 protocol with a bound on what a client may send before its headers are complete."""

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

HEAD_SIZE_MAX = 65_536
_TOO_LARGE = (
    b"HTTP/1.1 431 Request Header Fields Too Large\r\n"
    b"content-type: application/json\r\ncontent-length: 61\r\nconnection: close\r\n\r\n"
    b'{"message": "request line and headers are larger than 64 KB"}'
)


class BoundedHttpProtocol(HttpToolsProtocol):
    """Answers 431 to a request line and headers of more than 64 KB in all, and hangs up."""

    _head_size = 0
    _in_head = True

    def data_received(self, data: bytes) -> None:
        """Takes bytes from the client."""
        if self._in_head:
            self._head_size += len(data)
        super().data_received(data)
        if self._in_head and self._head_size > HEAD_SIZE_MAX and not self.transport.is_closing():
            self.transport.write(_TOO_LARGE)
            self.transport.close()

    def on_headers_complete(self) -> None:
        """The head is in; from here on the body has its own limits."""
        self._in_head = False
        super().on_headers_complete()

    def on_message_complete(self) -> None:
        """The next request on this connection begins with a head again."""
        self._in_head = True
        self._head_size = 0
        super().on_message_complete()
