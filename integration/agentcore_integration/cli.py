"""``agentcore-harness``: one verb per job.

Exit codes: 0 pass, 1 fail, 2 unknown (also: the harness could not do its work), 130 stopped by Ctrl-C.
"""

import signal
import sys
from pathlib import Path
from types import FrameType
from typing import NoReturn

import click

EXIT_UNKNOWN = 2
EXIT_INTERRUPTED = 130


def main() -> NoReturn:
    """Run the command line; every expected error is one clear message on stderr, never a traceback."""
    from agentcore_integration.errors import HarnessError
    from agentcore_integration.process import ChildError

    signal.signal(signal.SIGTERM, _interrupt)
    try:
        code = commands.main(standalone_mode=False)
    except click.ClickException as error:
        error.show()
        sys.exit(EXIT_UNKNOWN)
    except (click.Abort, KeyboardInterrupt):
        click.echo("agentcore-harness: stopped; everything it started has ended", err=True)
        sys.exit(EXIT_INTERRUPTED)
    except (HarnessError, ChildError) as error:
        click.echo(f"agentcore-harness: {error}", err=True)
        sys.exit(EXIT_UNKNOWN)
    sys.exit(code or 0)


def _interrupt(_signal: int, _frame: FrameType | None) -> NoReturn:
    raise KeyboardInterrupt


@click.group(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(package_name="agentcore-harness")
def commands() -> None:
    """Run a backend, unmodified, against an offline AWS with a faithful AgentCore, and judge it."""


REPORT_OPTION = click.option(
    "--report",
    "report_dir",
    type=click.Path(path_type=Path, file_okay=False),
    default=Path("report"),
    show_default=True,
    help="Folder for verdict.json, report.html, junit.xml, summary.md, history and logs.",
)
SEED_OPTION = click.option(
    "--seed",
    type=click.IntRange(0, 2**32 - 1),
    help="Seed of the property suite; without it a random one is chosen, and shown.",
)
ONLY_OPTION = click.option("--only", metavar="ID", multiple=True, help="Check only this requirement; may be repeated.")
AGENT_OPTION = click.option(
    "--agent",
    "agents",
    metavar="NAME=FILE.py",
    multiple=True,
    help="A bedrock-agentcore app to serve; may be repeated.",
)
SCENARIO_OPTION = click.option(
    "--scenario", "scenarios", metavar="FILE.toml", multiple=True, help="A scripted agent to serve; may be repeated."
)
PROFILE_OPTION = click.option("--profile", metavar="PROFILE", help="Serve the agents of this profile.")


@commands.command()
@click.argument("profile")
@REPORT_OPTION
@SEED_OPTION
@ONLY_OPTION
def gate(profile: str, report_dir: Path, seed: int | None, only: tuple[str, ...]) -> int:
    """Judge the backend of PROFILE: contracts, properties, integration and a short load, one verdict.

    PROFILE is a TOML file, or the name of a shipped profile (reference, reference-websocket).
    """
    from agentcore_integration import verbs

    return verbs.gate(profile, report_dir, seed, only)


@commands.command()
@click.argument("target", type=click.Path(path_type=Path, exists=True, dir_okay=False))
@REPORT_OPTION
@ONLY_OPTION
def contracts(target: Path, report_dir: Path, only: tuple[str, ...]) -> int:
    """Run the contract suite alone against TARGET, a JSON file that says where it is (contracts/README.md)."""
    from agentcore_integration import verbs

    return verbs.contracts(target, report_dir, only)


@commands.command()
@click.argument("profile")
@REPORT_OPTION
def load(profile: str, report_dir: Path) -> int:
    """Put the backend of PROFILE under load, keep the raw history, and judge it."""
    from agentcore_integration import verbs

    return verbs.load(profile, report_dir)


@commands.command()
@click.argument("history", type=click.Path(path_type=Path, exists=True, dir_okay=False))
@click.option("--limits", type=click.Path(path_type=Path, exists=True, dir_okay=False), help="TOML file of limits.")
def judge(history: Path, limits: Path | None) -> int:
    """Judge the HISTORY of a load again, without running anything."""
    from agentcore_integration import verbs

    return verbs.judge(history, limits)


@commands.command()
@PROFILE_OPTION
@AGENT_OPTION
@SCENARIO_OPTION
@click.option("--port", type=click.IntRange(0, 65535), default=4599, show_default=True, help="Port of the emulator.")
def up(profile: str | None, agents: tuple[str, ...], scenarios: tuple[str, ...], port: int) -> int:
    """Start the offline stack, print the environment that makes AWS clients find it, and stay until Ctrl-C."""
    from agentcore_integration import verbs

    return verbs.up(profile, agents, scenarios, port)


@commands.command(context_settings={"ignore_unknown_options": True, "allow_interspersed_args": False})
@PROFILE_OPTION
@AGENT_OPTION
@SCENARIO_OPTION
@click.argument("command", nargs=-1, required=True)
def run(profile: str | None, agents: tuple[str, ...], scenarios: tuple[str, ...], command: tuple[str, ...]) -> int:
    """Start the offline stack, run COMMAND with every variable set that makes it find the stack, exit with its code."""
    from agentcore_integration import verbs

    return verbs.run(profile, agents, scenarios, command)


@commands.command()
def doctor() -> int:
    """Say what is missing on this machine, and how to get it."""
    from agentcore_integration import doctor as examination

    return examination.examine()
