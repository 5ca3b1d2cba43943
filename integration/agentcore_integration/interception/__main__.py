"""``python -m agentcore_integration.interception``: the proxy as a child process of the stack."""

import argparse
import asyncio
import os
import signal
import socket
import threading
from pathlib import Path

from agentcore_integration.interception.authority import Authority
from agentcore_integration.interception.hosts import Address, Doors
from agentcore_integration.interception.proxy import HEAD_SIZE_MAX, Proxy


async def serve(proxy: Proxy, authority: Authority, listener: socket.socket, tls_port_file: Path) -> None:
    """Serve until cancelled; the TLS door's port is written to ``tls_port_file`` when it is open."""
    direct = await asyncio.start_server(
        proxy.direct, "127.0.0.1", 0, ssl=authority.local_context, limit=HEAD_SIZE_MAX, ssl_handshake_timeout=10
    )
    written = tls_port_file.with_suffix(".part")
    written.write_text(str(direct.sockets[0].getsockname()[1]), encoding="ascii")
    written.rename(tls_port_file)
    server = await asyncio.start_server(proxy.connect, sock=listener, limit=HEAD_SIZE_MAX)
    async with direct, server:
        await asyncio.gather(direct.serve_forever(), server.serve_forever())


def address(text: str) -> Address:
    """Read ``HOST:PORT``."""
    host, _, port = text.rpartition(":")
    return host, int(port)


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m agentcore_integration.interception")
    parser.add_argument("--fd", type=int, required=True, help="listening socket of the proxy")
    parser.add_argument("--lifeline-fd", type=int, required=True, help="pipe that ends when the parent is gone")
    parser.add_argument("--agentcore", type=address, required=True, metavar="HOST:PORT", help="the emulator")
    parser.add_argument("--aws", type=address, required=True, metavar="HOST:PORT", help="moto")
    parser.add_argument("--folder", type=Path, required=True, help="where the authority is, and the TLS port's number")
    options = parser.parse_args()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: os._exit(0))
    threading.Thread(target=_exit_when_orphaned, args=(options.lifeline_fd,), daemon=True).start()
    authority = Authority.load(options.folder)
    proxy = Proxy(Doors(options.agentcore, options.aws), authority)
    listener = socket.socket(fileno=options.fd)
    asyncio.run(serve(proxy, authority, listener, options.folder / "tls-port"))


def _exit_when_orphaned(lifeline_fd: int) -> None:
    while os.read(lifeline_fd, 64):
        pass
    os._exit(0)


if __name__ == "__main__":
    main()
