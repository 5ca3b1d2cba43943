"""The raw WebSocket client: frames as they are, silence and hang-ups as what they are."""

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest

from agentcore_contracts.http_client import Request
from agentcore_contracts.verify import TargetUnavailable
from agentcore_contracts.websocket_client import CLOSE, CONTINUATION, TEXT, Frame, WebSocket

ACCEPTED = b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nX-Own:  value \r\n\r\n"


@contextmanager
def server(converse: Callable[[socket.socket], object]) -> Iterator[Request]:
    """A handshake's request to a server of one connection, which reads the head and then does as it is told."""
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def serve() -> None:
            connection, _ = listener.accept()
            with connection:
                while not connection.recv(65_536).endswith(b"\r\n\r\n"):
                    pass
                converse(connection)

        thread = threading.Thread(target=serve)
        thread.start()
        yield Request("GET", f"http://127.0.0.1:{listener.getsockname()[1]}", "/ws?x=%2F", (("Upgrade", "websocket"),))
        thread.join()


def test_frames_come_as_they_are() -> None:
    """Fragments stay fragments; a close frame tells its code."""
    frames = b"\x01\x01a" + b"\x80\x01b" + b"\x88\x05" + (1009).to_bytes(2, "big") + b"big"
    with server(lambda peer: peer.sendall(ACCEPTED + frames)) as request, WebSocket(request) as opened:
        assert (opened.response.status, opened.response.header("x-own")) == (101, "value")
        assert opened.receive() == Frame(TEXT, b"a", final=False)
        assert opened.receive() == Frame(CONTINUATION, b"b", final=True)
        close = opened.receive_close()

    assert close == Frame(CLOSE, (1009).to_bytes(2, "big") + b"big", final=True)
    assert close.close_code == 1009


@pytest.mark.parametrize("size", [0, 125, 126, 65_535, 65_536])
def test_frames_go_as_they_are_given(size: int) -> None:
    """Masked, whole and in order, whatever their size."""

    def echo(peer: socket.socket) -> None:
        peer.sendall(ACCEPTED)
        received = b""
        while not received.endswith(b"end"):
            received += peer.recv(65_536)
        peer.sendall(b"\x82\x7f" + len(received).to_bytes(8, "big") + received)

    with server(echo) as request, WebSocket(request) as opened:
        opened.send((TEXT, b"x" * size, False), (CONTINUATION, b"end", True))
        frame = opened.receive()

    assert frame is not None
    assert (frame.payload[0], frame.payload[1] & 0x80) == (TEXT, 0x80)
    assert frame.payload.endswith(b"x" * size + b"\x80\x83\0\0\0\0end")


def test_silence_and_the_end_are_no_frame() -> None:
    """Both are None, and neither raises."""
    over = threading.Event()

    def keep_silent(peer: socket.socket) -> None:
        peer.sendall(ACCEPTED)
        over.wait(20)

    with server(keep_silent) as request, WebSocket(request, silence_s=0.05) as opened:
        assert opened.receive() is None
        over.set()
    with server(lambda peer: peer.sendall(ACCEPTED + b"\x81")) as request, WebSocket(request) as opened:
        assert opened.receive_close() is None


def test_no_answer_to_a_handshake_is_no_finding() -> None:
    """The target is not available; a refusal is an answer."""
    with server(socket.socket.getpeername) as request, pytest.raises(TargetUnavailable, match="hung up"):
        WebSocket(request).__enter__()
    with server(lambda peer: peer.sendall(b"HTTP/1.1 403 Forbidden\r\n\r\n")) as request, WebSocket(request) as opened:
        assert opened.response.status == 403
