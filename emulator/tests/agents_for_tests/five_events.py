"""An agent as a user writes it: streams five events, each with the time at which it was sent."""

import asyncio
import time
from collections.abc import AsyncIterator

from bedrock_agentcore import BedrockAgentCoreApp

app = BedrockAgentCoreApp()


@app.entrypoint
async def invoke(payload: dict[str, object]) -> AsyncIterator[dict[str, object]]:
    """Five events, as far apart as the payload says."""
    interval_s = float(str(payload.get("interval_s", 0.3)))
    for n in range(5):
        if n:
            await asyncio.sleep(interval_s)
        yield {"n": n, "sent_at": time.time()}


if __name__ == "__main__":
    app.run()
