"""One call with whatever boto3 is on the path, without waiting between attempts; prints what came as JSON lines.

python boto3_program.py stream ARN          each byte of the body with the time of its arrival
python boto3_program.py call ARN SESSION    what became of one invocation, and how often it was retried
"""

import base64
import json
import random
import sys
import time
from typing import Any

import boto3
import botocore
from botocore.exceptions import ClientError


def main() -> None:
    """Make the call."""
    operation, arn, *rest = sys.argv[1:]
    random.random = lambda: 0.0
    client: Any = boto3.Session().client("bedrock-agentcore")
    say(versions=[boto3.__version__, botocore.__version__], retry_mode=client.meta.config.retries)
    if operation == "stream":
        answer = client.invoke_agent_runtime(agentRuntimeArn=arn, payload=b"{}")
        for byte in answer["response"].iter_chunks(chunk_size=1):
            say(at_ms=time.time_ns() / 1e6, base64=base64.b64encode(byte).decode())
        return
    try:
        answer = client.invoke_agent_runtime(agentRuntimeArn=arn, runtimeSessionId=rest[0], payload=b"{}")
        say(code=None, metadata=metadata_of(answer))
    except ClientError as error:
        say(code=error.response["Error"]["Code"], metadata=metadata_of(error.response))


def metadata_of(response: Any) -> dict[str, int]:
    """Status and number of retries."""
    metadata = response["ResponseMetadata"]
    return {"status": metadata["HTTPStatusCode"], "retries": metadata["RetryAttempts"]}


def say(**members: object) -> None:
    """Print one line."""
    print(json.dumps(members), flush=True)


if __name__ == "__main__":
    main()
