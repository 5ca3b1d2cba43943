"""Runtime ARNs, endpoint ARNs and bare runtime ids: text in, names out, and back.

Knows the shapes only; whether such a runtime exists is the registry's business.
"""

import re
from dataclasses import dataclass

RUNTIME_NAME = re.compile(r"[a-zA-Z][a-zA-Z0-9_]{0,47}")
QUALIFIER_NAME = re.compile(r"[a-zA-Z][a-zA-Z0-9_]{0,47}")
DEFAULT_QUALIFIER = "DEFAULT"

_RUNTIME_ID = r"[a-zA-Z][a-zA-Z0-9_]{0,47}-[a-zA-Z0-9]{10}"
_ACCOUNT_ID = re.compile(r"[0-9]{12}")
_BARE_ID = re.compile(_RUNTIME_ID)
_ARN = re.compile(
    r"arn:(?P<partition>aws[a-z-]*):bedrock-agentcore:(?P<region>[a-z0-9-]+):(?P<account_id>[0-9]{12})"
    rf":runtime/(?P<runtime_id>{_RUNTIME_ID})(?:/runtime-endpoint/(?P<endpoint>{QUALIFIER_NAME.pattern}))?"
)


@dataclass(frozen=True, slots=True)
class RuntimeArn:
    """The parts of a runtime ARN, or of a runtime endpoint's ARN when `endpoint` is set.

    Source: service model bedrock-agentcore-control, shape AgentRuntimeArn, read 2026-11-20 - documented
    """

    region: str
    account_id: str
    runtime_id: str
    endpoint: str | None = None
    partition: str = "aws"

    def __str__(self) -> str:
        runtime = f"arn:{self.partition}:bedrock-agentcore:{self.region}:{self.account_id}:runtime/{self.runtime_id}"
        return runtime if self.endpoint is None else f"{runtime}/runtime-endpoint/{self.endpoint}"


def parse_runtime_arn(text: str) -> RuntimeArn | None:
    """The parts of `text`, or None when it is not the ARN of a runtime or of a runtime endpoint."""
    found = _ARN.fullmatch(text)
    return RuntimeArn(**found.groupdict()) if found else None


def is_runtime_id(text: str) -> bool:
    """Whether `text` has the form `<name>-<10 letters or digits>` of a runtime id."""
    return _BARE_ID.fullmatch(text) is not None


def is_runtime_name(text: str) -> bool:
    """Whether `text` may name a runtime: a letter, then at most 47 letters, digits or underscores."""
    return RUNTIME_NAME.fullmatch(text) is not None


def is_account_id(text: str) -> bool:
    """Whether `text` is an account id: twelve ASCII digits."""
    return _ACCOUNT_ID.fullmatch(text) is not None
