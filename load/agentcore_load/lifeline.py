"""Ends this process when its parent is gone, however the parent died.

The parent keeps the write end of a pipe and gives the read end to the child. A read that comes back empty means that
nobody holds the write end any more. The wait is done by a native thread, so that it works while the event loop is
busy or stuck, and it must be started before anything patches threads.
"""

import _thread
import os
import signal
import time
from collections.abc import Callable

_GRACE_S = 0.5


def watch(descriptor: int) -> None:
    """From now on, ask this process to stop when `descriptor` reads EOF, and end it soon after, whatever it does.

    Raises:
        OSError: the descriptor is not open.
    """
    os.set_inheritable(descriptor, False)
    _thread.start_new_thread(_wait, (descriptor, time.sleep))


def _wait(descriptor: int, sleep: Callable[[float], None]) -> None:
    while os.read(descriptor, 1024):
        pass
    os.kill(os.getpid(), signal.SIGTERM)
    sleep(_GRACE_S)
    os._exit(1)
