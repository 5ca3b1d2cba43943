"""The environment that programs around the offline AWS get: nothing inherited that could reach the real one."""

import json
import os
from collections.abc import Mapping
from typing import TYPE_CHECKING

from agentcore_integration.aws.bootstrap import MESSAGES_TABLE, SESSIONS_TABLE
from agentcore_integration.aws.clients import DUMMY_ACCESS_KEY, DUMMY_SECRET_KEY

if TYPE_CHECKING:
    from agentcore_integration.stack import OfflineStack

# what a program needs to run at all; everything else, AWS settings and proxies first, stays outside
INHERITED = ("HOME", "LANG", "LC_ALL", "PATH", "TERM", "TMPDIR", "TZ", "USER", "VIRTUAL_ENV")


def base_environment() -> dict[str, str]:
    """Return a clean environment: the shell's basics, no AWS settings, no proxy, unbuffered Python."""
    kept = {name: os.environ[name] for name in INHERITED if name in os.environ}
    return {**kept, "AWS_EC2_METADATA_DISABLED": "true", "PYTHONUNBUFFERED": "1"}


def aws_environment(stack: "OfflineStack") -> dict[str, str]:
    """Return the variables that make AWS clients of any language find the offline AWS."""
    return {
        "AWS_REGION": stack.region,
        "AWS_DEFAULT_REGION": stack.region,
        "AWS_ACCESS_KEY_ID": DUMMY_ACCESS_KEY,
        "AWS_SECRET_ACCESS_KEY": DUMMY_SECRET_KEY,
        "AWS_EC2_METADATA_DISABLED": "true",
        "AWS_CONFIG_FILE": os.devnull,
        "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
        "AWS_ENDPOINT_URL": stack.aws.url,
        "AWS_ENDPOINT_URL_BEDROCK_AGENTCORE": stack.emulator.url,
        "AWS_ENDPOINT_URL_BEDROCK_AGENTCORE_CONTROL": stack.emulator.url,
    }


def placeholders(stack: "OfflineStack") -> Mapping[str, str]:
    """Return what a profile's ``{placeholders}`` stand for."""
    return {
        "region": stack.region,
        "user_pool_id": stack.pool.user_pool_id,
        "client_id": stack.pool.client_id,
        "issuer": stack.pool.issuer,
        "jwks_url": stack.pool.jwks_url,
        "agent_arns": json.dumps(dict(stack.runtimes)),
        "sessions_table": SESSIONS_TABLE,
        "messages_table": MESSAGES_TABLE,
    }
