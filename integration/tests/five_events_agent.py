"""A live agent: five events, 300 ms apart, each with the time it was sent (epoch milliseconds)."""

import asyncio
import time
from collections.abc import AsyncIterator
from typing import Any

from bedrock_agentcore import BedrockAgentCoreApp

EVENTS = 5
INTERVAL_S = 0.3

app = BedrockAgentCoreApp()


@app.entrypoint
async def invoke(payload: dict[str, Any]) -> AsyncIterator[dict[str, float]]:
    """Send the events, whatever the prompt is."""
    del payload
    for number in range(EVENTS):
        if number:
            await asyncio.sleep(INTERVAL_S)
        yield {"event": number, "sent_ms": time.time_ns() / 1e6}
