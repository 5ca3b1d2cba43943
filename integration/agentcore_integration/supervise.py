"""Run a command that knows nothing of lifelines, and end all of it when the parent is gone.

``python -m agentcore_integration.supervise --lifeline-fd N -- CMD ARG...``
starts the command in a process group of its own and passes its exit code on.
On SIGTERM, SIGINT, or end-of-file on the lifeline (the parent died), the group and every descendant get SIGTERM,
and after ``GRACE_S`` SIGKILL.
"""

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Sequence

from agentcore_integration.process_tree import end_tree

GRACE_S = 2.0
COMMAND_NOT_STARTED = 127


def supervise(lifeline_fd: int, command: Sequence[str]) -> int:
    """Run ``command`` to its end and return its exit code (128 + signal number when a signal ended it)."""
    os.set_inheritable(lifeline_fd, False)
    signals = {signal.SIGTERM, signal.SIGINT}
    signal.pthread_sigmask(signal.SIG_BLOCK, signals)
    try:
        process = subprocess.Popen(
            command,
            close_fds=False,
            process_group=0,
            # the mask is inherited over exec, and the command must see its signals
            preexec_fn=lambda: signal.pthread_sigmask(signal.SIG_UNBLOCK, signals),  # noqa: PLW1509 - no threads yet
        )
    except OSError as error:
        print(f"{command[0]}: {error.strerror}", file=sys.stderr)
        return COMMAND_NOT_STARTED
    threading.Thread(target=_signal_when_orphaned, args=(lifeline_fd,), daemon=True).start()
    threading.Thread(target=_signal_when_ended, args=(process,), daemon=True).start()
    signal.sigwait(signals)
    exit_code = end_tree(process, GRACE_S)
    return exit_code if exit_code >= 0 else 128 - exit_code


def _signal_when_orphaned(lifeline_fd: int) -> None:
    while os.read(lifeline_fd, 64):
        pass
    os.kill(os.getpid(), signal.SIGTERM)


def _signal_when_ended(process: "subprocess.Popen[bytes]") -> None:
    process.wait()
    os.kill(os.getpid(), signal.SIGTERM)


def main(argv: Sequence[str]) -> int:
    if len(argv) < 4 or argv[0] != "--lifeline-fd" or not argv[1].isdigit() or argv[2] != "--":
        print("usage: python -m agentcore_integration.supervise --lifeline-fd N -- COMMAND...", file=sys.stderr)
        return 2
    return supervise(int(argv[1]), argv[3:])


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
