"""An agent that takes two seconds to start, and then answers any payload. Deploy it as runtime `slow`.

It takes them when its server starts, not while the file is loaded: a platform may load the file before it is needed.
"""

import asyncio
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from bedrock_agentcore import BedrockAgentCoreApp

START_S = 2


@asynccontextmanager
async def slow_start(_: object) -> AsyncIterator[None]:
    """Serve nothing for a while."""
    await asyncio.sleep(START_S)
    yield


app = BedrockAgentCoreApp(lifespan=slow_start)


@app.entrypoint
def invoke(payload: dict[str, Any]) -> dict[str, int]:
    """Say which process this is."""
    del payload
    return {"pid": os.getpid()}


if __name__ == "__main__":
    app.run()
