"""Runs users with Locust in this process, samples the generator beside them, and ends in order.

Importing this module imports Locust, which patches the sockets of the whole process.
"""

import gc
import signal
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Final

import gevent
from gevent.event import Event
from locust.env import Environment
from locust.runners import LocalRunner

from agentcore_load.history import FINISHED, INTERRUPTED, NO_USERS_LEFT
from agentcore_load.recorder import Recorder
from agentcore_load.stream_reader import check_liveness_without_yielding
from agentcore_load.users import user_class

_SAMPLE_S: Final = 0.1
_PROGRESS_S: Final = 1.0


def run(recorder: Recorder) -> str:
    """Run the recorder's plan to its end, to the first signal, or until no user is left. Returns which it was."""
    plan = recorder.plan
    environment = Environment(user_classes=[user_class(recorder)], host=plan.base_url, stop_timeout=plan.stop_timeout_s)
    runner = environment.create_local_runner()
    interrupted = Event()

    def interrupt() -> None:
        interrupted.set()
        environment.stop_timeout = 0.0
        runner.user_greenlets.kill(block=False)

    for number in (signal.SIGINT, signal.SIGTERM):
        gevent.signal_handler(number, interrupt)
    prepare()
    recorder.begin()
    with sampling(recorder), reporting(recorder):
        runner.start(plan.users, plan.spawn_rate)
        reason = _wait(recorder, runner, interrupted)
        _stop_users(runner)
    runner.quit()
    reason = INTERRUPTED if interrupted.is_set() else reason
    recorder.end(reason)
    return reason


def _wait(recorder: Recorder, runner: LocalRunner, interrupted: Event) -> str:
    while recorder.elapsed_s() < recorder.plan.duration_s:
        if interrupted.wait(min(_SAMPLE_S, max(0.0, recorder.plan.duration_s - recorder.elapsed_s()))):
            return INTERRUPTED
        if recorder.users_started >= recorder.plan.users and runner.user_count == 0:
            return NO_USERS_LEFT
    return FINISHED


def _stop_users(runner: LocalRunner) -> None:
    """Let every user end its stream, for the stop timeout at most.

    `runner.quit` would do so too, but it first inspects its call stack for a log line, and with 200 open streams the
    30 ms that takes were seen as late first chunks. Source: own measurement, read 2026-11-20 - observed
    """
    if runner.spawning_greenlet is not None:
        runner.spawning_greenlet.kill()
    runner.stop_users(runner.user_classes_count)


def prepare() -> None:
    """What makes stamps truer: no yielding before a send, and no collection of what was imported."""
    check_liveness_without_yielding()
    gc.collect()
    gc.freeze()


@contextmanager
def sampling(recorder: Recorder) -> Iterator[None]:
    """Take a sample of the generator each 100 ms, as long as the block runs."""
    with _beside(_sample_for_ever, recorder):
        yield


@contextmanager
def reporting(recorder: Recorder) -> Iterator[None]:
    """Write a line about the run each second to stderr, as long as the block runs."""
    with _beside(_report_for_ever, recorder):
        yield
    print(recorder.progress(), file=sys.stderr, flush=True)


@contextmanager
def _beside(work: Callable[[Recorder], None], recorder: Recorder) -> Iterator[None]:
    greenlet = gevent.spawn(work, recorder)
    try:
        yield
    finally:
        greenlet.kill()


def _sample_for_ever(recorder: Recorder) -> None:
    while True:
        due_s = time.perf_counter() + _SAMPLE_S
        gevent.sleep(_SAMPLE_S)
        recorder.sample(time.perf_counter() - due_s)


def _report_for_ever(recorder: Recorder) -> None:
    while True:
        gevent.sleep(_PROGRESS_S)
        print(recorder.progress(), file=sys.stderr, flush=True)
