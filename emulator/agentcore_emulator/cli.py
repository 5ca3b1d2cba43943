"""`agentcore-emulator`: reads the command line, binds the socket, serves until told to stop."""

import gc
import ipaddress
import logging
import os
import signal
import socket
import sys
import threading
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from agentcore_emulator.admin.guard import ANY_HOST
from agentcore_emulator.agents.command_line import agent_options, read_agent_options
from agentcore_emulator.arn import is_account_id
from agentcore_emulator.auth.settings import AuthMode, read_auth
from agentcore_emulator.control.binding import load_bindings
from agentcore_emulator.errors import UsageError
from agentcore_emulator.quotas import parse_quotas
from agentcore_emulator.scenario import load_scenario
from agentcore_emulator.scenarios import HELLO
from agentcore_emulator.settings import (
    DEFAULT_ACCOUNT_ID,
    DEFAULT_HOST,
    DEFAULT_PORT,
    DEFAULT_REGION,
    TRANSITION_S_DEFAULT,
    Settings,
    parse_agent,
    parse_protocols,
)

if TYPE_CHECKING:
    from agentcore_emulator.core import Core
    from agentcore_emulator.server import EmulatorServer

ENDPOINT_VARIABLE = "AWS_ENDPOINT_URL_BEDROCK_AGENTCORE"
CONTROL_ENDPOINT_VARIABLE = "AWS_ENDPOINT_URL_BEDROCK_AGENTCORE_CONTROL"
AUTH_MODES = tuple(mode.value for mode in AuthMode)
AUTH_HELP = "Signatures must be well-formed, or those of a known key, or are not looked at."
GC_THRESHOLDS = (50_000, 50, 50)


@click.command(context_settings={"help_option_names": ["-h", "--help"]})
@click.option("--host", default=DEFAULT_HOST, show_default=True, help="Address to serve on.")
@click.option("--port", default=DEFAULT_PORT, show_default=True, type=click.IntRange(0, 65_535), help="0: a free one.")
@click.option("--agent", multiple=True, metavar="NAME=FILE.py[:ATTR]", help="A live agent. Repeatable.")
@click.option("--scenario", multiple=True, metavar="FILE", help="A scripted agent. Repeatable.")
@click.option("--agent-protocol", multiple=True, metavar="NAME=PROTOCOL", help="HTTP, MCP, A2A or AGUI. Repeatable.")
@click.option("--config", metavar="FILE", help="TOML: which agents answer for runtimes created over the API.")
@click.option("--transition-s", default=TRANSITION_S_DEFAULT, show_default=True, type=click.FloatRange(0, 3_600))
@click.option("--region", default=DEFAULT_REGION, show_default=True, help="Region in the ARNs.")
@click.option("--account-id", default=DEFAULT_ACCOUNT_ID, show_default=True, help="Account in the ARNs.")
@click.option("--init-timeout-s", default=30.0, show_default=True, type=click.FloatRange(0.1, 3_600))
@click.option("--request-timeout-s", default=60.0, show_default=True, type=click.FloatRange(0.1, 86_400))
@click.option("--quota", multiple=True, metavar="NAME=VALUE", help="One quota: a number, or off. Repeatable.")
@click.option("--no-quotas", is_flag=True, help="No quotas at all; else the account's real ones hold.")
@click.option("--auth", default="permissive", show_default=True, type=click.Choice(AUTH_MODES), help=AUTH_HELP)
@click.option("--access-key", multiple=True, metavar="ID=SECRET", help="A key that --auth strict knows. Repeatable.")
@click.option("--access-keys", metavar="FILE", help="TOML of such keys: [ID], secret, session_token.")
@click.option(
    "--authorizer", multiple=True, metavar="NAME=FILE", help="JWT authorizer of a runtime, as TOML. Repeatable."
)
@agent_options
@click.option("--check-agents", is_flag=True, help="Load every agent once before serving; leave if one fails.")
@click.option("--no-commands", is_flag=True, help="Refuse InvokeAgentRuntimeCommand, which runs what callers send.")
@click.option("--agent-logs", is_flag=True, help="Show all that agents write, not only last lines on failure.")
@click.option("--allow-remote", is_flag=True, help="Let --host be an address that other machines can reach.")
@click.option("--fd", type=int, metavar="N", help="Serve on this inherited listening socket.")
@click.option("--lifeline-fd", type=int, metavar="N", help="End when this inherited pipe ends.")
def main(**options: Any) -> None:
    """Serves Amazon Bedrock AgentCore runtimes offline, on loopback.

    With neither --agent nor --scenario it serves one scripted runtime named hello.
    """
    logging.basicConfig(level=logging.INFO, format="agentcore-emulator: %(message)s", stream=sys.stderr)
    try:
        _check_host(options["host"], allow_remote=options["allow_remote"])
        settings = _settings(options)
        listener = _listener(options["host"], options["port"], options["fd"])
        _serve(settings, listener, options)
    except UsageError as failure:
        click.echo(f"agentcore-emulator: {failure}", err=True)
        sys.exit(1)


def _check_host(host: str, *, allow_remote: bool) -> None:
    try:
        loopback = host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        loopback = False
    if not loopback and not allow_remote:
        raise UsageError(f"--host {host} can be reached by other machines; add --allow-remote if that is meant")


def _settings(options: dict[str, Any]) -> Settings:
    if not is_account_id(options["account_id"]):
        raise UsageError(f"--account-id must be twelve digits, found '{options['account_id']}'")
    files = [Path(file) for file in options["scenario"]]
    if not files and not options["agent"] and not options["attach"]:
        files = [HELLO]
    return Settings(
        agents=tuple(parse_agent(agent) for agent in options["agent"]),
        scenarios=tuple(load_scenario(file) for file in files),
        region=options["region"],
        account_id=options["account_id"],
        init_timeout_s=options["init_timeout_s"],
        request_timeout_s=options["request_timeout_s"],
        quotas=parse_quotas(options["region"], options["quota"], off=options["no_quotas"]),
        show_agent_logs=options["agent_logs"],
        commands=not options["no_commands"],
        protocols=parse_protocols(options["agent_protocol"]),
        bindings=load_bindings(Path(options["config"])) if options["config"] else {},
        transition_s=options["transition_s"],
        allowed_hosts=frozenset({ANY_HOST} if options["allow_remote"] else ()),
        auth=read_auth(options["auth"], options["access_key"], options["access_keys"], options["authorizer"]),
        **read_agent_options(options),
    )


def _listener(host: str, port: int, fd: int | None) -> socket.socket:
    from agentcore_emulator.server import listen

    if fd is None:
        try:
            return listen(host, port)
        except OSError as failure:
            raise UsageError(f"cannot serve on {host}:{port}: {failure.strerror}; try --port 0") from failure
    try:
        listener = socket.socket(fileno=fd)
        listening = listener.getsockopt(socket.SOL_SOCKET, socket.SO_ACCEPTCONN)
    except OSError:
        listening = 0
    if not listening:
        raise UsageError(f"--fd {fd} is not a listening socket")
    os.set_inheritable(fd, False)
    return listener


def _serve(settings: Settings, listener: socket.socket, options: dict[str, Any]) -> None:
    from agentcore_emulator.core import Core
    from agentcore_emulator.server import EmulatorServer

    core = Core(settings)
    if options["check_agents"]:
        from agentcore_emulator.agents.check import check_agents

        check_agents(settings.agents, settings.init_timeout_s)
    server = EmulatorServer(core, on_ready=lambda: _announce(core, listener))
    _end_on_signals(server)
    if options["lifeline_fd"] is not None:
        _end_with_lifeline(server, options["lifeline_fd"])
    server.run([listener])


def _announce(core: "Core", listener: socket.socket) -> None:
    from agentcore_emulator.server import url_of

    url = url_of(listener)
    click.echo(f"agentcore-emulator ready: {url}")
    click.echo(f"export {ENDPOINT_VARIABLE}={url}")
    click.echo(f"export {CONTROL_ENDPOINT_VARIABLE}={url}")
    for runtime in core.registry.all():
        click.echo(f"{runtime.name} ({runtime.kind}): {runtime.arn}")
    sys.stdout.flush()
    gc.collect()
    gc.freeze()
    gc.set_threshold(*GC_THRESHOLDS)


def _end_on_signals(server: "EmulatorServer") -> None:
    def end(*_: object) -> None:
        server.force_exit = server.should_exit
        server.should_exit = True

    signal.signal(signal.SIGINT, end)
    signal.signal(signal.SIGTERM, end)


def _end_with_lifeline(server: "EmulatorServer", fd: int) -> None:
    os.set_inheritable(fd, False)

    def watch() -> None:
        while os.read(fd, 1):
            pass
        server.should_exit = True

    threading.Thread(target=watch, name="lifeline", daemon=True).start()
