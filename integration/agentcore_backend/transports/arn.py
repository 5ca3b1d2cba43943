"""ARNs of agent runtimes and of their endpoints.

Source: botocore 1.44.5 service model of bedrock-agentcore-control, AgentRuntimeArn and AgentRuntimeEndpointArn,
read 2026-11-20 - documented
"""

import re
from dataclasses import dataclass

_ARN = re.compile(
    r"arn:(?P<partition>aws(?:-[^:]+)?):bedrock-agentcore:(?P<region>[a-z0-9-]+):(?P<account_id>[0-9]{12})"
    r":runtime/(?P<runtime_id>[a-zA-Z][a-zA-Z0-9_]{0,47}-[a-zA-Z0-9]{10})"
    r"(?:/runtime-endpoint/(?P<endpoint>[a-zA-Z][a-zA-Z0-9_]{0,47}))?"
)


class ArnError(ValueError):
    """A text that is no ARN of a runtime."""


@dataclass(frozen=True)
class RuntimeArn:
    """A runtime, or with ``endpoint`` one of its endpoints; ``str`` gives the ARN back."""

    partition: str
    region: str
    account_id: str
    runtime_id: str
    endpoint: str | None = None

    @classmethod
    def parse(cls, text: str) -> "RuntimeArn":
        """Read an ARN. Raises ``ArnError`` for anything else."""
        found = _ARN.fullmatch(text)
        if found is None:
            raise ArnError(f"{text!r} is not the ARN of an agent runtime")
        return cls(**found.groupdict())

    @property
    def runtime(self) -> str:
        """The ARN of the runtime itself."""
        return f"arn:{self.partition}:bedrock-agentcore:{self.region}:{self.account_id}:runtime/{self.runtime_id}"

    def __str__(self) -> str:
        return self.runtime if self.endpoint is None else f"{self.runtime}/runtime-endpoint/{self.endpoint}"
