"""Invoke an agent as any backend does: boto3, and not a word about where the service is."""

import os
import sys
import uuid

import boto3

client = boto3.client("bedrock-agentcore")
answer = client.invoke_agent_runtime(
    agentRuntimeArn=os.environ["AGENT_COORDINATOR_ARN"],
    runtimeSessionId=str(uuid.uuid4()),
    payload=f'{{"prompt": "{sys.argv[1]}"}}'.encode(),
)
for line in answer["response"].iter_lines(chunk_size=1):
    print(line.decode())
