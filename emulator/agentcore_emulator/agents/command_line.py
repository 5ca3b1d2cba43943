"""The options of the command line that are about agents and their sessions."""

from collections.abc import Callable, Mapping
from typing import Any, TypeVar

import click

from agentcore_emulator.agents.cold_start import parse_cold_start
from agentcore_emulator.agents.options import FILES, MEMORY_BYTES, HostOptions, parse_attach, parse_lifecycle

MIB = 1024 * 1024
POOL_MAX = 8

Command = TypeVar("Command", bound=Callable[..., Any])

_OPTIONS = (
    click.option("--attach", multiple=True, metavar="NAME=URL", help="An agent that you run yourself. Repeatable."),
    click.option(
        "--lifecycle", multiple=True, metavar="NAME=IDLE_S:LIFE_S", help="Session times of a runtime. Repeatable."
    ),
    click.option(
        "--isolation",
        default="session",
        show_default=True,
        type=click.Choice(("session", "runtime")),
        help="A process for each session, or one for all sessions of a runtime.",
    ),
    click.option(
        "--pool",
        default=1,
        show_default=True,
        type=click.IntRange(0, POOL_MAX),
        help="Processes that stand ready for each live runtime.",
    ),
    click.option("--cold-start", metavar="SPEC", help="1.5, uniform:1:3 or lognormal:1.8:0.4 seconds; then no pool."),
    click.option("--pass-env", multiple=True, metavar="NAME", help="A variable that agents inherit. Repeatable."),
    click.option(
        "--memory-limit-mib",
        default=MEMORY_BYTES // MIB,
        show_default=True,
        type=click.IntRange(0),
        help="Address space of an agent's process; 0: no limit.",
    ),
    click.option(
        "--file-limit", default=FILES, show_default=True, type=click.IntRange(0), help="Open files; 0: no limit."
    ),
)


def agent_options(command: Command) -> Command:
    """Adds the options to a command."""
    for option in reversed(_OPTIONS):
        command = option(command)
    return command


def read_agent_options(options: Mapping[str, Any]) -> dict[str, Any]:
    """The fields of `Settings` that these options fill.

    Raises:
        UsageError: one of them has another form.
    """
    cold_start = options["cold_start"]
    return {
        "attached": tuple(parse_attach(text) for text in options["attach"]),
        "lifecycles": dict(parse_lifecycle(text) for text in options["lifecycle"]),
        "host": HostOptions(
            isolation=options["isolation"],
            pool=options["pool"],
            cold_start=None if cold_start is None else parse_cold_start(cold_start),
            pass_env=tuple(options["pass_env"]),
            memory_bytes=options["memory_limit_mib"] * MIB or None,
            files=options["file_limit"] or None,
        ),
    }
