"""A `bedrock-agentcore` app that answers as `bare_agent.py` does: `events`, `gap_ms` apart, or its process id."""

import asyncio
import os
from collections.abc import AsyncIterator
from typing import Any

from bare_agent import TEXT
from bedrock_agentcore import BedrockAgentCoreApp

app = BedrockAgentCoreApp()


@app.entrypoint
async def invoke(payload: dict[str, Any]) -> AsyncIterator[Any]:
    """Stream what the payload asks for."""
    if payload.get("pid"):
        yield os.getpid()
    for n in range(payload.get("events", 0)):
        if n:
            await asyncio.sleep(payload.get("gap_ms", 0) / 1_000)
        yield {"text": TEXT}
