"""The rules of a runtime session id: 33 to 256 characters, no pattern.

Source: service model bedrock-agentcore, shape SessionType, read 2026-11-20 - documented
"""

from random import Random
from uuid import UUID

SESSION_HEADER = b"x-amzn-bedrock-agentcore-runtime-session-id"
SESSION_ID_LENGTH_MIN = 33
SESSION_ID_LENGTH_MAX = 256


def is_session_id(text: str) -> bool:
    """Whether `text` has a length that the service accepts as a session id."""
    return SESSION_ID_LENGTH_MIN <= len(text) <= SESSION_ID_LENGTH_MAX


def new_session_id(random: Random) -> str:
    """A fresh session id of 36 characters, in the form that the AWS SDKs generate (UUID version 4).

    With `random.SystemRandom` ids are unique over threads and processes.
    Source: boto3 1.44.5 and JavaScript SDK 3.1140 on the wire, read 2026-11-20 - observed
    """
    return str(UUID(int=random.getrandbits(128), version=4))
