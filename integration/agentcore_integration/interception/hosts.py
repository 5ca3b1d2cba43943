"""Which host names belong to the offline AWS, and which of its servers answers for them."""

import re
from dataclasses import dataclass
from typing import Literal

# Source: endpoint rule sets of botocore 1.44.5 for bedrock-agentcore and bedrock-agentcore-control, read 2026-11-20
AGENTCORE = re.compile(
    r"bedrock-agentcore(-control)?(-fips)?\.[a-z0-9-]+\.(amazonaws\.com|amazonaws\.com\.cn|api\.aws)"
)
AWS = re.compile(r"([a-z0-9._-]+\.)?(amazonaws\.com|amazonaws\.com\.cn|api\.aws|amazoncognito\.com)")
LOCAL = ("localhost", "127.0.0.1")

Address = tuple[str, int]
Door = Literal["agentcore", "aws"]


@dataclass(frozen=True)
class Doors:
    """Where the two servers of the offline AWS listen, in plain HTTP."""

    agentcore: Address
    aws: Address

    def behind(self, host: str) -> Address | None:
        """Return the server that answers for a host name, None when the name is not one of AWS."""
        door = door_of(host)
        return None if door is None else {"agentcore": self.agentcore, "aws": self.aws}[door]


def door_of(host: str) -> Door | None:
    """Tell AgentCore's names from AWS's other names and from everybody else's; case and a final dot do not matter."""
    name = host.lower().removesuffix(".")
    if AGENTCORE.fullmatch(name) or name in LOCAL:
        return "agentcore"
    return "aws" if AWS.fullmatch(name) else None
