"""The command that makes a history: `python -m agentcore_load.run --plan PLAN.json --history HISTORY.jsonl`.

Always a process of its own, because Locust patches the sockets of the process that imports it. It exits with 0 when
the run took place, whatever it observed, and with 2 when it could not; judging is another step.
"""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from agentcore_load import lifeline
from agentcore_load.history import HistoryWriter
from agentcore_load.plan import Plan, PlanError
from agentcore_load.recorder import Recorder

COULD_NOT_RUN = 2


def main(argv: Sequence[str] | None = None) -> int:
    """Run a plan and write its history."""
    parser = argparse.ArgumentParser("python -m agentcore_load.run", description="Run a load plan, write its history.")
    parser.add_argument("--plan", type=Path, required=True, help="JSON file that says what to do")
    parser.add_argument(
        "--history", type=Path, required=True, help="file for the raw history; an older one is replaced"
    )
    parser.add_argument("--lifeline-fd", type=int, help="read end of a pipe: when it reads EOF, this process ends")
    options = parser.parse_args(argv)
    try:
        if options.lifeline_fd is not None:
            lifeline.watch(options.lifeline_fd)
        plan = Plan.load(options.plan)
        with HistoryWriter(options.history) as history:
            _run(plan, history)
    except PlanError as error:
        return _could_not_run(str(error))
    except OSError as error:
        return _could_not_run(f"{error.filename or 'a file'}: {error.strerror}")
    except ModuleNotFoundError as error:
        return _could_not_run(f"{error}; install it with: pip install 'agentcore-harness[load]'")
    except KeyboardInterrupt:
        return _could_not_run("interrupted before the run began")
    return 0


def _run(plan: Plan, history: HistoryWriter) -> None:
    # Imported here: a plan that is wrong is refused at once, not after the second that Locust takes to import.
    from agentcore_load import engine

    engine.run(Recorder(plan, history))


def _could_not_run(reason: str) -> int:
    print(f"agentcore_load.run: {reason}", file=sys.stderr)
    return COULD_NOT_RUN


if __name__ == "__main__":
    sys.exit(main())
