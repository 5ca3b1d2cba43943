"""The same users under Locust's own command line, for its statistics and reports.

    AGENTCORE_LOAD_PLAN=plan.json AGENTCORE_LOAD_HISTORY=history.jsonl locust -f locustfile.py --headless

Users, spawn rate and times come from the plan; Locust's options for them are overridden. The history is the same as
that of `agentcore_load.run`. Headless and in one process only: a history is the record of one run by one process.
"""

import os
import sys
from contextlib import ExitStack
from pathlib import Path

import gevent
from gevent.event import Event
from locust import events
from locust.env import Environment

from agentcore_load import engine
from agentcore_load.history import FINISHED, INTERRUPTED, HistoryWriter
from agentcore_load.plan import Plan, PlanError
from agentcore_load.recorder import Recorder
from agentcore_load.users import user_class

try:
    recorder = Recorder(
        Plan.load(Path(os.environ["AGENTCORE_LOAD_PLAN"])), HistoryWriter(Path(os.environ["AGENTCORE_LOAD_HISTORY"]))
    )
except KeyError as missing:
    sys.exit(f"agentcore_load.locustfile: set the environment variable {missing}")
except (PlanError, OSError) as error:
    sys.exit(f"agentcore_load.locustfile: {error}")

LoadUser = user_class(recorder)
_beside = ExitStack()
_planned_end = Event()


def _take_the_plan(environment: Environment, **_: object) -> None:
    options = environment.parsed_options
    if options is None or options.worker or options.master or not options.headless:
        sys.exit("agentcore_load.locustfile: start it with --headless, without --master and --worker")
    options.num_users, options.spawn_rate, options.run_time = recorder.plan.users, recorder.plan.spawn_rate, None
    environment.host, environment.stop_timeout = recorder.plan.base_url, recorder.plan.stop_timeout_s


def _begin(environment: Environment, **_: object) -> None:
    engine.prepare()
    recorder.begin()
    _beside.enter_context(engine.sampling(recorder))
    gevent.spawn(_finish, environment)


def _finish(environment: Environment) -> None:
    gevent.sleep(recorder.plan.duration_s - recorder.elapsed_s())
    _planned_end.set()
    if environment.runner is not None:
        environment.runner.quit()


def _end(**_: object) -> None:
    _beside.close()
    recorder.end(FINISHED if _planned_end.is_set() else INTERRUPTED)


for event, listener in ((events.init, _take_the_plan), (events.test_start, _begin), (events.test_stop, _end)):
    event.add_listener(listener)  # type: ignore[no-untyped-call] # Locust's event hooks carry no types
