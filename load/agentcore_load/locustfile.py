"""The same users under Locust's own command line, for its web page and its statistics.

    AGENTCORE_LOAD_PLAN=plan.json AGENTCORE_LOAD_HISTORY=history.jsonl locust -f locustfile.py --headless

Users, spawn rate and times come from the plan; Locust's options for them are overridden. The history is the same as
that of `agentcore_load.run`. One process only: workers have no history of their own yet.
"""

import os
import sys
from contextlib import ExitStack
from pathlib import Path

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


def _take_the_plan(environment: Environment, **_: object) -> None:
    options = environment.parsed_options
    if options is None or options.worker or options.master:
        sys.exit("agentcore_load.locustfile: runs in one process; start it without --master and --worker")
    options.num_users, options.spawn_rate = recorder.plan.users, recorder.plan.spawn_rate
    options.run_time = recorder.plan.duration_s
    environment.host, environment.stop_timeout = recorder.plan.base_url, recorder.plan.stop_timeout_s


def _begin(**_: object) -> None:
    engine.prepare()
    recorder.begin()
    _beside.enter_context(engine.sampling(recorder))


def _end(**_: object) -> None:
    _beside.close()
    recorder.end(FINISHED if recorder.elapsed_s() >= recorder.plan.duration_s else INTERRUPTED)


for event, listener in ((events.init, _take_the_plan), (events.test_start, _begin), (events.test_stop, _end)):
    event.add_listener(listener)  # type: ignore[no-untyped-call] # Locust's event hooks carry no types
