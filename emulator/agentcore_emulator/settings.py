"""What an operator can set, in one frozen place."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import get_args

from agentcore_emulator.agents.options import AttachedUrl, HostOptions
from agentcore_emulator.auth.settings import AuthMode, AuthSettings
from agentcore_emulator.errors import UsageError
from agentcore_emulator.model import Lifecycle, ServerProtocol
from agentcore_emulator.quotas import NO_QUOTAS, Quotas
from agentcore_emulator.scenario import Scenario

DEFAULT_HOST = "127.0.0.1"
DEFAULT_PORT = 4599
DEFAULT_REGION = "ap-southeast-2"
DEFAULT_ACCOUNT_ID = "123456789012"
TRANSITION_S_DEFAULT = 0.2

_AGENT = re.compile(r"(?P<name>[^=]+)=(?P<file>.+?\.py)(?::(?P<attribute>[A-Za-z_]\w*))?")


@dataclass(frozen=True, slots=True)
class AgentFile:
    """A live agent: the runtime's name and the Python file that holds its app."""

    name: str
    file: Path
    attribute: str | None = None

    @property
    def target(self) -> str:
        """`FILE.py` or `FILE.py:ATTR`, as the agent host takes it."""
        return str(self.file) if self.attribute is None else f"{self.file}:{self.attribute}"


@dataclass(frozen=True, slots=True)
class Settings:
    """Everything the emulator is started with.

    The program has the quotas of a real account and asks for signatures; an emulator made in a test does so when told.
    """

    agents: tuple[AgentFile, ...] = ()
    scenarios: tuple[Scenario, ...] = ()
    region: str = DEFAULT_REGION
    account_id: str = DEFAULT_ACCOUNT_ID
    init_timeout_s: float = 30.0
    lifecycle: Lifecycle = field(default_factory=Lifecycle)
    quotas: Quotas = NO_QUOTAS
    request_timeout_s: float = 60.0
    lifecycles: Mapping[str, Lifecycle] = field(default_factory=dict)
    attached: tuple[AttachedUrl, ...] = ()
    host: HostOptions = field(default_factory=HostOptions)
    show_agent_logs: bool = False
    commands: bool = True
    bindings: Mapping[str, str] = field(default_factory=dict)
    protocols: Mapping[str, ServerProtocol] = field(default_factory=dict)
    transition_s: float = TRANSITION_S_DEFAULT
    allowed_hosts: frozenset[str] = frozenset()
    auth: AuthSettings = field(default_factory=lambda: AuthSettings(AuthMode.OFF))

    @property
    def live_names(self) -> tuple[str, ...]:
        """The runtimes that real agents answer for."""
        return (*(agent.name for agent in self.agents), *(url.name for url in self.attached))


def parse_agent(text: str) -> AgentFile:
    """The agent that `NAME=FILE.py[:ATTR]` means; its file is there and can be read.

    Raises:
        UsageError: the text has another form, or the file cannot be read.
    """
    found = _AGENT.fullmatch(text)
    if found is None:
        raise UsageError(f"agent '{text}' must be given as NAME=FILE.py or NAME=FILE.py:ATTR")
    file = Path(found["file"]).expanduser().absolute()
    try:
        with file.open("rb"):
            pass
    except OSError as failure:
        raise UsageError(f"agent '{found['name']}': {file} cannot be read: {failure.strerror}") from failure
    return AgentFile(found["name"], file, found["attribute"])


def parse_protocols(texts: Iterable[str]) -> dict[str, ServerProtocol]:
    """The protocol of each agent that a `NAME=PROTOCOL` names.

    Raises:
        UsageError: the text has another form, or there is no such protocol.
    """
    found: dict[str, ServerProtocol] = {}
    for text in texts:
        name, _, protocol = text.partition("=")
        known = [known for known in get_args(ServerProtocol) if known == protocol.upper()]
        if not name or not known:
            raise UsageError(
                f"--agent-protocol {text}: give NAME=PROTOCOL, one of {', '.join(get_args(ServerProtocol))}"
            )
        found[name] = known[0]
    return found
