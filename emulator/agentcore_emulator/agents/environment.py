"""The variables that a session sees: a clean set, as in a fresh microVM, and what the operator or the runtime adds.

Nothing that configures AWS is inherited: an agent that runs offline must not find the developer's credentials.
"""

import fnmatch
from collections.abc import Iterable, Mapping
from pathlib import Path

from agentcore_emulator.model import Deployment

INHERITED = ("PATH", "LANG", "LANGUAGE", "LC_*", "TZ", "SHELL", "USER", "LOGNAME", "SSL_CERT_*", "VIRTUAL_ENV")
INTERPRETER = ("PYTHON*", "LD_*", "DYLD_*")
_RESOURCE_ATTRIBUTES = "OTEL_RESOURCE_ATTRIBUTES"


def interpreter_environment(operator: Mapping[str, str]) -> dict[str, str]:
    """What the interpreter that agents are forked from sees: everything of the operator's but AWS."""
    return {name: value for name, value in operator.items() if not name.startswith("AWS_")}


def session_environment(
    operator: Mapping[str, str], pass_env: Iterable[str], deployment: Deployment, folder: Path, temporary: Path
) -> dict[str, str]:
    """What the processes of one session see; what the runtime's version sets wins over all but the resource id.

    Args:
        operator: the emulator's own environment.
        pass_env: names that are inherited on top, with `*` for any letters.

    Source: cloud.resource_id as the AgentCore SDK reads it, read 2026-11-20 - observed
    """
    wanted = (*INHERITED, *INTERPRETER, *pass_env)
    inherited = {
        name: value for name, value in operator.items() if any(fnmatch.fnmatchcase(name, each) for each in wanted)
    }
    region = deployment.runtime.arn.region
    own = {
        "HOME": str(folder),
        "TMPDIR": str(temporary),
        "AWS_REGION": region,
        "AWS_DEFAULT_REGION": region,
        "AWS_EC2_METADATA_DISABLED": "true",
        "PYTHONUNBUFFERED": "1",
    }
    complete = own | inherited | dict(deployment.environment)
    resource = f"cloud.resource_id={deployment.runtime.arn}"
    more = complete.get(_RESOURCE_ATTRIBUTES)
    return complete | {_RESOURCE_ATTRIBUTES: f"{resource},{more}" if more else resource}
