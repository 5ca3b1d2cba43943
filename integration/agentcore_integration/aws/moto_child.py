"""moto's AWS services on a socket the parent listens on.

``python -m agentcore_integration.aws.moto_child --fd N --lifeline-fd M``

Everything is kept in memory, so ending the process at any moment loses nothing that anybody wants.
"""

import argparse
import os
import signal
import socket
import threading
from collections.abc import Sequence


def serve(listener_fd: int, lifeline_fd: int) -> None:
    """Serve until SIGTERM or SIGINT comes, or the parent is gone."""
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: os._exit(0))
    threading.Thread(target=_exit_when_orphaned, args=(lifeline_fd,), daemon=True).start()

    from moto.moto_server.werkzeug_app import DomainDispatcherApplication, create_backend_app
    from werkzeug.serving import make_server

    from agentcore_integration.aws.keep_alive import KeepAliveRequestHandler

    with socket.socket(fileno=os.dup(listener_fd)) as listener:
        host, port = listener.getsockname()[:2]
    server = make_server(
        host,
        port,
        DomainDispatcherApplication(create_backend_app),
        threaded=True,
        request_handler=KeepAliveRequestHandler,
        fd=listener_fd,
    )
    server.serve_forever()


def _exit_when_orphaned(lifeline_fd: int) -> None:
    while os.read(lifeline_fd, 64):
        pass
    os._exit(0)


def main(argv: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(
        prog="python -m agentcore_integration.aws.moto_child", description="Serve moto's AWS services."
    )
    parser.add_argument("--fd", type=int, required=True, help="listening socket")
    parser.add_argument("--lifeline-fd", type=int, required=True, help="read end of a pipe that only the parent writes")
    arguments = parser.parse_args(argv)
    serve(arguments.fd, arguments.lifeline_fd)


if __name__ == "__main__":
    main()
